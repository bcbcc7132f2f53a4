"""How much is leased to whom, so that what everybody uses together stays within the limit.

A bank keeps for each account what was `spent`, for certain, and what is `leased` and may still be spent.
Leasing never lets the sum of both pass the limit, so nobody can overspend, however many spend at once. What
was leased to somebody who disappeared stays leased until it is proved what became of it.

The arithmetic is here, without clock and store, because two keepers share it: the server's tables and the
file of a machine without a server.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

State = Literal["open", "expired", "closed"]

SHARES: Final = 2
"""One lease takes at most this part, for each holder, of what is left: late comers find something."""


class Balance(msgspec.Struct):
    """One account: a key of a budget in one window."""

    spent: int = 0
    """Used for certain. May pass the limit when a call used more than was held for it: that is owed."""
    leased: int = 0
    """Out on leases, not yet accounted for."""

    def left(self, limit: int) -> int:
        """What can still be leased."""
        return max(0, limit - self.spent - self.leased)


class Lease(msgspec.Struct):
    """What one process may use of one account until it expires."""

    amount: int = 0
    """Leased in all; what was accounted for included."""
    settled: int = 0
    """Used, as its process last said; never shrinks."""
    state: State = "open"

    @property
    def open_amount(self) -> int:
        """Leased and not accounted for."""
        return max(0, self.amount - self.settled)


def report(balance: Balance, lease: Lease, used: int) -> int:
    """Take in how much of a lease is used by now; returns how much that is more than before.

    Saying it twice, or late, changes nothing: it is a total, and totals only grow.
    """
    more = used - lease.settled
    if more <= 0:
        return 0
    before = lease.open_amount
    lease.settled = used
    balance.spent += more
    balance.leased -= before - lease.open_amount
    return more


def grant(
    balance: Balance, lease: Lease, *, limit: int, held: int, need: int, holders: int, most: int
) -> bool:
    """Raise a lease until `need` is free beside what is held; False, and nothing changed, when it cannot be.

    Args:
        balance: of the account.
        lease: the process's; a new one is empty.
        limit: of the budget, as it stands now.
        held: what the process's calls under way can still use.
        need: what has to be free.
        holders: how many processes use the account, this one included.
        most: up to this much shall be free, if there is enough for everybody.
    """
    free = lease.open_amount - held
    missing, left = need - free, balance.left(limit)
    if missing > left:
        return False
    more = max(missing, min(most - free, left // (SHARES * max(1, holders))), 0)
    lease.amount += more
    balance.leased += more
    return True


def trim(balance: Balance, lease: Lease, *, limit: int, held: int, keep: int) -> None:
    """Take back all but what a process holds and `keep`, and more when the limit fell."""
    owed = max(0, balance.spent + balance.leased - limit)
    keep = max(0, min(keep, lease.open_amount - held - owed))
    back = max(0, lease.open_amount - held - keep)
    lease.amount -= back
    balance.leased -= back


def close(balance: Balance, lease: Lease) -> None:
    """End a lease whose use is known: what was not used goes back."""
    balance.leased -= lease.open_amount
    lease.amount = min(lease.amount, lease.settled)
    lease.state = "closed"


def expire(lease: Lease) -> None:
    """End a lease nobody renewed: its open amount stays leased, as if used, until the truth is known."""
    if lease.state == "open":
        lease.state = "expired"
