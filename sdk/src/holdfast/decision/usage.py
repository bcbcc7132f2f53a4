"""What was used and what is held; the limits stand in the bundle."""

from __future__ import annotations

import msgspec


class Hold(msgspec.Struct, frozen=True, gc=False):
    """What one action may still use: its priced maximum, reserved before it runs."""

    run: str
    micro_usd: int
    tokens: int


class Usage(msgspec.Struct, gc=False):
    """What a session or a run has used, and what is held for actions that still run."""

    micro_usd: int = 0
    tokens: int = 0
    calls: int = 0
    held_micro_usd: int = 0
    held_tokens: int = 0
    unpriced: int = 0
    """Calls whose price is not known; they are counted, never priced at zero."""

    def total(self, unit: str) -> int:
        """Used and held."""
        if unit == "micro_usd":
            return self.micro_usd + self.held_micro_usd
        return self.calls if unit == "calls" else self.tokens + self.held_tokens

    def settle(self, hold: Hold, *, micro_usd: int, tokens: int, unpriced: int) -> None:
        """Exchange a reservation for what was really used; what goes beyond it is owed."""
        self.held_micro_usd -= hold.micro_usd
        self.held_tokens -= hold.tokens
        self.micro_usd += micro_usd
        self.tokens += tokens
        self.unpriced += unpriced
