"""Reads and writes budgets, accounts and leases; keeps what it is given."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision.budgets import BudgetTerms
from holdfast.decision.budgets.exchange import AccountRow, LeaseRow
from holdfast_server.decision.budgets.tables import budget_accounts, budget_leases, budgets
from holdfast_server.errors import NotFound
from holdfast_server.kit.db import PARAMETERS_MAX, insert_into, upsert

OUT: Final = ("open", "expired")
"""States in which a part of a lease may still be spent, or was."""


class BudgetRow(msgspec.Struct):
    """One row of `budgets`."""

    id: str
    scope: str
    key: str
    unit: str
    limit: int
    soft: int | None
    window: str
    time_zone: str
    verdict: str
    unpriced: str
    source: str
    by: str
    created_ns: int
    updated_ns: int
    removed_ns: int | None = None
    inside: bool = False
    """Whether each session keeps it by itself, so that nobody leases it."""

    @property
    def terms(self) -> BudgetTerms:
        """What it says."""
        return msgspec.convert(
            {name: getattr(self, name) for name in BudgetTerms.__struct_fields__}, BudgetTerms
        )


async def list_budgets(connection: AsyncConnection, *, removed: bool = False) -> list[BudgetRow]:
    """Every budget, in the order people read them."""
    query = sa.select(budgets).order_by(budgets.c.scope, budgets.c.key, budgets.c.id)
    if not removed:
        query = query.where(budgets.c.removed_ns.is_(None))
    return [BudgetRow(**row) for row in (await connection.execute(query)).mappings()]


async def page(
    connection: AsyncConnection, *, after: Sequence[str] | None, limit: int, scope: str = "", key: str = ""
) -> list[BudgetRow]:
    """Budgets in force, in the order people read them."""
    query = sa.select(budgets).where(budgets.c.removed_ns.is_(None))
    if scope:
        query = query.where(budgets.c.scope == scope)
    if key:
        query = query.where(budgets.c.key == key)
    if after:
        query = query.where(sa.tuple_(budgets.c.scope, budgets.c.key, budgets.c.id) > tuple(after))
    query = query.order_by(budgets.c.scope, budgets.c.key, budgets.c.id).limit(limit)
    return [BudgetRow(**row) for row in (await connection.execute(query)).mappings()]


async def get(connection: AsyncConnection, budget: str) -> BudgetRow:
    """One budget in force.

    Raises:
        NotFound: there is none of this id.
    """
    row = await find(connection, budget)
    if row is None or row.removed_ns is not None:
        raise NotFound(f"there is no budget {budget[:64]}", hint="List them at /v1/budgets.")
    return row


async def find(connection: AsyncConnection, budget: str) -> BudgetRow | None:
    """One budget, removed or not."""
    query = sa.select(budgets).where(budgets.c.id == budget)
    row = (await connection.execute(query)).mappings().first()
    return BudgetRow(**row) if row else None


async def get_terms(connection: AsyncConnection, names: Collection[str]) -> dict[str, BudgetTerms]:
    """What budgets say; those that are not in force are left out."""
    found: dict[str, BudgetTerms] = {}
    for some in _parts(list(names)):
        leased = (budgets.c.removed_ns.is_(None), sa.not_(budgets.c.inside))
        query = sa.select(budgets).where(budgets.c.id.in_(some), *leased)
        rows = (await connection.execute(query)).mappings()
        found |= {row["id"]: BudgetRow(**row).terms for row in rows}
    return found


async def save(connection: AsyncConnection, row: BudgetRow) -> None:
    """Keep a budget."""
    await upsert(connection, budgets, [msgspec.structs.asdict(row)])


async def lock_accounts(connection: AsyncConnection, wanted: Iterable[AccountRow]) -> dict[str, AccountRow]:
    """These accounts, nobody else's until the transaction ends; new ones are made.

    Their order is the same for everybody, so that two who want the same never wait for each other.
    """
    rows = {row.id: row for row in sorted(wanted, key=lambda row: row.id)}
    if not rows:
        return {}
    made = insert_into(connection, budget_accounts).on_conflict_do_nothing(index_elements=["id"])
    await connection.execute(made, [msgspec.structs.asdict(row) for row in rows.values()])
    found: dict[str, AccountRow] = {}
    for some in _parts(list(rows)):
        query = (
            sa.select(budget_accounts).where(budget_accounts.c.id.in_(some)).order_by(budget_accounts.c.id)
        )
        for row in (await connection.execute(query.with_for_update())).mappings():
            found[row["id"]] = AccountRow(**row)
    return found


async def save_accounts(connection: AsyncConnection, rows: Iterable[AccountRow]) -> None:
    """Keep accounts that are locked."""
    await upsert(connection, budget_accounts, [msgspec.structs.asdict(row) for row in rows])


async def list_accounts(
    connection: AsyncConnection, current: Mapping[str, int], *, each: int
) -> dict[str, list[AccountRow]]:
    """The accounts of budgets in the windows that began then, the fullest first."""
    found: dict[str, list[AccountRow]] = {budget: [] for budget in current}
    for budget, start_ns in current.items():
        about = (budget_accounts.c.budget == budget, budget_accounts.c.start_ns == start_ns)
        full = (budget_accounts.c.spent + budget_accounts.c.leased).desc()
        query = sa.select(budget_accounts).where(*about).order_by(full, budget_accounts.c.key).limit(each)
        found[budget] = [AccountRow(**row) for row in (await connection.execute(query)).mappings()]
    return found


async def get_leases(connection: AsyncConnection, names: Collection[str]) -> dict[str, LeaseRow]:
    """Leases by their ids; those that do not exist are left out."""
    found: dict[str, LeaseRow] = {}
    for some in _parts(list(names)):
        query = sa.select(budget_leases).where(budget_leases.c.id.in_(some))
        found |= {row["id"]: LeaseRow(**row) for row in (await connection.execute(query)).mappings()}
    return found


async def list_out(
    connection: AsyncConnection, accounts: Collection[str], *, states: Sequence[str] = OUT
) -> list[LeaseRow]:
    """The leases of these accounts that are out."""
    found: list[LeaseRow] = []
    for some in _parts(list(accounts)):
        query = sa.select(budget_leases).where(
            budget_leases.c.account.in_(some), budget_leases.c.state.in_(states)
        )
        rows = (await connection.execute(query.order_by(budget_leases.c.id))).mappings()
        found += [LeaseRow(**row) for row in rows]
    return found


async def list_out_of_log(connection: AsyncConnection, log: str) -> list[LeaseRow]:
    """The leases that are out to the process that wrote a ledger."""
    query = sa.select(budget_leases).where(budget_leases.c.log == log, budget_leases.c.state.in_(OUT))
    return [LeaseRow(**row) for row in (await connection.execute(query)).mappings()]


async def list_due(connection: AsyncConnection, now_ns: int, limit: int) -> list[LeaseRow]:
    """Open leases that nobody renewed in time."""
    query = sa.select(budget_leases).where(
        budget_leases.c.state == "open", budget_leases.c.expires_ns <= now_ns
    )
    return [LeaseRow(**row) for row in (await connection.execute(query.limit(limit))).mappings()]


async def save_leases(connection: AsyncConnection, rows: Iterable[LeaseRow]) -> None:
    """Keep leases whose accounts are locked."""
    await upsert(connection, budget_leases, [msgspec.structs.asdict(row) for row in rows])


async def forget(connection: AsyncConnection, *, leases_ns: int, short_ns: int, long_ns: int) -> None:
    """Drop leases that were closed, and accounts nobody touched, before these times.

    Args:
        connection: where.
        leases_ns: for closed leases.
        short_ns: for accounts of runs and sessions.
        long_ns: for accounts of windows that are over.
    """
    closed = (budget_leases.c.state == "closed", budget_leases.c.renewed_ns < leases_ns)
    await connection.execute(sa.delete(budget_leases).where(*closed))
    within = sa.select(budgets.c.id).where(budgets.c.scope.in_(("run", "session")))
    short = sa.and_(budget_accounts.c.budget.in_(within), budget_accounts.c.touched_ns < short_ns)
    over = sa.and_(budget_accounts.c.end_ns < long_ns, budget_accounts.c.touched_ns < long_ns)
    out = sa.select(budget_leases.c.account).where(budget_leases.c.state == "open")
    gone = sa.delete(budget_accounts).where(sa.or_(short, over), budget_accounts.c.id.not_in(out))
    await connection.execute(gone)


def _parts(names: list[str]) -> Iterable[list[Any]]:
    return (names[start : start + PARAMETERS_MAX] for start in range(0, len(names), PARAMETERS_MAX))
