"""Budgets as people see them: how full, who holds what, when it begins anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision.budgets import EACH, FOREVER_NS, BudgetTerms, plain, window_at
from holdfast.decision.budgets.exchange import AccountRow, LeaseRow
from holdfast_server.decision.budgets import store
from holdfast_server.decision.budgets.budget import Account, Budget, Holder, State, TermsView
from holdfast_server.decision.budgets.inside import accounts_of, count
from holdfast_server.decision.budgets.lending import by_account
from holdfast_server.decision.budgets.store import BudgetRow
from holdfast_server.kit.wire import at

ACCOUNTS_SHOWN: Final = 100
SCOPES: Final = ("session", "run")
SAID: Final = (
    *("id", "scope", "key", "unit", "window", "time_zone"),
    *("verdict", "unpriced", "source", "by", "inside"),
)
FILLED: Final = ("used", "held", "in_doubt", "left", "state", "resets_at")


async def show(connection: AsyncConnection, rows: Sequence[BudgetRow], now_ns: int) -> list[Budget]:
    """These budgets, with the accounts of the windows that count now."""
    terms = {row.id: row.terms for row in rows}
    starts = {
        row.id: window_at(row.terms.window, row.time_zone, now_ns).start_ns for row in rows if not row.inside
    }
    accounts = await store.list_accounts(connection, starts, each=ACCOUNTS_SHOWN)
    for scope in SCOPES:
        own = [row.id for row in rows if row.inside and row.scope == scope]
        used = await count(connection, scope, most=ACCOUNTS_SHOWN) if own else ()
        accounts |= {name: accounts_of(terms[name], used, most=ACCOUNTS_SHOWN) for name in own}
    names = [account.id for some in accounts.values() for account in some]
    leases = by_account(await store.list_out(connection, names))
    return [_budget(row, terms[row.id], accounts[row.id], leases, now_ns) for row in rows]


def show_terms(terms: BudgetTerms) -> TermsView:
    """A budget for those who keep to it."""
    return TermsView.model_validate({name: getattr(terms, name) for name in BudgetTerms.__struct_fields__})


def state_of(terms: BudgetTerms, total: int) -> State:
    """How full it is; a budget of nothing is spent."""
    if total >= terms.limit:
        return "spent"
    return "soft" if terms.soft is not None and total >= terms.soft else "ok"


def _budget(
    row: BudgetRow,
    terms: BudgetTerms,
    accounts: Sequence[AccountRow],
    leases: dict[str, list[LeaseRow]],
    now_ns: int,
) -> Budget:
    shown = [_account(terms, one, leases.get(one.id, [])) for one in accounts]
    fullest = shown[0] if shown else _empty(terms, now_ns)
    unit = terms.unit
    return Budget.model_validate({
        **{name: getattr(row, name) for name in SAID},
        "limit": plain(row.limit, unit),
        "soft": None if row.soft is None else plain(row.soft, unit),
        "created_at": at(row.created_ns),
        "updated_at": at(row.updated_ns),
        **{name: getattr(fullest, name) for name in FILLED},
        "fullest": fullest.key,
        "accounts": shown,
        "holders": fullest.holders,
    })  # fmt: skip


def _account(terms: BudgetTerms, account: AccountRow, leases: Sequence[LeaseRow]) -> Account:
    unit = terms.unit
    doubt = sum(lease.open_amount for lease in leases if lease.state == "expired")
    return Account(
        key=account.key,
        used=plain(account.spent, unit),
        held=plain(account.leased, unit),
        in_doubt=plain(doubt, unit),
        left=plain(account.left(terms.limit), unit),
        # What is only leased is no use yet, but what is in doubt counts as used.
        state=state_of(terms, account.spent + doubt + sum(lease.held for lease in leases)),
        resets_at=None if account.end_ns == FOREVER_NS else at(account.end_ns),
        holders=[_holder(terms, lease) for lease in leases if lease.open_amount or lease.state == "open"],
    )


def _empty(terms: BudgetTerms, now_ns: int) -> Account:
    key = "" if terms.key == EACH else terms.key
    end = window_at(terms.window, terms.time_zone, now_ns).end_ns
    return _account(terms, AccountRow(key=key, end_ns=end), [])


def _holder(terms: BudgetTerms, lease: LeaseRow) -> Holder:
    return Holder.model_validate({
        "lease": lease.id,
        **{name: getattr(lease, name) for name in ("process", "agent", "run", "state")},
        "amount": plain(lease.open_amount, terms.unit),
        "held": plain(lease.held, terms.unit),
        "expires_at": at(lease.expires_ns),
    })  # fmt: skip
