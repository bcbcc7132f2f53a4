"""What budgets count in, and how much one call can need: whole numbers, so that sums are exact."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Unit = Literal["usd", "tokens", "calls", "seconds", "records"]

SCALE: Final[dict[str, int]] = {"usd": 1_000_000, "tokens": 1, "calls": 1, "seconds": 1_000, "records": 1}
"""How many of what is counted inside make one of a unit: money in micro-USD, time in milliseconds."""
SMALL_USD: Final = 0.001
"""Less than this has more digits."""


class Need(msgspec.Struct, frozen=True, gc=False):
    """The most that one call can use, in each unit; `usd` is None when no price is known."""

    usd: int | None = 0
    tokens: int = 0
    calls: int = 1
    seconds: int = 0
    records: int = 0

    def of(self, unit: str) -> int:
        """How much of a unit; an unknown price needs at least the smallest amount there is."""
        if unit == "usd":
            return 1 if self.usd is None else self.usd
        if unit == "tokens":
            return self.tokens
        if unit == "records":
            return self.records
        return self.calls if unit == "calls" else self.seconds


class Used(msgspec.Struct, frozen=True, gc=False):
    """What one call really used; None where nobody knows, and then what was held counts."""

    ran: bool
    usd: int | None = None
    tokens: int | None = None
    seconds: int = 0

    def of(self, unit: str, held: int) -> int:
        """How much of a unit replaces what was held."""
        if not self.ran:
            return 0
        if unit in {"calls", "records"}:
            return held
        known = self.usd if unit == "usd" else self.tokens if unit == "tokens" else self.seconds
        return held if known is None else known


def whole(amount: float, unit: str) -> int:
    """An amount as people write it, as a whole number."""
    return round(amount * SCALE[unit])


def plain(number: int, unit: str) -> float:
    """A whole number as people write it."""
    return number / SCALE[unit]


def dollars(amount: float) -> str:
    """Money in words: four digits, and six where those would tell too little."""
    return f"${amount:,.6f}" if 0 < abs(amount) < SMALL_USD else f"${amount:,.4f}"


def told(number: int, unit: str) -> str:
    """An amount in words."""
    if unit == "usd":
        return dollars(number / SCALE[unit])
    if unit == "seconds":
        return f"{number / SCALE[unit]:,.1f} s"
    return f"{number:,} {unit.removesuffix('s') if number == 1 else unit}"
