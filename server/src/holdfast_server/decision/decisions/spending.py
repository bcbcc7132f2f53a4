"""Budgets around the sessions that are judged here: the server leases from its own books, like any process.

A lease outlives the process: what it was used for stands in the ledger, so the next start knows it again, and
the calls that are still under way. A call whose end nobody tells in time has used all that it held.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from holdfast.action import Action
from holdfast.decision import Bundle
from holdfast.decision.agents import find_agent
from holdfast.decision.budgets import Account, BudgetTerms, Need, Purses, Used, make_place
from holdfast.decision.budgets.exchange import Borrower
from holdfast.decision.budgets.wallet import Slip, Wallet
from holdfast.decision.stages.accounts import need_of
from holdfast.record import OutcomeRecord
from holdfast.record.tally import used_by
from holdfast_server.decision.budgets.budgets import Budgets
from holdfast_server.decision.decisions.acting import contract_of
from holdfast_server.decision.decisions.move import Held
from holdfast_server.kit.clock import Clock
from holdfast_server.record.ledger.log import LOG

WORK_S: Final = 0.25
TELL_S: Final = 1.0
ASKS_MAX: Final = 500
NOTHING: Final = Used(ran=False)
UNTOLD: Final = Used(ran=True)
"""What nobody told the end of used all that it held."""

log = structlog.get_logger(__name__)


class Spending:
    """What the sessions judged here may spend; one caller at a time."""

    def __init__(self, budgets: Budgets, process: str, clock: Clock, *, told_s: float) -> None:
        """Begin with nothing.

        Args:
            budgets: whom to lease from.
            process: who leases; the same after the next start.
            clock: the wall clock.
            told_s: within how long the end of a call must be told.
        """
        self._budgets, self._process, self._clock = budgets, process, clock
        self._told_ns = int(told_s * 1_000_000_000)
        self._wallet = Wallet()
        self._began: OrderedDict[str, int] = OrderedDict()
        self._own: tuple[object, tuple[BudgetTerms, ...]] = (None, ())

    async def open(self) -> None:
        """Know the leases of the life before this one again."""
        left = await self._budgets.recall(self._process, LOG)
        for lease in left:
            self._wallet.restore(lease.row, lease.terms, lease.used, lease.holds.items())
            self._began |= lease.began
        if left:
            log.info("budget_leases_recalled", leases=len(left), under_way=len(self._began))

    async def prepare(
        self, action: Action, held: Held, bundle: Bundle, tags: Mapping[str, str]
    ) -> Sequence[Account]:
        """Put the accounts that an action counts in where judging finds them; lease what is missing first."""
        shared, own = self._budgets.shared, self._inside(bundle)
        if not shared and not own:
            held.session.purses = None
            return ()
        accounts = self._accounts(action, held, bundle, tags)
        need = self._need(action, bundle)
        if self._is_short(accounts, need):
            await self._claim(action, accounts, need)
            accounts = self._accounts(action, held, bundle, tags)
        return accounts

    def hold(self, action: Action, bundle: Bundle, accounts: Sequence[Account], *, beyond: bool) -> bool:
        """Reserve for an action that was let through; False when others were faster.

        Args:
            action: the action.
            bundle: the rules it was judged by.
            accounts: what `prepare` found.
            beyond: whether a person allowed more than there is.
        """
        if not accounts:
            return True
        self._began[action.id] = self._clock()
        return self._wallet.hold(action.id, accounts, self._need(action, bundle), beyond=beyond)

    def held(self, step: str) -> tuple[tuple[str, int], ...]:
        """What a step holds on leases, for its record."""
        return self._wallet.held(step)

    def release(self, step: str) -> None:
        """It does not run: give back what is held for it."""
        self._began.pop(step, None)
        self._wallet.settle(step, NOTHING)

    def settle(self, outcome: OutcomeRecord) -> None:
        """Exchange what a step held for what it used."""
        began = self._began.pop(outcome.step, outcome.at_ns)
        # People watch the budgets of this server; its own books are near, so they are told soon.
        self._wallet.settle(outcome.step, used_by(outcome, began), tell_at=time.monotonic() + TELL_S)

    async def work(self) -> None:
        """Renew leases, ask ahead of the need, and give up on calls whose end nobody told."""
        self._give_up()
        due = self._wallet.due(time.monotonic())
        for start in range(0, len(due), ASKS_MAX):
            await self._exchange(due[start : start + ASKS_MAX], {})

    async def close(self) -> None:
        """Report how everything stands; leases with calls under way stay open for the next start."""
        await self._exchange(self._wallet.leased, {}, close=True)

    def _give_up(self) -> None:
        oldest = self._clock() - self._told_ns
        while self._began and next(iter(self._began.values())) < oldest:
            step, _ = self._began.popitem(last=False)
            self._wallet.settle(step, UNTOLD)

    def _accounts(
        self, action: Action, held: Held, bundle: Bundle, tags: Mapping[str, str]
    ) -> tuple[Account, ...]:
        agents = tuple(link.agent for link in action.chain)
        found = (find_agent(bundle.agents, name) for name in agents)
        rest = dict(tags)
        workflow = rest.pop("workflow", "")
        place = make_place(
            runs=tuple(dict.fromkeys((action.run, action.trace))),
            session=action.session,
            agents=agents,
            teams=tuple(agent.team for agent in found if agent is not None),
            workflow=workflow,
            tags=rest,
        )
        wallet = self._wallet
        accounts = wallet.open(self._budgets.shared, place) + wallet.open(
            self._inside(bundle), place, own=True
        )
        held.session.purses = Purses({action.run: accounts}, wallet.steps)
        return accounts

    def _inside(self, bundle: Bundle) -> tuple[BudgetTerms, ...]:
        if self._own[0] is not bundle.budgets:
            self._own = (
                bundle.budgets,
                tuple(terms for one in bundle.budgets if one.inside for terms in one.terms),
            )
        return self._own[1]

    def _need(self, action: Action, bundle: Bundle) -> Need:
        return need_of(action.kind, action.estimate, contract_of(action, bundle), action.arguments)

    def _is_short(self, accounts: Sequence[Account], need: Need) -> bool:
        return self._wallet.is_short(accounts, need, time.monotonic(), self._clock())

    async def _claim(self, action: Action, accounts: Sequence[Account], need: Need) -> None:
        # Every account of the call in one exchange: it gets what it needs in all of them, or in none.
        slips = [slip for one in accounts if (slip := self._wallet.find(one)) and not slip.own]
        needs = {id(slip): need.of(slip.account.terms.unit) for slip in slips}
        await self._exchange(slips, needs, about=(action.actor.agent, action.run))

    async def _exchange(
        self,
        slips: Sequence[Slip],
        needs: Mapping[int, int],
        *,
        close: bool = False,
        about: tuple[str, str] = ("", ""),
    ) -> None:
        if not slips:
            return
        wallet = self._wallet
        asks = tuple(wallet.ask(slip, needs.get(id(slip), 0), close=close) for slip in slips)
        sent = time.monotonic()
        who = Borrower(self._process, LOG, *about)
        answers = await self._budgets.exchange(who, asks)
        now, ttl_s = time.monotonic(), self._budgets.ttl_s
        wallet.take_all(slips, asks, answers, sent=sent, now=now, ttl_s=ttl_s)
