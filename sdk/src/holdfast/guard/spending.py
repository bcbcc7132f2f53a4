"""Budgets around a call: which it counts in, what it holds there, and what becomes of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from holdfast.action import Action, Contract
from holdfast.client import Leases, Link
from holdfast.decision import Bundle, Decision, Outcome, Verdict
from holdfast.decision.agents import find_agent
from holdfast.decision.budgets import Account, BudgetTerms, Need, Place, Purses, Used, make_place
from holdfast.decision.limits import Budget
from holdfast.decision.stages.accounts import need_of
from holdfast.guard.rules import Rules
from holdfast.guard.run import Run
from holdfast.guard.step import Call, Step
from holdfast.record.price import affordable, estimate_max

NS_PER_MS: Final = 1_000_000
RAN: Final = frozenset({"done", "failed"})
RUNS: Final = frozenset({Verdict.ALLOW, Verdict.TRANSFORM})
COUNTED_UNITS: Final = frozenset({"usd", "tokens"})
"""What grows with an answer."""
OUTPUT_MIN: Final = 16
"""An answer that could not even be so long is not worth asking for."""


class Spending:
    """What this process may spend; for a process without budgets beyond its sessions' it costs a glance."""

    def __init__(self, leases: Leases, rules: Rules, link: Link) -> None:
        self._leases, self._rules, self._link = leases, rules, link
        self._seen: tuple[object, object] = (None, None)
        self._shared: tuple[BudgetTerms, ...] = ()
        self._own: tuple[BudgetTerms, ...] = ()
        self._more: dict[str, tuple[str, ...]] = {}
        """What steps that went on hold beside their own hold."""

    @property
    def idle(self) -> bool:
        """Whether there is nothing to keep to."""
        budgets, told = self._rules.bundle.budgets, self._link.budgets
        if self._seen[0] is not budgets or self._seen[1] is not told:
            self._read(budgets, told)
        return not self._shared and not self._own

    def is_short(self, call: Call, run: Run) -> bool:
        """Whether somebody has to be asked before this call can be judged."""
        if self.idle:
            return False
        contract = self._rules.bundle.contracts.get(call.target)
        need = need_of(call.kind, call.estimate, contract, call.arguments)
        return self._leases.is_short(self._accounts(run), need)

    def claim(self, action: Action, run: Run, contract: Contract | None) -> None:
        """Before an action is judged: hold for it when that takes asking; may wait for the answer."""
        if self.idle:
            return
        accounts = self._accounts(run)
        need = need_of(action.kind, action.estimate, contract, action.arguments)
        if self._leases.is_short(accounts, need):
            self._leases.claim(action.id, accounts, need, about=(action.actor.agent, run.id))
            self._accounts(run)

    def accept(
        self, action: Action, run: Run, contract: Contract | None, approved: bool, decision: Decision
    ) -> bool:
        """Hold for an action that was let through; False when it must be judged anew: others were faster."""
        accounts = self._accounts(run)
        need = need_of(action.kind, action.estimate, contract, action.arguments)
        if decision.verdict in RUNS:
            return self._leases.hold(action.id, accounts, need, beyond=approved)
        return decision.stage != "budget" or not self._leases.is_short(accounts, need)

    def release(self, step: str) -> None:
        """It does not run: give back what is held for it."""
        if not self.idle:
            self._leases.settle(step, Used(ran=False))

    def held(self, step: str) -> tuple[tuple[str, int], ...]:
        """What a step holds on leases, for its record."""
        return () if self.idle else self._leases.held(step)

    def settle(self, step: Step, outcome: Outcome) -> None:
        """Exchange what a step held for what it used."""
        step.ended_ns = step.ended_ns or time.time_ns()
        self._leases.settle(step.id, _used(step, outcome))
        for more in self._more.pop(step.id, ()) if self._more else ():
            self._leases.settle(more, Used(ran=False))

    def limit_tokens(self, run: Run, model: str, tokens_in: int, wanted: int) -> int | None:
        """How long an answer may be for which nobody named a limit, when less is left than is `wanted`."""
        lefts = list(_lefts(self._rules.bundle, run))
        if not self.idle:
            lefts += [(one.terms.unit, one.terms.limit - one.total) for one in self._accounts(run)]
        bounds = [_tokens_for(unit, left, model, tokens_in) for unit, left in lefts]
        least = min((bound for bound in bounds if bound is not None), default=wanted)
        return least if OUTPUT_MIN <= least < wanted else None

    def meter(self, step: Step) -> Callable[[int], bool] | None:
        """What holds so many more tokens for the answer of a step; None when no budget counts them.

        It says False, and holds nothing, when some budget has not as much left.
        """
        units = {unit for unit, _ in _lefts(self._rules.bundle, step.run)}
        if not self.idle:
            units |= {one.terms.unit for one in self._accounts(step.run)}
        return None if units.isdisjoint(COUNTED_UNITS) else partial(self._prolong, step)

    def close(self) -> None:
        """Report everything and give back what is left."""
        self._leases.close()

    # Inside

    def _prolong(self, step: Step, tokens: int) -> bool:
        """Hold more for a step that goes on, in every budget or in none; may wait for an exchange."""
        cost = estimate_max(step.action.target.partition("/")[2], 0, tokens)
        need, live = Need(usd=cost, tokens=tokens, calls=0), step.run.session
        more = f"{step.id}+{len(self._more.get(step.id, ()))}"
        if not self.idle and not self._hold_more(step, more, need):
            return False
        with live.lock:
            fits = all(left >= need.of(unit) for unit, left in _lefts(self._rules.bundle, step.run))
            if fits:
                live.state.prolong(step.id, micro_usd=cost or 0, tokens=tokens)
        if fits:
            self._more[step.id] = (*self._more.get(step.id, ()), more)
        else:
            self._leases.settle(more, Used(ran=False))
        return fits

    def _hold_more(self, step: Step, more: str, need: Need) -> bool:
        accounts = self._accounts(step.run)
        if self._leases.is_short(accounts, need):
            self._leases.claim(more, accounts, need, about=(step.action.actor.agent, step.run.id))
        return more in self._leases.steps or self._leases.hold(more, accounts, need)

    def _accounts(self, run: Run) -> tuple[Account, ...]:
        """The accounts of a run, put where judging finds them."""
        leases = self._leases
        made_for = (leases.version, *self._seen)
        if run.purse is not None and run.purse[0] == made_for:
            return run.purse[1]
        place = self._place(run)
        accounts = leases.open(self._shared, place) + leases.open(self._own, place, own=True)
        state = run.session.state
        if state.purses is None or state.purses.held is not leases.steps:
            state.purses = Purses({}, leases.steps)
        state.purses.runs[run.id] = accounts
        run.purse = (made_for, accounts)
        return accounts

    def _place(self, run: Run) -> Place:
        agents = tuple(link.agent for link in run.chain)
        known = self._rules.bundle.agents
        found = (find_agent(known, name) for name in agents)
        tags = dict(run.session.tags)
        workflow = tags.pop("workflow", "")
        return make_place(
            runs=run.lineage,
            session=run.session.id,
            agents=agents,
            teams=tuple(agent.team for agent in found if agent is not None),
            workflow=workflow,
            tags=tags,
        )

    def _read(self, budgets: tuple[Budget, ...], told: tuple[BudgetTerms, ...] | None) -> None:
        """What the policies say of budgets, and what the server says, whose word is stronger."""
        self._own = tuple(terms for one in budgets if one.inside for terms in one.terms)
        self._shared = shared_terms(budgets) if told is None else told
        self._seen = (budgets, told)


def shared_terms(budgets: Iterable[Budget]) -> tuple[BudgetTerms, ...]:
    """What policies say of budgets that more than one session uses."""
    return tuple(terms for one in budgets if not one.inside for terms in one.terms)


def _lefts(bundle: Bundle, run: Run) -> Iterator[tuple[str, int]]:
    """What the limits of the session and the run themselves leave."""
    state = run.session.state
    for (scope, unit), most in bundle.terms.least.items():
        usage = state.usage if scope == "session" else state.runs.get(run.id)
        left = most - (usage.total(unit) if usage is not None else 0)
        yield ("usd" if unit == "micro_usd" else unit), left


def _tokens_for(unit: str, left: int, model: str, tokens_in: int) -> int | None:
    """How many tokens an answer may have for what is left."""
    if unit == "tokens":
        return left - tokens_in
    return affordable(model, tokens_in, left) if unit == "usd" else None


def _used(step: Step, outcome: Outcome) -> Used:
    """What a step used, in every unit; as `holdfast.record.tally` reads it back from the ledger."""
    ran = outcome.status in RAN or (outcome.status != "refused" and outcome.cost_micro_usd is not None)
    tokens = outcome.tokens_in + outcome.tokens_out
    known = tokens or (0 if outcome.cost_micro_usd is not None else None)
    took = max(0, step.ended_ns - step.started_ns) // NS_PER_MS
    return Used(ran=ran, usd=outcome.cost_micro_usd, tokens=known, seconds=took)
