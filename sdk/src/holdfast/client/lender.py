"""Who leases parts of budgets: the server, or the books of this machine when there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec


class Ask(msgspec.Struct, frozen=True):
    """What this process used of one account, and what more it needs."""

    budget: str
    key: str
    lease: str = ""
    fence: int = 0
    used: int = 0
    held: int = 0
    need: int = 0
    """What must be free beside what is held; every need of one exchange is met, or none."""
    keep: int | None = None
    """What shall be free ahead of any need; None for as much as the lender thinks fit."""
    close: bool = False


class Leased(msgspec.Struct, frozen=True):
    """How one account stands after an exchange."""

    budget: str
    key: str
    lease: str
    fence: int
    amount: int
    state: Literal["open", "fenced", "closed", "refused", "gone"]
    starts_ns: int
    ends_ns: int
    limit: int
    total: int


class Lent(msgspec.Struct, frozen=True):
    """The answer to an exchange, in the order of what was asked."""

    leases: tuple[Leased, ...]
    ttl_s: float = 60.0


class Borrower(msgspec.Struct, frozen=True):
    """For whom is asked."""

    process: str
    log: str = ""
    agent: str = ""
    run: str = ""


class Lender(Protocol):
    """Leases parts of budgets; called by one thread at a time."""

    def exchange(self, borrower: Borrower, asks: Sequence[Ask]) -> Lent | None:
        """Take in what was used, and lease what is needed: of every account, or of none.

        Asking again for what was answered but never arrived is the same as once.

        Returns:
            how each account stands; None when nobody can be asked now.
        """
        ...

    def close(self) -> None:
        """Let go."""
        ...
