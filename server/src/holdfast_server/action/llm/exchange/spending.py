"""What calls may spend: held before they are sent, prolonged while a stream goes on, settled afterwards.

Everything happens on one event loop between two waits, so what was free when a call was judged is still free
when it is held. Only asking the control plane for more takes a wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from holdfast.action import Action, Estimate
from holdfast.decision import Bundle, Session
from holdfast.decision.agents import find_agent
from holdfast.decision.budgets import Account, BudgetTerms, Need, Purses, Used, make_place
from holdfast.decision.budgets import Place as Keys
from holdfast.decision.budgets.exchange import Ask, Borrower
from holdfast.decision.budgets.exchange import Leased as Lease
from holdfast.decision.budgets.wallet import Slip, Wallet
from holdfast.record.decisions import Leased
from holdfast.record.price import affordable, estimate_max
from holdfast_server.action.llm.exchange.identity import Caller, Place

ASKS_MAX: Final = 500
OUTPUT_MIN: Final = 16
"""An answer that could not even be so long is not worth asking for."""
COUNTED: Final = frozenset({"usd", "tokens"})
"""What grows with an answer."""
WITHIN: Final = frozenset({"run", "session"})
"""Scopes whose accounts are another one for each call that names no session."""
TRIES: Final = 4
"""So often one call asks, because others were faster to use what came."""
NOTHING: Final = Used(ran=False)


class Lent(Protocol):
    """The answer of whoever lends."""

    @property
    def leases(self) -> tuple[Lease, ...] | None:
        """In the order of what was asked; None when nobody can be asked now."""
        ...

    @property
    def ttl_s(self) -> float:
        """For how long they hold."""
        ...


class Lender(Protocol):
    """Who leases parts of budgets to this process."""

    async def lend(self, borrower: Borrower, asks: tuple[Ask, ...]) -> Lent:
        """Say what was used, and ask for more."""
        ...


class Spending:
    """The budgets of one worker."""

    def __init__(self, lender: Lender, *, process: str, log: str) -> None:
        self._lender, self._process, self._log = lender, process, log
        self._wallet = Wallet()
        self._fixed: tuple[BudgetTerms, ...] = ()
        self._within: tuple[BudgetTerms, ...] = ()
        self._own: tuple[BudgetTerms, ...] = ()
        self._known: dict[str, tuple[int, tuple[Account, ...]]] = {}
        self._asking = asyncio.Lock()
        self._more: dict[str, list[str]] = {}
        self._grows = False
        self.idle = True
        """Whether there is nothing to keep to."""

    def adopt(self, bundle: Bundle, shared: tuple[BudgetTerms, ...]) -> None:
        """Go by other budgets; what was used and held of the ones that stay is kept."""
        if shared != self._fixed + self._within:
            self._wallet.refresh()
        self._fixed = tuple(one for one in shared if one.scope not in WITHIN)
        self._within = tuple(one for one in shared if one.scope in WITHIN)
        self._own = tuple(terms for one in bundle.budgets if one.inside for terms in one.terms)
        self._known.clear()
        self._grows = any(unit != "calls" for _, unit in bundle.terms.least)
        self.idle = not (self._fixed or self._within or self._own)

    # Before a call

    def open(self, place: Place, caller: Caller, bundle: Bundle) -> tuple[Account, ...]:
        """The accounts that a call counts in."""
        if self.idle:
            return ()
        key, version = caller.key.id, self._wallet.version
        known = self._known.get(key)
        if known is None or known[0] != version:
            fixed = self._wallet.open(self._fixed, _keys(place, caller, bundle))
            known = self._known[key] = self._wallet.version, fixed
        accounts = known[1]
        if self._within or self._own:
            keys = _keys(place, caller, bundle)
            accounts += self._wallet.open(self._within, keys) + self._wallet.open(self._own, keys, own=True)
        return accounts

    def show(self, session: Session, run: str, accounts: tuple[Account, ...]) -> None:
        """Put the accounts of a run where judging finds them."""
        if not accounts and session.purses is None:
            return
        purses = session.purses
        if purses is None or purses.held is not self._wallet.steps:
            purses = session.purses = Purses({}, self._wallet.steps)
        purses.runs[run] = accounts

    def reserve(self, step: str, accounts: Sequence[Account], need: Need) -> Leased | None:
        """Hold at once where that takes no words; what it holds on leases, None when somebody has to look."""
        if not accounts:
            return ()
        return self._wallet.reserve(step, accounts, need, time.monotonic(), time.time_ns())

    def is_short(self, accounts: Sequence[Account], need: Need) -> bool:
        """Whether somebody has to be asked before this can be judged."""
        return bool(accounts) and self._wallet.is_short(accounts, need, time.monotonic(), time.time_ns())

    async def claim(self, accounts: Sequence[Account], need: Need, *, agent: str, run: str) -> None:
        """Lease what is missing; one exchange at a time, so that many who are short ask once."""
        async with self._asking:
            slips = [slip for one in accounts if (slip := self._wallet.find(one)) and not slip.own]
            if not slips or not self.is_short(accounts, need):
                return
            needs = {id(slip): need.of(slip.account.terms.unit) for slip in slips}
            await self._exchange(slips, needs, about=(agent, run))

    def hold(
        self, step: str, accounts: Sequence[Account], need: Need, *, approved: bool = False
    ) -> Leased | None:
        """Reserve for a call that was let through; what it holds on leases, None when too little is left."""
        if not accounts:
            return ()
        return self._wallet.held(step) if self._wallet.hold(step, accounts, need, beyond=approved) else None

    def limit_tokens(
        self,
        bundle: Bundle,
        place: Place,
        accounts: Sequence[Account],
        *,
        model: str,
        tokens_in: int,
        wanted: int,
    ) -> int | None:
        """How long an answer may be for which nobody named a limit, when less is left than is wanted."""
        lefts = list(_lefts(bundle, place.session, place.run))
        lefts += [(one.terms.unit, one.terms.limit - one.total) for one in accounts]
        bounds = [_tokens_for(unit, left, model, tokens_in) for unit, left in lefts]
        least = min((bound for bound in bounds if bound is not None), default=wanted)
        return least if OUTPUT_MIN <= least < wanted else None

    def counts(self, accounts: Sequence[Account]) -> bool:
        """Whether some budget grows with the length of an answer."""
        return self._grows or any(one.terms.unit in COUNTED for one in accounts)

    # While it goes on

    def prolong(
        self, action: Action, session: Session, bundle: Bundle, accounts: Sequence[Account], tokens: int
    ) -> bool | None:
        """Hold so many more tokens in every budget, or in none; None when somebody has to be asked first."""
        cost = estimate_max(action.target.partition("/")[2], 0, tokens)
        need = Need(usd=cost, tokens=tokens, calls=0)
        for unit, left in _lefts(bundle, session, action.run):
            if left < need.of(unit):
                return False
        if self.is_short(accounts, need):
            return None
        made = self._more.setdefault(action.id, [])
        more = f"{action.id}+{len(made)}"
        if accounts and not self._wallet.hold(more, accounts, need):
            return False
        made.append(more)
        session.prolong(action.id, micro_usd=cost or 0, tokens=tokens)
        return True

    async def ask_more(self, action: Action, accounts: Sequence[Account], tokens: int) -> None:
        """Lease what `prolong` found missing."""
        cost = estimate_max(action.target.partition("/")[2], 0, tokens)
        need = Need(usd=cost, tokens=tokens, calls=0)
        await self.claim(accounts, need, agent=action.actor.agent, run=action.run)

    # After it

    def settle(self, step: str, used: Used) -> None:
        """Exchange what a call held for what it used."""
        if self.idle and step not in self._wallet.steps:
            return
        self._wallet.settle(step, used)
        if self._more:
            for more in self._more.pop(step, ()):
                self._wallet.settle(more, NOTHING)

    @property
    def is_due(self) -> bool:
        """Whether `work` has something to do."""
        return self._wallet.is_due(time.monotonic())

    async def work(self) -> None:
        """Renew what is due, and ask ahead for what runs out."""
        due = self._wallet.due(time.monotonic())
        if not due:
            return
        async with self._asking:
            for start in range(0, len(due), ASKS_MAX):
                await self._exchange(due[start : start + ASKS_MAX], {})

    async def close(self) -> None:
        """Report everything and give back what is left."""
        async with self._asking:
            await self._exchange(self._wallet.leased, {}, close=True)

    # Inside

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
        lent = await self._lender.lend(Borrower(self._process, self._log, *about), asks)
        now = time.monotonic()
        if lent.leases is None or len(lent.leases) != len(asks):
            wallet.put_off(slips, now)
            return
        wallet.take_all(slips, asks, lent.leases, sent=sent, now=now, ttl_s=lent.ttl_s)


def _keys(place: Place, caller: Caller, bundle: Bundle) -> Keys:
    """Under which keys a call counts."""
    key = caller.key
    agent = find_agent(bundle.agents, key.agent)
    tags = dict(key.tags)
    workflow = tags.pop("workflow", "")
    return make_place(
        runs=tuple(dict.fromkeys((place.run, place.trace))),
        session=place.name,
        agents=(key.agent,),
        teams=(agent.team if agent is not None else "", tags.get("team", "")),
        workflow=workflow,
        tags=tags,
        gateway_key=key.account,
    )


def need_for(estimate: Estimate) -> Need:
    """The most that a model call can use: it counts as one, and as a moment of time."""
    return Need(estimate.cost_micro_usd, estimate.tokens_in + estimate.tokens_out, 1, 1)


def _lefts(bundle: Bundle, session: Session, run: str) -> Iterator[tuple[str, int]]:
    """What the limits of the session and the run themselves leave."""
    for (scope, unit), most in bundle.terms.least.items():
        usage = session.usage if scope == "session" else session.runs.get(run)
        left = most - (usage.total(unit) if usage is not None else 0)
        yield ("usd" if unit == "micro_usd" else unit), left


def _tokens_for(unit: str, left: int, model: str, tokens_in: int) -> int | None:
    """How many tokens an answer may have for what is left."""
    if unit == "tokens":
        return left - tokens_in
    return affordable(model, tokens_in, left) if unit == "usd" else None
