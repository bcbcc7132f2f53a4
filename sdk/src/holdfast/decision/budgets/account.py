"""What this process may still use of one budget: a part that was leased to it, and what became of it."""

from __future__ import annotations

import msgspec

from holdfast.decision.budgets.terms import Terms


class Account(msgspec.Struct, gc=False):
    """One key of one budget, in one window. Judging only reads it; its keeper changes it under a lock."""

    terms: Terms
    key: str
    granted: int = 0
    """Leased in all, in this window; what was used of it included."""
    used: int = 0
    """What calls that ended have used."""
    held: int = 0
    """The most that calls under way can use."""
    total: int = 0
    """Used or held by everybody, as it was last heard."""
    refused: bool = False
    """Whether more was asked for and there was none."""
    away: bool = False
    """Whether nobody can be asked for more."""

    @property
    def free(self) -> int:
        """What may still be held; negative when more was used than leased."""
        return self.granted - self.used - self.held

    def hold(self, amount: int) -> None:
        """Reserve."""
        self.held += amount

    def settle(self, held: int, used: int) -> None:
        """Exchange a reservation for what was really used; what goes beyond it is owed."""
        self.held -= held
        self.used += used
        self.total += used - held

    def void(self) -> None:
        """Nothing more may be held: the lease is over."""
        self.granted = min(self.granted, self.used + self.held)
