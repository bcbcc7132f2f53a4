"""When things may happen: hours, days, and times at which nothing changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Final

import msgspec

from holdfast.action import Contract
from holdfast.decision.budgets import find_zone
from holdfast.decision.pack.preset import Guarded, both, either, quote

Clock = Annotated[int | str, msgspec.Meta(description="an hour, or hh:mm")]
Weekday = Annotated[int, msgspec.Meta(ge=1, le=7)]
Day = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]

_clock = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])").fullmatch
HOURS_MAX: Final = 24


class BusinessHours(Guarded, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """Only from this hour to that one, on these days, where somebody lives."""

    category: ClassVar[str] = "time_of_day"
    example: ClassVar[str] = "{from: 9, to: '17:30', time_zone: Europe/Berlin, tools: [wire_transfer]}"
    reads: ClassVar[str] = "`context.local[…]`; in UTC `context.hour` and `context.weekday`"
    exceeds: ClassVar[str] = "IANA time zones: the clock changes, the rule does not"

    since: Clock
    until: Clock
    weekdays: Annotated[tuple[Weekday, ...], msgspec.Meta(min_length=1)] = (1, 2, 3, 4, 5)
    """Monday is 1."""
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        find_zone(self.time_zone)
        if hhmm(self.since) == hhmm(self.until):
            raise ValueError(f"from {self.since} to {self.until} is no time at all")

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        here, clock = f"context.local[{quote(self.time_zone)}]", "clock"
        since, until = hhmm(self.since), hhmm(self.until)
        if self.time_zone == "UTC" and since % 100 == until % 100 == 0:
            here, clock, since, until = "context", "hour", since // 100, until // 100
        word = "&&" if since <= until else "||"
        within = f"({here}.{clock} >= {since} {word} {here}.{clock} < {until})"
        days = f"[{', '.join(map(str, self.weekdays))}].contains({here}.weekday)"
        told = f"This is only done from {self.since} to {self.until} h, {self.time_zone}."
        yield self.refuse(rule, f"!({within} && {days})", told)


class Period(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}
):
    """Days on which nothing changes, the first and the last included."""

    since: Day
    until: Day
    why: str = ""

    def __post_init__(self) -> None:
        if self.until < self.since:
            raise ValueError(f"{self.until} comes before {self.since}")


class ChangeFreeze(Guarded, frozen=True, kw_only=True):
    """Nothing changes in these periods; without tools or effects, what cannot be undone is meant."""

    category: ClassVar[str] = "scheduling"
    example: ClassVar[str] = (
        "{periods: [{from: 2026-12-18, to: 2027-01-04, why: year end}], otherwise: approve}"
    )
    reads: ClassVar[str] = "`context.local[…].date`"
    exceeds: ClassVar[str] = "a calendar of freezes beside hours and days, by effect"

    periods: Annotated[tuple[Period, ...], msgspec.Meta(min_length=1)]
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        find_zone(self.time_zone)

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        date = f"context.local[{quote(self.time_zone)}].date"
        frozen = either(
            *(f"({date} >= {number(one.since)} && {date} <= {number(one.until)})" for one in self.periods)
        )
        chosen = self.tools or self.effects
        reasons = ", ".join(one.why for one in self.periods if one.why)
        told = f"Nothing is changed now{': ' + reasons if reasons else ''}."
        yield self.refuse(rule, both("" if chosen else "context.irreversible", frozen), told)


def hhmm(clock: int | str) -> int:
    """An hour or `hh:mm` as one number: 9 is 900, `17:30` is 1730.

    Raises:
        ValueError: there is no such time.
    """
    if isinstance(clock, int):
        if not 0 <= clock <= HOURS_MAX:
            raise ValueError(f"{clock} is no hour")
        return clock * 100
    match = _clock(clock)
    if match is None or int(match[1] + match[2]) > HOURS_MAX * 100:
        raise ValueError(f"{clock} is no time; write 9 or 17:30")
    return int(match[1] + match[2])


def number(day: str) -> int:
    """`2026-12-18` as 20261218."""
    return int(day.replace("-", ""))
