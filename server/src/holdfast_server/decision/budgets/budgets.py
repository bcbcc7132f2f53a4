"""Budgets: set, edited without losing what was used, kept to by leases, settled after a crash."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision.budgets import BudgetTerms, name_of
from holdfast.decision.budgets.bank import expire
from holdfast.decision.budgets.exchange import AccountRow, Ask, Borrower, Leased, settle
from holdfast_server.decision.budgets import store
from holdfast_server.decision.budgets.budget import (
    Budget,
    BudgetAsk,
    BudgetEdit,
    Leases,
    LeasesAsk,
    SettleAsk,
    Settled,
    TermsList,
    counted,
)
from holdfast_server.decision.budgets.lending import lend, show_lease
from holdfast_server.decision.budgets.proof import Proof, Recalled
from holdfast_server.decision.budgets.store import BudgetRow
from holdfast_server.decision.budgets.view import show, show_terms
from holdfast_server.decision.control.kills import Control
from holdfast_server.errors import Conflict, Invalid
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.hub import Hub
from holdfast_server.kit.idempotency import digest_request, find_made, remember
from holdfast_server.kit.paging import Page, PageAsk, read_names_cursor, write_cursor
from holdfast_server.kit.wire import NS_PER_S
from holdfast_server.record.ledger.log import ServerLedger
from holdfast_server.settings import Budgets as Times

DUE_MAX: Final = 500
BUDGETS_MAX: Final = 1_000
LEASES_KEPT_DAYS: Final = 7
SESSIONS_KEPT_DAYS: Final = 90
WINDOWS_KEPT_DAYS: Final = 400
DAY_NS: Final = 86_400 * NS_PER_S
INSIDE: Final = "_inside"
"""Ends the id of a budget that each session keeps by itself: another one may be for the same."""
IN_A_FILE: Final = "A policy file says it; change it there."

log = structlog.get_logger(__name__)


class Budgets:
    """Every budget, and every lease on it."""

    def __init__(
        self, *, db: Database, ledger: ServerLedger, hub: Hub, control: Control, clock: Clock, times: Times
    ) -> None:
        self._db, self._hub, self._control = db, hub, control
        self._clock, self._times = clock, times
        self._proof = Proof(ledger)
        self._terms: tuple[BudgetTerms, ...] = ()
        self._seq = 0
        self._said: tuple[BudgetTerms, ...] | None = None
        self._said_inside: tuple[BudgetTerms, ...] = ()
        self._touched: set[str] = set()

    async def open(self) -> None:
        """Read what is in force."""
        await self._read_terms()
        self._push()

    @property
    def ttl_s(self) -> float:
        """A lease that is not renewed for so long is over."""
        return self._times.ttl_s

    @property
    def shared(self) -> tuple[BudgetTerms, ...]:
        """What is leased here; the same object until it changes."""
        return self._terms

    @property
    def terms(self) -> TermsList:
        """What processes keep to."""
        return TermsList(seq=self._seq, items=[show_terms(one) for one in self._terms])

    async def page(self, page: PageAsk, *, scope: str = "", key: str = "") -> Page[Budget]:
        """Budgets in force by scope and key, each with its accounts."""
        after = read_names_cursor(page.cursor) if page.cursor else None
        async with self._db.read() as connection:
            rows = await store.page(connection, after=after, limit=page.limit + 1, scope=scope, key=key)
            more, rows = len(rows) > page.limit, rows[: page.limit]
            items = await show(connection, rows, self._clock())
        following = write_cursor(rows[-1].scope, rows[-1].key, rows[-1].id) if more else None
        return Page(items=items, next=following)

    async def get(self, budget: str) -> Budget:
        """One budget.

        Raises:
            NotFound: there is none of this id.
        """
        async with self._db.read() as connection:
            row = await store.get(connection, budget)
            return (await show(connection, [row], self._clock()))[0]

    async def add(self, asked: BudgetAsk, *, key: str | None = None) -> Budget:
        """Keep to a budget from now on; one that was removed before begins with what was used of it.

        Raises:
            Invalid: its parts do not go together, or there are too many budgets.
            Conflict: there is one for the same already, or the key came with another request.
        """
        name = name_of(asked.scope, asked.key, asked.unit, asked.window)
        terms, request, now = asked.terms(name), digest_request(asked), self._clock()
        async with self._db.write() as connection:
            if await find_made(connection, key, request) is None:
                there = await store.find(connection, name)
                if there is not None and there.removed_ns is None:
                    raise Conflict("there is a budget for this already", hint=f"Change it: {name}.")
                if len(await store.list_budgets(connection)) >= BUDGETS_MAX:
                    raise Invalid(f"there are {BUDGETS_MAX} budgets", hint="One with the key * serves many.")
                await store.save(connection, _row(terms, source="api", by=asked.by, now=now, there=there))
                await remember(connection, key, request, name, now)
        await self._changed([name])
        return await self.get(name)

    async def edit(self, budget: str, change: BudgetEdit) -> Budget:
        """Change what it says; what was used stays used.

        Raises:
            NotFound: there is none of this id.
            Conflict: a policy file says it.
            Invalid: the soft limit would be above the limit, or half a call was asked for.
        """
        async with self._db.write() as connection:
            row = await self._get_own(connection, budget)
            if change.limit is not None:
                row.limit = counted(change.limit, row.unit)
            if change.soft is not None or change.warn is False:
                row.soft = None if change.soft is None else counted(change.soft, row.unit)
            if row.soft is not None and row.soft > row.limit:
                raise Invalid("the soft limit is above the limit", hint="Change both, or take it away.")
            row.verdict = change.verdict or row.verdict
            row.unpriced = change.unpriced or row.unpriced
            row.by, row.updated_ns = change.by, self._clock()
            await store.save(connection, row)
        await self._changed([budget])
        return await self.get(budget)

    async def remove(self, budget: str, *, by: str) -> Budget:
        """Keep to it no longer; leases on it are let go as their processes report.

        Raises:
            NotFound: there is none of this id.
            Conflict: a policy file says it.
        """
        shown = await self.get(budget)
        async with self._db.write() as connection:
            row = await self._get_own(connection, budget)
            row.removed_ns, row.by = self._clock(), by
            await store.save(connection, row)
        await self._changed([])
        return shown

    async def follow_policies(
        self, said: tuple[BudgetTerms, ...], *, inside: tuple[BudgetTerms, ...] = ()
    ) -> None:
        """Take over what the policy files say of budgets now; what was used stays used.

        Args:
            said: budgets that are leased here.
            inside: budgets that each session or run keeps by itself; they are only shown.
        """
        if said is self._said and inside is self._said_inside:
            return
        wanted = _strictest(said) | {f"{name}{INSIDE}": one for name, one in _strictest(inside).items()}
        moved: list[str] = []
        now = self._clock()
        async with self._db.write() as connection:
            for row in await store.list_budgets(connection):
                if row.source == "policy" and row.id not in wanted:
                    row.removed_ns = now
                    await store.save(connection, row)
                    moved.append(row.id)
            for name, terms in wanted.items():
                there = await store.find(connection, name)
                current = there is not None and there.removed_ns is None and there.source == "policy"
                named = msgspec.structs.replace(terms, id=name)
                if there is None or not current or there.terms != named:
                    row = _row(named, source="policy", by="", now=now, there=there)
                    row.inside = name.endswith(INSIDE)
                    await store.save(connection, row)
                    moved.append(name)
        self._said, self._said_inside = said, inside
        if moved:
            await self._changed(moved)

    # Leases

    async def lease(self, asked: LeasesAsk) -> Leases:
        """Take in what a process used, and let it have what it needs: of every account, or of none.

        Asking again for what was answered but never arrived is the same as once.
        """
        borrower = Borrower(asked.process, asked.log, asked.agent, asked.run)
        answers = await self.exchange(borrower, [Ask(**ask.model_dump()) for ask in asked.asks])
        return Leases(ttl_s=self.ttl_s, seq=self._seq, leases=list(map(show_lease, answers)))

    async def exchange(self, borrower: Borrower, asks: Sequence[Ask]) -> tuple[Leased, ...]:
        """`lease` for a process that is this one."""
        names = {ask.budget for ask in asks}
        async with self._db.write() as connection:
            terms = await store.get_terms(connection, names)
            now = self._clock()
            answers = await lend(connection, borrower, asks, terms, now_ns=now, ttl_s=self.ttl_s)
        self._touched |= names
        return answers

    async def recall(self, process: str, log: str) -> list[Recalled]:
        """What a process that has started again held before, with what its own ledger says of it."""
        async with self._db.read() as connection:
            found = [one for one in await store.list_out_of_log(connection, log) if one.process == process]
            terms = {row.id: row.terms for row in await store.list_budgets(connection, removed=True)}
            rows = {one.id: one for one in found if one.budget in terms}
            return await self._proof.recall(connection, log, rows, terms) if rows else []

    async def expire(self) -> None:
        """End leases nobody renewed: what they hold counts as used until it is proved what became of it."""
        async with self._db.read() as connection:
            due = await store.list_due(connection, self._clock(), DUE_MAX)
        if not due:
            return
        async with self._db.write() as connection:
            await store.lock_accounts(connection, (AccountRow(id=one.account) for one in due))
            found = (await store.get_leases(connection, {one.id for one in due})).values()
            over = [one for one in found if one.expires_ns <= self._clock()]
            for lease in over:
                expire(lease)
            await store.save_leases(connection, over)
        self._touched |= {lease.budget for lease in over}
        for lease in over:
            log.warning("budget_lease_expired", lease=lease.id, budget=lease.budget, process=lease.process)

    async def settle(self, asked: SettleAsk) -> Settled:
        """Settle the leases of a process that died by what its ledger proves it used.

        Raises:
            Conflict: not all of its records have arrived.
        """
        async with self._db.read() as connection:
            found = await store.list_out_of_log(connection, asked.log)
            if not found:
                return Settled(leases=0, returned=0)
            terms = {row.id: row.terms for row in await store.list_budgets(connection, removed=True)}
            units = {one.id: terms[one.budget].unit for one in found}
            used = await self._proof.used(connection, asked.log, asked.size, units)
        async with self._db.write() as connection:
            accounts = await store.lock_accounts(connection, (AccountRow(id=one.account) for one in found))
            out = await store.list_out_of_log(connection, asked.log)
            returned = sum(settle(accounts[one.account], one, used.get(one.id, 0)) for one in out)
            await store.save_accounts(connection, accounts.values())
            await store.save_leases(connection, out)
        self._touched |= {lease.budget for lease in out}
        log.info("budget_leases_settled", log=asked.log, leases=len(out), returned=returned)
        return Settled(leases=len(out), returned=returned)

    async def tell(self) -> None:
        """Publish the budgets whose numbers moved since the last time."""
        moved, self._touched = self._touched, set()
        if not moved or not self._hub.followed:
            return
        async with self._db.read() as connection:
            rows = [row for row in await store.list_budgets(connection) if row.id in moved]
            for budget in await show(connection, rows, self._clock()):
                self._hub.publish("budget.updated", budget.model_dump_json())

    async def look(self) -> None:
        """Notice what another server changed in the same database."""
        before = self._terms
        await self._read_terms()
        if self._terms != before:
            self._push()

    async def forget(self) -> None:
        """Drop what is long over, so that the books do not grow for ever."""
        now = self._clock()
        days = {"leases_ns": LEASES_KEPT_DAYS, "short_ns": SESSIONS_KEPT_DAYS, "long_ns": WINDOWS_KEPT_DAYS}
        before = {name: now - kept * DAY_NS for name, kept in days.items()}
        async with self._db.write() as connection:
            await store.forget(connection, **before)

    async def _changed(self, names: Collection[str]) -> None:
        self._touched |= set(names)
        await self._read_terms()
        self._push()
        await self.tell()

    async def _read_terms(self) -> None:
        async with self._db.read() as connection:
            rows = await store.list_budgets(connection)
        self._terms = tuple(row.terms for row in rows if not row.inside)
        # The same terms have the same number, whichever server is asked and however often it started.
        self._seq = zlib.crc32(msgspec.json.encode(self._terms))

    def _push(self) -> None:
        self._control.set_budgets(self.terms.model_dump_json())

    async def _get_own(self, connection: AsyncConnection, budget: str) -> BudgetRow:
        row = await store.get(connection, budget)
        if row.source == "policy":
            raise Conflict("this budget stands in a policy file", hint=IN_A_FILE)
        return row


def _strictest(said: Iterable[BudgetTerms]) -> dict[str, BudgetTerms]:
    """Of several for the same, the one with the lowest limit."""
    found: dict[str, BudgetTerms] = {}
    for terms in said:
        other = found.setdefault(terms.id, terms)
        found[terms.id] = min(terms, other, key=lambda one: one.limit)
    return found


def _row(terms: BudgetTerms, *, source: str, by: str, now: int, there: BudgetRow | None) -> BudgetRow:
    said = {name: getattr(terms, name) for name in BudgetTerms.__struct_fields__}
    made = there.created_ns if there else now
    return BudgetRow(**said, source=source, by=by, created_ns=made, updated_ns=now)
