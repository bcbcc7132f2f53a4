"""Calendar windows: when a day, a week or a month begins and ends where somebody lives.

A day has 23 or 25 hours when the clocks change; a window ends when the next one begins, so no instant lies in
two windows or in none.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

Window = Literal["none", "day", "week", "month"]

NS_PER_S: Final = 1_000_000_000
FOREVER_NS: Final = 2**63 - 1


class Span(NamedTuple):
    """From when on, and up to when, a window counts; nanoseconds since the epoch."""

    start_ns: int
    end_ns: int


ALWAYS: Final = Span(0, FOREVER_NS)
"""The only window of a budget that never begins anew."""


def window_at(window: Window, zone: str, now_ns: int) -> Span:
    """The window that an instant lies in."""
    if window == "none":
        return ALWAYS
    here = _zone(zone)
    today = datetime.fromtimestamp(now_ns // NS_PER_S, here).date()
    first = _first_day(window, today)
    return Span(_midnight(first, here), _midnight(_next_first_day(window, first), here))


def find_zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name.

    Raises:
        ValueError: there is none of this name.
    """
    try:
        return _zone(name)
    except (
        OSError,
        ValueError,
    ) as error:  # ZoneInfoNotFoundError is a KeyError on no platform but a subclass
        raise _no_zone(name) from error
    except KeyError as error:
        raise _no_zone(name) from error


def _no_zone(name: str) -> ValueError:
    close = get_close_matches(name, available_timezones(), n=1)
    meant = f"; did you mean {close[0]}?" if close else ""
    return ValueError(f"no time zone is called {name!r}{meant}")


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _first_day(window: Window, day: date) -> date:
    match window:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case _:
            return day


def _next_first_day(window: Window, first: date) -> date:
    match window:
        case "week":
            return first + timedelta(days=7)
        case "month":
            return (first + timedelta(days=31)).replace(day=1)
        case _:
            return first + timedelta(days=1)


def _midnight(day: date, zone: ZoneInfo) -> int:
    """The first instant of a day; where clocks jump over midnight, the instant they jump to."""
    local = datetime.combine(day, time(), tzinfo=zone)
    # Through UTC: an hour that does not exist becomes the instant at which the clocks moved.
    return int(local.astimezone(UTC).timestamp()) * NS_PER_S
