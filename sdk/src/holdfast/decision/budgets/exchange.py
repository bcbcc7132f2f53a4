"""One exchange: a process says what it used, and takes what it needs of every account, or of none.

Pure, because two keepers share it: the server's tables and the books of a machine without a server. They load
what an exchange names, let it run, and keep what it changed, all in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from holdfast.decision.budgets.bank import Balance, Lease, close, grant, report, trim
from holdfast.decision.budgets.terms import BudgetTerms
from holdfast.decision.budgets.window import window_at

PART: Final = 16
"""One lease makes at most this part of the limit free, unless one call needs more."""

Answer = Literal["open", "fenced", "closed", "refused", "gone"]


class Ask(msgspec.Struct, frozen=True):
    """What a process used of one account, and what more it needs."""

    budget: str
    key: str
    lease: str = ""
    """The lease it holds; empty for none that it knows of."""
    fence: int = 0
    """The number that came with the lease."""
    used: int = 0
    """In all, on this lease."""
    held: int = 0
    """The most that calls under way can still use."""
    need: int = 0
    """What must be free beside that; every need of one exchange is met, or none."""
    keep: int | None = None
    """What shall be free ahead of any need; None for as much as there is a fair share of."""
    close: bool = False
    """Give it all back."""


class Borrower(msgspec.Struct, frozen=True):
    """For whom is asked."""

    process: str
    log: str = ""
    """The ledger it writes: what it says proves what a process used that died."""
    agent: str = ""
    run: str = ""


class Leased(msgspec.Struct, frozen=True):
    """How one account stands after an exchange."""

    budget: str
    key: str
    lease: str
    fence: int
    amount: int
    """Leased in all, what was used of it included."""
    state: Answer
    starts_ns: int
    ends_ns: int
    limit: int
    total: int
    """Used or leased by everybody."""


class AccountRow(Balance):
    """An account as it is kept."""

    id: str = ""
    budget: str = ""
    key: str = ""
    start_ns: int = 0
    end_ns: int = 0
    fence: int = 0
    touched_ns: int = 0


class LeaseRow(Lease):
    """A lease as it is kept."""

    id: str = ""
    account: str = ""
    budget: str = ""
    key: str = ""
    process: str = ""
    log: str = ""
    agent: str = ""
    run: str = ""
    fence: int = 0
    held: int = 0
    granted_ns: int = 0
    renewed_ns: int = 0
    expires_ns: int = 0


class Exchange:
    """One request on its way through the books."""

    def __init__(
        self,
        borrower: Borrower,
        asks: Sequence[Ask],
        terms: Mapping[str, BudgetTerms],
        *,
        now_ns: int,
        expires_ns: int,
        new_id: Callable[[], str],
    ) -> None:
        """Begin it.

        Args:
            borrower: who asks.
            asks: what for.
            terms: the budgets in force, as far as they are asked for.
            now_ns: the time.
            expires_ns: until when what is leased now may be used.
            new_id: a name for a new lease.
        """
        self._borrower, self._asks, self._terms = borrower, asks, terms
        self._now, self._expires, self._new_id = now_ns, expires_ns, new_id
        self._accounts: dict[str, AccountRow] = {}
        self._leases: dict[str, LeaseRow] = {}
        self._changed: dict[str, LeaseRow] = {}
        self._holders: dict[str, set[str]] = {}

    @property
    def lease_ids(self) -> frozenset[str]:
        """The leases that must be loaded."""
        return frozenset(ask.lease for ask in self._asks if ask.lease)

    def accounts(self, named: Iterable[LeaseRow]) -> list[AccountRow]:
        """The accounts that must be loaded, and locked: those asked for, and those of the leases named."""
        wanted = {row.id: row for ask in self._asks if (row := self._account_of(ask))}
        for lease in named:
            wanted.setdefault(lease.account, AccountRow(id=lease.account))
        return list(wanted.values())

    def run(
        self, accounts: Mapping[str, AccountRow], leases: Iterable[LeaseRow], out: Iterable[LeaseRow]
    ) -> tuple[Leased, ...]:
        """Take in the reports, then meet every need or none.

        Args:
            accounts: all that `accounts` named, by id.
            leases: all that `lease_ids` named.
            out: every open lease of these accounts.
        """
        self._accounts = dict(accounts)
        self._leases = {lease.id: lease for lease in leases}
        for lease in out:
            self._leases[lease.id] = lease
            self._holders.setdefault(lease.account, set()).add(lease.process)
        rows = [self._report(ask) for ask in self._asks]
        short = self._meet(rows)
        return tuple(
            self._answer(ask, row, met=not short, refused=place in short)
            for place, (ask, row) in enumerate(zip(self._asks, rows, strict=True))
        )

    @property
    def changed_leases(self) -> list[LeaseRow]:
        """What must be kept."""
        return list(self._changed.values())

    @property
    def changed_accounts(self) -> list[AccountRow]:
        """What must be kept."""
        found = {lease.account: self._accounts[lease.account] for lease in self._changed.values()}
        for account in found.values():
            account.touched_ns = self._now
        return list(found.values())

    def _account_of(self, ask: Ask) -> AccountRow | None:
        """The account in the window that counts now."""
        terms = self._terms.get(ask.budget)
        if terms is None:
            return None
        start, end = window_at(terms.window, terms.time_zone, self._now)
        name = account_id(ask.budget, ask.key, start)
        return AccountRow(id=name, budget=ask.budget, key=ask.key, start_ns=start, end_ns=end)

    # Reports

    def _report(self, ask: Ask) -> LeaseRow | None:
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

    def _find(self, ask: Ask) -> LeaseRow | None:
        me = self._borrower.process
        if ask.lease:
            lease = self._leases.get(ask.lease)
            if lease is None or (lease.budget, lease.key) != (ask.budget, ask.key):
                return None
            return lease if (lease.process, lease.fence) == (me, ask.fence) else None
        current = self._account_of(ask)
        if current is None:
            return None
        # An answer that was lost on its way: the lease is there, though its process never heard of it.
        mine = (one for one in self._leases.values() if one.process == me and one.state == "open")
        return next((one for one in mine if one.account == current.id), None)

    def _is_past(self, lease: LeaseRow, ask: Ask) -> bool:
        current = self._account_of(ask)
        return current is None or current.id != lease.account

    # Needs

    def _meet(self, rows: list[LeaseRow | None]) -> frozenset[int]:
        """Make what is needed free in every account; when one cannot, in none. Which ones could not."""
        before = {name: (row.spent, row.leased, row.fence) for name, row in self._accounts.items()}
        amounts = [row.amount if row else 0 for row in rows]
        made: dict[int, LeaseRow] = {}
        short: set[int] = set()
        for place, ask in enumerate(self._asks):
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

    def _current(self, ask: Ask, lease: LeaseRow | None) -> LeaseRow:
        """The lease of the window that counts now: the one there is, or a new one."""
        account = self._account_of(ask)
        assert account is not None, "only for a budget that is in force"
        if lease is not None and lease.state == "open" and lease.account == account.id:
            return lease
        me = self._borrower
        return LeaseRow(
            id=self._new_id(), account=account.id, budget=ask.budget, key=ask.key, process=me.process,
            log=me.log, agent=me.agent, run=me.run, granted_ns=self._now, renewed_ns=self._now,
        )  # fmt: skip

    def _grant(self, terms: BudgetTerms, lease: LeaseRow, ask: Ask) -> bool:
        account = self._accounts[lease.account]
        holders = self._holders.setdefault(account.id, set())
        most = max(1, terms.limit // PART) if ask.keep is None else ask.keep
        known = bool(lease.fence)
        granted = grant(
            account, lease, limit=terms.limit, held=ask.held if known else 0, need=ask.need,
            holders=len(holders | {self._borrower.process}), most=most,
        )  # fmt: skip
        if granted and not known:
            account.fence += 1
            lease.fence = account.fence
            holders.add(self._borrower.process)
        return granted

    # Answers

    def _answer(self, ask: Ask, lease: LeaseRow | None, *, met: bool, refused: bool) -> Leased:
        terms = self._terms.get(ask.budget)
        state = "refused" if refused else self._state(ask, lease, terms)
        current = lease is not None and lease.state == "open" and not self._is_past(lease, ask)
        if current and lease is not None and terms is not None:
            if not ask.need or not met:
                self._renew(terms, lease, ask)
            lease.expires_ns = self._expires
        account = self._accounts.get(lease.account) if lease else None
        return _show(ask, lease, account or self._empty(ask), state, terms.limit if terms else 0)

    def _state(self, ask: Ask, lease: LeaseRow | None, terms: BudgetTerms | None) -> Answer:
        if terms is None:
            return "gone"
        if ask.close:
            return "closed"
        known = lease is not None and lease.state == "open" and not self._is_past(lease, ask)
        # Where nothing was leased because another account of the call had too little, nothing is wrong here.
        return "open" if known or (ask.need and not ask.lease) else "fenced"

    def _renew(self, terms: BudgetTerms, lease: LeaseRow, ask: Ask) -> None:
        """Take back what is not needed, or lease ahead of the need, whichever it is."""
        account, open_amount = self._accounts[lease.account], lease.open_amount
        keep = open_amount if ask.keep is None else ask.keep
        trim(account, lease, limit=terms.limit, held=ask.held, keep=keep)
        if keep:
            most = max(1, terms.limit // PART)
            holders = len(self._holders.get(account.id, ()))
            most = most if ask.keep is None else min(most, keep)
            grant(account, lease, limit=terms.limit, held=ask.held, need=0, holders=holders, most=most)

    def _empty(self, ask: Ask) -> AccountRow:
        current = self._account_of(ask)
        return self._accounts.get(current.id, current) if current else AccountRow()


def account_id(budget: str, key: str, start_ns: int) -> str:
    """The name of an account; names sort like the order in which accounts are locked."""
    return f"{budget}/{start_ns}/{key}"


def settle(account: Balance, lease: LeaseRow, used: int) -> bool:
    """End the lease of a process that died by what it is proved to have used; whether anything came back."""
    report(account, lease, used)
    back = lease.open_amount > 0
    close(account, lease)
    lease.held = 0
    return back


def _show(ask: Ask, lease: LeaseRow | None, account: AccountRow, state: Answer, limit: int) -> Leased:
    return Leased(
        ask.budget,
        ask.key,
        lease=lease.id if lease else "",
        fence=lease.fence if lease else 0,
        amount=lease.amount if lease else 0,
        state=state,
        starts_ns=account.start_ns,
        ends_ns=account.end_ns,
        limit=limit,
        total=account.spent + account.leased,
    )
