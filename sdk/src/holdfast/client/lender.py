"""Who leases parts of budgets: the server, or the books of this machine when there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from holdfast.decision.budgets.exchange import Ask, Borrower, Leased


class Lent(msgspec.Struct, frozen=True):
    """The answer to an exchange, in the order of what was asked."""

    leases: tuple[Leased, ...]
    ttl_s: float = 60.0


class Lender(Protocol):
    """Leases parts of budgets; called by one thread at a time."""

    def exchange(self, borrower: Borrower, asks: Sequence[Ask]) -> Lent | None:
        """Take in what was used, and lease what is needed: of every account, or of none.

        Asking again for what was answered but never arrived is the same as once.

        Returns:
            how each account stands; None when nobody can be asked now.
        """
        ...
