"""Which time a question is about, and the calendar it is asked in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from holdfast.decision.budgets import find_zone, window_at
from holdfast_server.errors import Invalid
from holdfast_server.kit.wire import NS_PER_S
from holdfast_server.record.books.tables import SLOT_NS

Every = Literal["hour", "day", "week", "month"]
EVERY: Final[tuple[Every, ...]] = ("hour", "day", "week", "month")
DAYS: Final = 7
DAYS_MAX: Final = 400
BUCKETS_MAX: Final = 1_000
HOUR_NS: Final = 3_600 * NS_PER_S
DAY_NS: Final = 24 * HOUR_NS


class Period(msgspec.Struct, frozen=True):
    """From when on and up to when, in whole slots, and where the calendar hangs."""

    since_ns: int
    until_ns: int
    zone: str = "UTC"

    @property
    def slots(self) -> tuple[int, int]:
        """The first slot, and the first one after."""
        return self.since_ns // SLOT_NS, self.until_ns // SLOT_NS

    @property
    def before(self) -> Period:
        """As long a time, just before."""
        return Period(2 * self.since_ns - self.until_ns, self.since_ns, self.zone)

    def buckets(self, every: Every) -> list[tuple[int, int]]:
        """The hours, days, weeks or months that it touches; the first and the last may be cut.

        Raises:
            Invalid: there are too many to be read.
        """
        found: list[tuple[int, int]] = []
        place = self.since_ns
        while place < self.until_ns:
            start, end = _hour_at(self.zone, place) if every == "hour" else window_at(every, self.zone, place)
            found.append((max(start, self.since_ns), min(end, self.until_ns)))
            place = end
            if len(found) > BUCKETS_MAX:
                raise Invalid(
                    f"that is more than {BUCKETS_MAX} points", hint="Ask for a shorter time, or every day."
                )
        return found


def make_period(
    since: datetime | None, until: datetime | None, *, zone: str, now_ns: int, days: int = DAYS
) -> Period:
    """A period from what was asked: without a beginning the last days, without an end until now.

    Raises:
        Invalid: it ends before it begins, is too long, or the zone does not exist.
    """
    require_zone(zone)
    end = _ns(until) if until else now_ns + SLOT_NS - 1
    start = _ns(since) if since else window_at("day", zone, end - (days - 1) * DAY_NS - 1).start_ns
    start, end = start // SLOT_NS * SLOT_NS, -(-end // SLOT_NS) * SLOT_NS
    if start < 0 or end <= start:
        raise Invalid("the time ends before it begins", hint="Give since before until.")
    if end - start > DAYS_MAX * DAY_NS:
        raise Invalid(f"that is more than {DAYS_MAX} days", hint="Ask for one year at a time.")
    return Period(start, end, zone)


def require_zone(zone: str) -> str:
    """The name of a time zone that exists.

    Raises:
        Invalid: there is none of this name.
    """
    try:
        find_zone(zone)
    except ValueError as error:
        raise Invalid(str(error), hint="Give an IANA name such as Europe/Berlin.") from error
    return zone


def _ns(time: datetime) -> int:
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return int(aware.timestamp() * NS_PER_S)


def _hour_at(zone: str, at_ns: int) -> tuple[int, int]:
    """The hour on the clocks of a zone; some zones are half an hour off."""
    offset = datetime.fromtimestamp(at_ns // NS_PER_S, find_zone(zone)).utcoffset()
    shift = int(offset.total_seconds()) * NS_PER_S if offset else 0
    start = (at_ns + shift) // HOUR_NS * HOUR_NS - shift
    return start, start + HOUR_NS
