"""One try of a call: priced, held for, judged and written down before anything is sent."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from holdfast.decision import Verdict, decide
from holdfast.decision.budgets import Account
from holdfast.decision.content import Objection
from holdfast.record.decisions import Leased
from holdfast_server.action.llm.exchange.asking import Question
from holdfast_server.action.llm.exchange.contents import read_question, tighten
from holdfast_server.action.llm.exchange.deciding import action_of, estimate_of, pass_traffic, refused
from holdfast_server.action.llm.exchange.house import House
from holdfast_server.action.llm.exchange.identity import Caller, Place
from holdfast_server.action.llm.exchange.spending import TRIES, need_for
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.routing import Chosen

RUNS: Final = frozenset({Verdict.ALLOW, Verdict.TRANSFORM})
BUSY: Final = "What is left of a budget is in use by too many at once; try again later."


class Trial:
    """Makes the steps of one call."""

    __slots__ = ("_caller", "_house", "_lasting", "_place", "_question")

    def __init__(
        self, house: House, question: Question, caller: Caller, place: Place, *, again: bool
    ) -> None:
        """Begin; `again` is whether there may be a second try."""
        self._house, self._question, self._caller, self._place = house, question, caller, place
        # A session that nobody can name is asked again for tool calls, for the rest of a stream, for a second
        # try. Otherwise it is over with its one step, and has nothing to learn from it.
        self._lasting = bool(again or place.named or question.streamed or question.tools)

    def begin(self, chosen: Chosen, body: bytes) -> Step:
        """A step for this target, with what it may use and the accounts that it counts in."""
        house, question, place = self._house, self._question, self._place
        objections: tuple[Objection, ...] = ()
        if house.scanner.active:
            target = f"{chosen.provider.name}/{chosen.model}"
            read = read_question(house.scanner, question.api, body, target)
            body, objections = read.body, read.objections
        accounts = house.spending.open(place, self._caller, house.bundle)
        counted = house.spending.counts(accounts)
        wanted = house.behaviour.output_tokens
        clamp = None
        if question.limit is None and counted:
            clamp = self._clamp(chosen, body, accounts, wanted)
        tokens_out = question.limit if question.limit is not None else clamp or wanted
        estimate = estimate_of(house.prices, question, len(body), chosen.model, tokens_out)
        limit = question.limit if question.limit is not None else clamp
        action = action_of(
            question, body, chosen.provider, chosen.model,
            caller=self._caller, place=place, estimate=estimate, limit=limit,
        )  # fmt: skip
        step = Step(
            action, self._caller, place.session, house.bundle, body, chosen.provider.name, chosen.model
        )
        step.accounts, step.counted, step.clamp, step.shown = accounts, counted, clamp, chosen.api
        step.need, step.lasting, step.free = need_for(estimate), self._lasting, question.free
        step.streamed, step.objections = question.streamed, objections
        return step

    def is_short(self, step: Step) -> bool:
        """Whether somebody has to be asked before it can be judged."""
        return self._house.spending.is_short(step.accounts, step.need)

    async def claim(self, step: Step) -> None:
        """Ask for what is missing; what others were faster to take is asked for again."""
        spending, action = self._house.spending, step.action
        for _ in range(TRIES):
            if not self.is_short(step):
                return
            await spending.claim(step.accounts, step.need, agent=action.actor.agent, run=action.run)
            step.accounts = spending.open(self._place, self._caller, step.bundle)

    def judge(self, step: Step, approvals: frozenset[str] = frozenset()) -> bool:
        """Judge it, hold for it and write that down; whether it may be sent.

        Raises:
            Unavailable: it cannot be recorded, so it must not be sent.
        """
        house, action, session = self._house, step.action, step.session
        step.started_ns = time.time_ns()
        decision = decide(
            action, session, step.bundle,
            controls=house.controls, now_ns=step.started_ns, approvals=approvals, tick=time.perf_counter_ns,
        )  # fmt: skip
        if step.objections:
            left = [one for one in step.objections if one.do == "deny" or not approvals]
            decision = tighten(decision, left, approver=step.bundle.flow.approver)
        leases: Leased | None = ()
        if decision.verdict in RUNS:
            stopped = pass_traffic(house.traffic, action, step.bundle)
            if stopped is not None:
                decision = refused(decision, stopped.stage, stopped.rule, stopped.message, stopped.cure)
            else:
                leases = house.spending.hold(action.id, step.accounts, step.need, approved=bool(approvals))
            if leases is None:
                house.traffic.release(action, step.bundle)
                decision = refused(decision, "budget", "holdfast:budget:busy", BUSY)
        step.decision = decision
        runs = decision.verdict in RUNS
        overruled = not runs and house.behaviour.mode == "shadow" and decision.stage != "kill"
        if overruled:
            step.shadow()
        # A person's kill concerns whom it names; only what the rules halt ends the whole session.
        if step.lasting and (decision.verdict is not Verdict.HALT or decision.stage != "kill"):
            session.take(action, decision)
        try:
            house.recorder.decided(step, leases or ())
        except Exception:
            # What was not written down is not sent, so it uses nothing.
            house.release(step)
            raise
        return overruled or runs

    def _clamp(self, chosen: Chosen, body: bytes, accounts: Sequence[Account], wanted: int) -> int | None:
        """How long an answer may be for which nobody named a limit and which a budget counts.

        A stream can be prolonged or cut; a whole answer comes as long as it was allowed to.
        """
        house, question = self._house, self._question
        answers = max(1, question.answers)
        least = house.spending.limit_tokens(
            house.bundle,
            self._place,
            accounts,
            model=chosen.model,
            tokens_in=-(-len(body) // 4),
            wanted=wanted * answers,
        )
        if least is not None:
            return max(1, least // answers)
        return None if question.streamed else wanted
