"""One try of a call: priced, held for, judged and written down before anything is sent."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import msgspec

from holdfast.decision import Decision, Verdict, decide
from holdfast.decision.budgets import Account
from holdfast.decision.content import Objection
from holdfast_server.action.llm.exchange.asking import Question
from holdfast_server.action.llm.exchange.contents import read_question, tighten
from holdfast_server.action.llm.exchange.deciding import action_of, estimate_of, pass_traffic, refused
from holdfast_server.action.llm.exchange.house import House
from holdfast_server.action.llm.exchange.identity import Caller, Place
from holdfast_server.action.llm.exchange.lanes import Lane
from holdfast_server.action.llm.exchange.settling import outcome_of
from holdfast_server.action.llm.exchange.spending import NOTHING, TRIES, need_for
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.routing import Chosen

ALLOW: Final = Verdict.ALLOW
TRANSFORM: Final = Verdict.TRANSFORM
HALT: Final = Verdict.HALT
# On CPython 3.11 `Verdict.ALLOW` costs 0.2 µs each time; what runs for every call names a member once, here.
BUSY: Final = "What is left of a budget is in use by too many at once; try again later."


class Trial:
    """Makes the steps of one call."""

    __slots__ = ("_caller", "_house", "_lanes", "_place", "_question")

    def __init__(self, house: House, question: Question, caller: Caller, place: Place) -> None:
        self._house, self._question, self._caller, self._place = house, question, caller, place
        self._lanes = house.lanes

    def lane(self, chosen: Chosen) -> Lane:
        """The lane of a try."""
        return self._lanes.of(self._caller, chosen.candidate, self._question.model, chosen.plan.route.alias)

    def begin(self, lane: Lane, body: bytes) -> Step:
        """A step for this target, with what it may use and the accounts that it counts in."""
        house, question, place = self._house, self._question, self._place
        objections: tuple[Objection, ...] = ()
        if house.scanner.active:
            read = read_question(house.scanner, question.api, body, lane.target)
            body, objections = read.body, read.objections
        spending, limit = house.spending, question.limit
        accounts = spending.open(place, self._caller, house.bundle)
        clamp, counted = None, False
        if limit is None or question.streamed:
            counted = spending.counts(accounts)
            if limit is None and counted:
                clamp = limit = self._clamp(lane, body, accounts)
        tokens_out = house.behaviour.output_tokens if limit is None else limit
        estimate = estimate_of(house.prices, question, len(body), lane.model, tokens_out)
        action = action_of(lane, question, body, place=place, estimate=estimate, limit=limit)
        # By position: every call waits for this.
        step = Step(
            action, self._caller, place.session, house.bundle, body, lane.provider, lane.model, lane.api,
            lane.shared, lane.route, accounts, need_for(estimate), counted, clamp, place.lasts, question.free,
            question.streamed, objections,
        )  # fmt: skip
        if place.lasts:
            spending.show(place.session, place.run, accounts)
        return step

    def learn(self, step: Step) -> None:
        """Let the next try of a call be judged by what came of this one, though nobody named a session."""
        if self._place.lasts or step.decided_at < 0:
            return
        session = step.session
        if not step.lasting:
            session = step.remember()
            session.settle(step.action, step.decision, outcome_of(step))
        self._place = msgspec.structs.replace(self._place, session=session, lasts=True)

    def reserve(self, step: Step) -> bool:
        """Hold its share where that takes no words; whether it can be judged without asking for more."""
        spending = self._house.spending
        step.leases = spending.reserve(step.action.id, step.accounts, step.need)
        if step.leases is not None:
            return True
        self._show(step)
        return not spending.is_short(step.accounts, step.need)

    async def claim(self, step: Step) -> None:
        """Ask for what is missing; what others were faster to take is asked for again."""
        spending, action = self._house.spending, step.action
        self._show(step)
        for _ in range(TRIES):
            if not spending.is_short(step.accounts, step.need):
                return
            await spending.claim(step.accounts, step.need, agent=action.actor.agent, run=action.run)
            step.accounts = spending.open(self._place, self._caller, step.bundle)
            self._show(step)

    def _show(self, step: Step) -> None:
        """Let judging see the accounts, because there is something to be said about them."""
        self._house.spending.show(step.own_session(), step.action.run, step.accounts)

    def judge(self, step: Step, approvals: frozenset[str] = frozenset()) -> bool:
        """Judge it, hold for it and write that down; whether it may be sent.

        Raises:
            Unavailable: it cannot be recorded, so it must not be sent.
        """
        house, session = self._house, step.session
        step.started_ns = time.time_ns()
        try:
            decision = step.decision = self._decide(step, approvals)
            verdict = decision.verdict
            step.changed = decision.enforced and decision.digest != step.action.digest
            runs = verdict is ALLOW or verdict is TRANSFORM
            if not runs and step.leases is not None:
                house.spending.settle(step.id, NOTHING)
                step.leases = None
            overruled = not runs and house.behaviour.mode == "shadow" and decision.stage != "kill"
            if overruled:
                step.shadow()
            # A person's kill concerns whom it names; only what the rules halt ends the whole session.
            if step.lasting and (verdict is not HALT or decision.stage != "kill"):
                session.take(step.action, decision)
            house.recorder.decided(step, step.leases or ())
        except Exception:
            # What was not written down is not sent, so it uses nothing.
            house.release(step)
            raise
        return overruled or runs

    def _decide(self, step: Step, approvals: frozenset[str]) -> Decision:
        """What rules, content, traffic and budgets say of it, in this order; what may run holds its share."""
        house, action, bundle = self._house, step.action, step.bundle
        decision = decide(
            action, step.session, bundle,
            controls=house.controls, now_ns=step.started_ns, approvals=approvals, tick=time.perf_counter_ns,
        )  # fmt: skip
        if step.objections:
            left = [one for one in step.objections if one.do == "deny" or not approvals]
            decision = tighten(decision, left, approver=bundle.flow.approver)
        if decision.verdict is not ALLOW and decision.verdict is not TRANSFORM:
            return decision
        if house.traffic.troubled or bundle.rates:
            stopped = pass_traffic(house.traffic, action, bundle)
            if stopped is not None:
                return refused(decision, stopped.stage, stopped.rule, stopped.message, stopped.cure)
        if step.leases is None:
            step.leases = house.spending.hold(action.id, step.accounts, step.need, approved=bool(approvals))
            if step.leases is None:
                house.traffic.release(action, bundle)
                return refused(decision, "budget", "holdfast:budget:busy", BUSY)
        return decision

    def _clamp(self, lane: Lane, body: bytes, accounts: Sequence[Account]) -> int | None:
        """How long an answer may be for which nobody named a limit and which a budget counts.

        A stream can be prolonged or cut; a whole answer comes as long as it was allowed to.
        """
        house, question = self._house, self._question
        answers, wanted = max(1, question.answers), house.behaviour.output_tokens
        least = house.spending.limit_tokens(
            house.bundle,
            self._place,
            accounts,
            model=lane.model,
            tokens_in=-(-len(body) // 4),
            wanted=wanted * answers,
        )
        if least is not None:
            return max(1, least // answers)
        return None if question.streamed else wanted
