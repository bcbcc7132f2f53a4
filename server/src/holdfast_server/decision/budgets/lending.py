"""Leasing from the tables: what an exchange names is locked, what it changed is kept, in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision.budgets import BudgetTerms
from holdfast.decision.budgets.exchange import Ask, Borrower, Exchange, Leased, LeaseRow
from holdfast_server.decision.budgets import store
from holdfast_server.decision.budgets.budget import Lease
from holdfast_server.kit.wire import NS_PER_S


async def lend(
    connection: AsyncConnection,
    borrower: Borrower,
    asks: Sequence[Ask],
    terms: Mapping[str, BudgetTerms],
    *,
    now_ns: int,
    ttl_s: float,
) -> tuple[Leased, ...]:
    """Take in what a process used, and let it have what it needs."""
    exchange = Exchange(
        borrower,
        asks,
        terms,
        now_ns=now_ns,
        expires_ns=now_ns + int(ttl_s * NS_PER_S),
        new_id=lambda: f"lea_{secrets.token_hex(8)}",
    )
    named = await store.get_leases(connection, exchange.lease_ids)
    accounts = await store.lock_accounts(connection, exchange.accounts(named.values()))
    # Read again, now that nobody else can change them.
    leases = await store.get_leases(connection, exchange.lease_ids)
    out = await store.list_out(connection, accounts, states=("open",))
    answers = exchange.run(accounts, leases.values(), out)
    await store.save_accounts(connection, exchange.changed_accounts)
    await store.save_leases(connection, exchange.changed_leases)
    return answers


def by_account(leases: Iterable[LeaseRow]) -> dict[str, list[LeaseRow]]:
    """Leases of each account."""
    found: dict[str, list[LeaseRow]] = {}
    for lease in leases:
        found.setdefault(lease.account, []).append(lease)
    return found


def show_lease(answer: Leased) -> Lease:
    """One answer, as it travels."""
    return Lease.model_validate({name: getattr(answer, name) for name in Leased.__struct_fields__})
