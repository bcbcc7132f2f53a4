"""Leasing: a process takes a part of every account it needs, decides by itself, reports and returns the rest.

One request is one transaction over all of its accounts, so a call holds in every scope it belongs to, or in
none. docs/concepts/budgets.md says what this bounds.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision.budgets import Balance, BudgetTerms, window_at
from holdfast.decision.budgets.bank import close, grant, report, trim
from holdfast_server.decision.budgets import store
from holdfast_server.decision.budgets.budget import Lease, LeaseAsk, LeasesAsk
from holdfast_server.decision.budgets.store import AccountRow, LeaseRow, account_id
from holdfast_server.kit.wire import NS_PER_S

PART: Final = 16
"""One lease makes at most this part of the limit free, unless one call needs more."""


class Lending:
    """One request on its way through the books; lives for one transaction."""

    def __init__(self, asked: LeasesAsk, terms: dict[str, BudgetTerms], *, now_ns: int, ttl_s: float) -> None:
        self._asked, self._terms, self._now = asked, terms, now_ns
        self._expires = now_ns + int(ttl_s * NS_PER_S)
        self._accounts: dict[str, AccountRow] = {}
        self._leases: dict[str, LeaseRow] = {}
        self._changed: dict[str, LeaseRow] = {}
        self._holders: dict[str, set[str]] = {}

    @property
    def touched(self) -> frozenset[str]:
        """The budgets whose numbers may have moved."""
        return frozenset(lease.budget for lease in self._changed.values())

    async def run(self, connection: AsyncConnection) -> list[Lease]:
        """Take in the reports, meet every need or none, and keep all of it."""
        await self._load(connection)
        asks = self._asked.asks
        rows = [self._report(ask) for ask in asks]
        short = self._meet(asks, rows)
        answers = [
            self._answer(ask, row, met=not short, refused=place in short)
            for place, (ask, row) in enumerate(zip(asks, rows, strict=True))
        ]
        changed = {lease.account: self._accounts[lease.account] for lease in self._changed.values()}
        for account in changed.values():
            account.touched_ns = self._now
        await store.save_accounts(connection, changed.values())
        await store.save_leases(connection, self._changed.values())
        return answers

    # What there is

    async def _load(self, connection: AsyncConnection) -> None:
        named = await store.get_leases(connection, {ask.lease for ask in self._asked.asks} - {""})
        wanted = {row.id: row for row in map(self._account_of, self._asked.asks) if row}
        for lease in named.values():
            wanted.setdefault(lease.account, AccountRow(id=lease.account))
        self._accounts = await store.lock_accounts(connection, wanted.values())
        # Read again, now that nobody else can change them.
        self._leases = await store.get_leases(connection, named)
        for lease in await store.list_out(connection, self._accounts, states=("open",)):
            self._leases[lease.id] = lease
            self._holders.setdefault(lease.account, set()).add(lease.process)

    def _account_of(self, ask: LeaseAsk) -> AccountRow | None:
        terms = self._terms.get(ask.budget)
        if terms is None:
            return None
        start, end = window_at(terms.window, terms.time_zone, self._now)
        name = account_id(ask.budget, ask.key, start)
        return AccountRow(id=name, budget=ask.budget, key=ask.key, start_ns=start, end_ns=end)

    # Reports

    def _report(self, ask: LeaseAsk) -> LeaseRow | None:
        """Take in what was used; the lease it was used on, if it is known."""
        lease = self._find(ask)
        if lease is None:
            return None
        balance = self._accounts[lease.account]
        report(balance, lease, ask.used)
        lease.held, lease.renewed_ns = ask.held, self._now
        # What a process says of its own expired lease is the truth; only its lease does not come back.
        over = lease.state == "expired" or self._is_past(lease, ask)
        if (ask.close or over) and not ask.held:
            close(balance, lease)
        elif over:
            trim(balance, lease, limit=balance.spent + balance.leased, held=ask.held, keep=0)
        self._changed[lease.id] = lease
        return lease

    def _find(self, ask: LeaseAsk) -> LeaseRow | None:
        if ask.lease:
            lease = self._leases.get(ask.lease)
            if lease is None or (lease.budget, lease.key) != (ask.budget, ask.key):
                return None
            return lease if (lease.process, lease.fence) == (self._asked.process, ask.fence) else None
        current = self._account_of(ask)
        if current is None:
            return None
        # An answer that was lost on its way: the lease is there, though its process never heard of it.
        mine = (one for one in self._leases.values() if one.process == self._asked.process)
        return next((one for one in mine if one.account == current.id and one.state == "open"), None)

    def _is_past(self, lease: LeaseRow, ask: LeaseAsk) -> bool:
        current = self._account_of(ask)
        return current is None or current.id != lease.account

    # Needs

    def _meet(self, asks: list[LeaseAsk], rows: list[LeaseRow | None]) -> frozenset[int]:
        """Make what is needed free in every account; when one cannot, in none. Which ones could not."""
        before = {name: (row.spent, row.leased, row.fence) for name, row in self._accounts.items()}
        amounts = [row.amount if row else 0 for row in rows]
        made: dict[int, LeaseRow] = {}
        short: set[int] = set()
        for place, ask in enumerate(asks):
            terms = self._terms.get(ask.budget)
            if terms is None or ask.close or not ask.need:
                continue
            lease = made[place] = self._current(ask, rows[place])
            if not self._grant(terms, lease, ask):
                short.add(place)
        if short:
            for name, row in self._accounts.items():
                row.spent, row.leased, row.fence = before[name]
            for row, amount in zip(rows, amounts, strict=True):
                if row is not None:
                    row.amount = amount
            return frozenset(short)
        for place, lease in made.items():
            rows[place] = lease
            self._changed[lease.id] = lease
        return frozenset()

    def _current(self, ask: LeaseAsk, lease: LeaseRow | None) -> LeaseRow:
        """The lease of the window that counts now: the one there is, or a new one."""
        account = self._account_of(ask)
        assert account is not None, "only for a budget that is in force"
        if lease is not None and lease.state == "open" and lease.account == account.id:
            return lease
        return LeaseRow(
            id=f"lea_{secrets.token_hex(8)}", account=account.id, budget=ask.budget, key=ask.key,
            process=self._asked.process, log=self._asked.log, agent=self._asked.agent, run=self._asked.run,
            granted_ns=self._now, renewed_ns=self._now,
        )  # fmt: skip

    def _grant(self, terms: BudgetTerms, lease: LeaseRow, ask: LeaseAsk) -> bool:
        account = self._accounts[lease.account]
        holders = self._holders.setdefault(account.id, set())
        most = max(1, terms.limit // PART) if ask.keep is None else ask.keep
        known = bool(lease.fence)
        granted = grant(
            account, lease, limit=terms.limit, held=ask.held if known else 0, need=ask.need,
            holders=len(holders | {self._asked.process}), most=most,
        )  # fmt: skip
        if granted and not known:
            account.fence += 1
            lease.fence = account.fence
            holders.add(self._asked.process)
        return granted

    # Answers

    def _answer(self, ask: LeaseAsk, lease: LeaseRow | None, *, met: bool, refused: bool) -> Lease:
        terms = self._terms.get(ask.budget)
        state = "refused" if refused else self._state(ask, lease, terms)
        if (
            lease is not None
            and terms is not None
            and lease.state == "open"
            and not self._is_past(lease, ask)
        ):
            if not ask.need or not met:
                self._renew(terms, lease, ask)
            lease.expires_ns = self._expires
        account = self._accounts.get(lease.account) if lease else None
        return _show(ask, lease, account or self._balance(ask), state, terms.limit if terms else 0)

    def _state(self, ask: LeaseAsk, lease: LeaseRow | None, terms: BudgetTerms | None) -> str:
        if terms is None:
            return "gone"
        if ask.close:
            return "closed"
        known = lease is not None and lease.state == "open" and not self._is_past(lease, ask)
        # Where nothing was leased because another account of the call had too little, nothing is wrong here.
        return "open" if known or (ask.need and not ask.lease) else "fenced"

    def _renew(self, terms: BudgetTerms, lease: LeaseRow, ask: LeaseAsk) -> None:
        """Give back what is not needed, or lend ahead of the need, whichever it is."""
        account, open_amount = self._accounts[lease.account], lease.open_amount
        keep = open_amount if ask.keep is None else ask.keep
        trim(account, lease, limit=terms.limit, held=ask.held, keep=keep)
        if keep:
            most = max(1, terms.limit // PART)
            holders = len(self._holders.get(account.id, ()))
            most = most if ask.keep is None else min(most, keep)
            grant(account, lease, limit=terms.limit, held=ask.held, need=0, holders=holders, most=most)

    def _balance(self, ask: LeaseAsk) -> AccountRow:
        current = self._account_of(ask)
        return self._accounts.get(current.id, current) if current else AccountRow()


def _show(ask: LeaseAsk, lease: LeaseRow | None, account: AccountRow, state: str, limit: int) -> Lease:
    return Lease.model_validate({
        "budget": ask.budget,
        "key": ask.key,
        "lease": lease.id if lease else "",
        "fence": lease.fence if lease else 0,
        "amount": lease.amount if lease else 0,
        "state": state,
        "starts_ns": account.start_ns,
        "ends_ns": account.end_ns,
        "limit": limit,
        "total": account.spent + account.leased,
    })  # fmt: skip


def settle(account: Balance, lease: LeaseRow, used: int) -> bool:
    """End the lease of a process that died by what it is proved to have used; whether anything came back."""
    report(account, lease, used)
    back = lease.open_amount > 0
    close(account, lease)
    lease.held = 0
    return back


def by_account(leases: Iterable[LeaseRow]) -> dict[str, list[LeaseRow]]:
    """Leases of each account."""
    found: dict[str, list[LeaseRow]] = {}
    for lease in leases:
        found.setdefault(lease.account, []).append(lease)
    return found
