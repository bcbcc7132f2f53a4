"""What this process may still use of one budget: a part that was leased to it, and what became of it."""

from __future__ import annotations

import msgspec

from holdfast.decision.budgets.terms import BudgetTerms


class Account(msgspec.Struct, gc=False):
    """One key of one budget, under one lease. Judging only reads it; its keeper changes it under a lock."""

    terms: BudgetTerms
    key: str
    lease: str = ""
    """The id of the lease; empty when nobody else has to be asked."""
    granted: int = 0
    """Leased in all, what was used of it included."""
    used: int = 0
    """What calls that ended have used."""
    held: int = 0
    """The most that calls under way can use."""
    others: int = 0
    """What was used or leased elsewhere, as it was last heard."""
    waiting: bool = False
    """Whether too little is free only because another account of the same call was refused."""
    away: bool = False
    """Whether nobody can be asked for more."""

    @property
    def free(self) -> int:
        """What may still be held; negative when more was used than leased."""
        return self.granted - self.used - self.held

    @property
    def total(self) -> int:
        """Used or held, here and elsewhere."""
        return self.others + self.used + self.held

    def hold(self, amount: int) -> None:
        """Reserve."""
        self.held += amount

    def settle(self, held: int, used: int) -> None:
        """Exchange a reservation for what was really used; what goes beyond it is owed."""
        self.held -= held
        self.used += used

    def void(self) -> None:
        """Nothing more may be held: the lease is over."""
        self.granted = min(self.granted, self.used + self.held)
