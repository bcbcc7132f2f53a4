"""The life of a step: judged and recorded before it runs, recorded again after, and never run in doubt."""

from __future__ import annotations

import logging
import time
from typing import Any, Final

import msgspec

from holdfast.action import Action, Kind
from holdfast.client import Link
from holdfast.decision import Decision, Outcome, Reason, Verdict, decide
from holdfast.decision.alarms import STOPS
from holdfast.decision.content import Objection
from holdfast.decision.content.passing import tighten
from holdfast.decision.traffic import is_callers_fault
from holdfast.errors import Denied, Halted, Refused
from holdfast.guard.contents import Contents
from holdfast.guard.costing import fixed_cost, price_of, status_of
from holdfast.guard.duties import Duties, note_proof
from holdfast.guard.held import Held
from holdfast.guard.journal import Journal, as_text, text_digest
from holdfast.guard.judging import judge, judge_again, refuse, refuse_own_failure
from holdfast.guard.keeping import Keeping
from holdfast.guard.remembering import Memories
from holdfast.guard.replaying import Replaying
from holdfast.guard.rules import Rules
from holdfast.guard.run import Run
from holdfast.guard.spending import Spending
from holdfast.guard.step import OPEN, Call, State, Step
from holdfast.guard.telling import take_note
from holdfast.guard.texts import Texts
from holdfast.guard.traffic import Traffic
from holdfast.guard.witness import Witness
from holdfast.record import Usage

NOBODY: Final = "this needs a person's approval and nobody can be asked"
START_A_SERVER: Final = "Start `holdfast up` and pass its address: holdfast.init(server=...)."
STATES: Final = {
    "done": State.DONE,
    "failed": State.FAILED,
    "cancelled": State.FAILED,
    "halted": State.HALTED,
}
"""Outcome → the state a step ends in."""
RUNS: Final = frozenset({Verdict.ALLOW, Verdict.TRANSFORM})

log = logging.getLogger("holdfast")


class Steps:
    """Opens and closes steps; fails closed, and raises nothing but Halted."""

    def __init__(
        self,
        rules: Rules,
        journal: Journal,
        link: Link,
        *,
        enforcing: bool,
        keeping: Keeping | None = None,
        spending: Spending | None = None,
        contents: Contents | None = None,
    ) -> None:
        self.rules = rules
        self._journal = journal
        self._link = link
        self._enforcing = enforcing
        self._held = Held()
        self.texts = Texts(rules, contents, enforcing=enforcing)
        self._keeping = keeping
        self._spending = spending
        self.duties = Duties(self.check)
        self.traffic = Traffic(counter=link)
        self.replaying: Replaying | None = None
        """The recorded run that is gone through again; None in every program that works."""
        self.memories: Memories | None = None
        """The labels of what agents wrote to memory."""
        self.witness: Witness | None = None
        """Who asks stock Cedar for a second opinion."""

    def open(self, call: Call, run: Run, parent: str) -> Step:
        """Judge a call; one that is executed once more while it is held gets the same step."""
        began = time.time_ns()
        bundle = self.rules.bundle
        call, objections = self.texts.read(call, bundle, run.session.id)
        step = judge(call, run, bundle, self._link.controls, parent=parent, spending=self._spending)
        step.started_ns = began
        if objections:
            self._object(step, objections, bundle.flow.approver)
        if self.witness is not None:
            self.witness.see(step, bundle)
        if self._keeping is not None:
            self._keeping.note(bundle)
        held = self._held.find(run.id, call.call_id, step.asked_digest)
        if held is not None and step.verdict is not Verdict.HALT:
            return held
        return self.settle(step)

    def judge_again(self, step: Step, action: Action, roles: frozenset[str] = frozenset()) -> Decision:
        """What would be decided about a held step now, with these approvals."""
        return judge_again(
            step, action, self.rules.bundle, self._link.controls, roles, spending=self._spending
        )

    def settle(self, step: Step) -> Step:
        """Record what was decided, and put the step into the state that follows from it.

        Raises:
            Halted: that was decided.
        """
        if step.action.target in self.rules.demanding:
            self._admit(step)
        if self._enforcing and step.verdict in RUNS:
            self._check_traffic(step)
        overruled = not self._enforcing and step.verdict is not Verdict.ALLOW and not _is_kill(step)
        if overruled:
            step.decision = msgspec.structs.replace(step.decision, enforced=False)
        if not self._record(step) or overruled:
            return step
        match step.verdict:
            case Verdict.ALLOW | Verdict.TRANSFORM:
                step.run.waiting.discard(step.id)
                self._held.drop(step)
                if self._enforcing and step.decision.obligations:
                    take_note(step)
            case Verdict.ASK:
                step.state = State.WAITING
                step.run.waiting.add(step.id)
                self._held.keep(step)
                if self._link.state == "off" and self.replaying is None:
                    self.refuse(step, "holdfast:nobody", NOBODY, cure=START_A_SERVER)
            case Verdict.DENY:
                self._held.keep(step)
                self._close(step, State.REFUSED)
            case Verdict.HALT:
                self.halt(step)
        return step

    def check(self, step: Step) -> None:
        """Look whether a step that is about to be repeated was stopped in the meantime.

        Raises:
            Halted: its run is over.
            Denied: its tool was switched off.
        """
        if step.run.active.latch:
            raise Halted(step.run.active.latch)
        live = step.run.session
        with live.lock:
            decision = decide(
                step.action,
                live.state,
                self.rules.bundle,
                controls=self._link.controls,
                now_ns=time.time_ns(),
            )
            retries = live.state.retried(step.action)
        if decision.verdict is Verdict.HALT:
            step.run.latch = decision.message
            raise Halted(decision.message)
        if decision.stage == "kill":
            raise Denied(decision.message)
        if self.rules.bundle.detectors.rung("retries", retries) in STOPS:
            raise Denied(f"Failed calls were made again {retries} times in this run.")

    def refuse(self, step: Step, rule: str, message: str, *, cure: str = "") -> None:
        """Refuse a held step for good."""
        bundle = self.rules.bundle
        step.decision = refuse(step.action, bundle, stage="approval", rule=rule, message=message, cure=cure)
        if self._record(step):
            self._held.keep(step)
            self._close(step, State.REFUSED)

    def halt_held(self, step: Step) -> None:
        """End a held step whose run was stopped while it waited.

        Raises:
            Halted: always.
        """
        decision = self.judge_again(step, step.action)
        if decision.verdict is not Verdict.HALT:
            reason = Reason("holdfast:halted", "kill", step.run.latch or "the run is over")
            decision = msgspec.structs.replace(
                decision, verdict=Verdict.HALT, stage="kill", reasons=(reason,)
            )
        step.decision = decision
        self._record(step)
        self.halt(step)

    def halt(self, step: Step) -> None:
        """Latch the run and end it here.

        Raises:
            Halted: always.
        """
        decision = step.decision
        step.run.latch = decision.message
        self._close(step, State.HALTED)
        raise Halted(decision.message, hint=decision.reasons[0].cure if decision.reasons else "")

    def finish(self, step: Step, result: Any, error: BaseException | None, usage: Usage | None) -> None:
        """Record what came of a step that ran; one that has ended is left alone. Never raises."""
        if step.state not in OPEN:
            return
        try:
            conduct = step.conduct
            if conduct is not None:
                note_proof(step, conduct)
            text = as_text(result if error is None or conduct is None else conduct.claimed)
            priced = price_of(step, usage)
            outcome = Outcome(
                status=status_of(error),
                error_class=type(error).__name__ if error is not None else "",
                result_digest=text_digest(text),
                result_text=text,
                cost_micro_usd=priced.cost_micro_usd if priced else fixed_cost(step),
                tokens_in=usage.input_tokens if usage else 0,
                tokens_out=usage.output_tokens if usage else 0,
                observed=conduct.observed if conduct is not None else "",
                labels=step.brings + self._remembered(step, error) + self.texts.labels(step, text),
            )
            step.state = STATES[outcome.status]
            self._forget(step, outcome)
            self._count(step, outcome, error)
            told = str(error) if error is not None else ""
            self._journal.ended(step, outcome, error=told, usage=usage, priced=priced)
        except Exception:
            step.state = State.FAILED
            log.exception("holdfast: the outcome of step %s could not be recorded", step.id)

    def _remembered(self, step: Step, error: BaseException | None) -> tuple[str, ...]:
        return self.memories.of(step) if self.memories is not None and error is None else ()

    def sync(self, step: Step) -> None:
        """Wait for the disk; an irreversible action that cannot be made durable does not run."""
        try:
            self._journal.sync(step)
        except Exception as error:  # noqa: BLE001  # fail closed
            self._fail(step, error)
            self._close(step, State.REFUSED)

    def waiting_in(self, run: Run) -> list[Step]:
        """The steps of a run that still wait for people."""
        return [step for step in map(self._held.of, tuple(run.waiting)) if step is not None]

    def _admit(self, step: Step) -> None:
        """What the contract asks of the call itself: a call that may be made, but not now or not again."""
        if step.action.kind is not Kind.TOOL or step.verdict not in RUNS or not self._enforcing:
            return
        refusal = self.duties.admit(step)
        if refusal is not None:
            bundle = self.rules.bundle
            step.decision = refuse(
                step.action,
                bundle,
                stage="contract",
                rule=refusal.rule,
                message=refusal.message,
                cure=refusal.cure,
            )

    def _check_traffic(self, step: Step) -> None:
        """What everyone in this process shares: what is down is spared, what has a rate keeps it."""
        polling = step.contract.polling if step.contract is not None else None
        refusal = self.traffic.pace(step.action, polling) if polling is not None else None
        refusal = refusal or self.traffic.admit(step.action, self.rules.bundle)
        if refusal is not None:
            step.decision = refuse(
                step.action,
                self.rules.bundle,
                stage=refusal.stage,
                rule=refusal.rule,
                message=refusal.message,
                cure=refusal.cure,
            )

    def _count(self, step: Step, outcome: Outcome, error: BaseException | None) -> None:
        """Let the breakers know; an answer of our own, and a cancelled call, say nothing of the tool."""
        if outcome.status in {"done", "failed"} and not isinstance(error, Refused):
            failed = "" if is_callers_fault(error) else outcome.error_class
            took_ns = time.time_ns() - step.started_ns
            self.traffic.settle(step.action, self.rules.bundle, error=failed, took_ns=took_ns)

    def _record(self, step: Step) -> bool:
        """Write the decision down; what cannot be recorded does not run."""
        try:
            self._journal.decided(step)
        except Exception as error:  # noqa: BLE001  # fail closed
            self._fail(step, error)
            step.state = State.REFUSED
            return False
        return True

    def _object(self, step: Step, objections: tuple[Objection, ...], approver: str) -> None:
        decision = tighten(step.decision, objections, approver=approver)
        if decision.verdict is Verdict.ASK and step.verdict in RUNS:
            # Judged once more when a person has answered: what was held for it until then is let go.
            self._forget(step, Outcome(status="refused", cost_micro_usd=0))
        step.decision = decision

    def _fail(self, step: Step, error: Exception) -> None:
        log.error("holdfast: step %s is refused, it could not be recorded: %s", step.id, error)
        step.decision = refuse_own_failure(step.action, self.rules.bundle, error)

    def _close(self, step: Step, state: State) -> None:
        """End a step that did not run."""
        step.state = state
        if step.conduct is not None:
            self.duties.withdraw(step)
        status = "halted" if state is State.HALTED else "refused"
        outcome = Outcome(status=status, result_text=step.message, cost_micro_usd=0)
        try:
            self._forget(step, outcome)
            self._journal.ended(step, outcome)
        except Exception:
            log.exception("holdfast: the refusal of step %s could not be recorded", step.id)

    def _forget(self, step: Step, outcome: Outcome) -> None:
        """Settle the session: release what was held, join what came in."""
        step.run.waiting.discard(step.id)
        live = step.run.session
        with live.lock:
            live.state.settle(step.action, step.decision, outcome)
        if self._spending is not None:
            self._spending.settle(step, outcome)


def _is_kill(step: Step) -> bool:
    """Whether a person, rather than a rule, stopped it: that holds in shadow mode, too."""
    state = step.run.session.state
    return step.decision.stage == "kill" and state.latch is None and step.run.id not in state.latches
