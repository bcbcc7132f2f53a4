"""From a held step to one that runs or is refused: a person's answer, judged again, used exactly once."""

from __future__ import annotations

from typing import Final

import msgspec

from holdfast.client import Approval, Link
from holdfast.decision import Verdict
from holdfast.decision.content import Objection
from holdfast.decision.content.passing import tighten
from holdfast.errors import Invalid
from holdfast.guard.asking import Asking
from holdfast.guard.judging import refuse, with_edits
from holdfast.guard.replaying import BY
from holdfast.guard.step import State, Step
from holdfast.guard.steps import NOBODY, START_A_SERVER, Steps
from holdfast.settings import Guarding

AGAIN: Final = "Ask again."
UNASKED: Final = "this needs a person's approval, and in the recording nobody gave it"
RUNS: Final = frozenset({Verdict.ALLOW, Verdict.TRANSFORM})


class Approving:
    """Asks about held steps and takes the answers."""

    def __init__(self, steps: Steps, link: Link, settings: Guarding) -> None:
        self._steps = steps
        self._link = link
        self._asking = Asking(link, ttl_s=settings.approval_ttl_s, waiting_max=settings.waiting_max)

    def ask(self, step: Step, *, patient: bool) -> bool:
        """Put a waiting step before a person; False, and refused, when nobody can be asked."""
        if self._link.state != "off" and self._asking.place(step, patient=patient):
            return True
        self._steps.refuse(step, "holdfast:nobody", NOBODY, cure=START_A_SERVER)
        return False

    def look(self, step: Step) -> None:
        """Take the answer if there is one by now."""
        found = self._asking.look(step)
        if found is not None and not found.pending:
            self._take(step, found)

    def wait(self, step: Step) -> None:
        """Take the answer when it comes; silence is refusal."""
        found = self._asking.await_answer(step, lambda: not step.waiting or self._is_over(step))
        if step.waiting:  # nobody gave up waiting in the meantime
            self._take(step, found)

    def repeat(self, step: Step, ran: str) -> None:
        """In a replay nobody is asked: what ran in the recording was approved, everything else was not."""
        if not ran:
            self._steps.refuse(step, "holdfast:nobody", UNASKED)
            return
        step.approval = f"{BY}{ran}"
        step.decision = self._steps.judge_again(step, step.action, frozenset(step.decision.roles))
        step.state = State.RUNNING
        self._steps.settle(step)

    def close(self) -> None:
        """Let everyone go who waits."""
        self._asking.close()

    def _take(self, step: Step, found: Approval | None) -> None:
        """Turn an answer, or none, into what happens to the step.

        Raises:
            Halted: the run was stopped in the meantime.
        """
        if self._is_over(step):
            self._steps.halt_held(step)
        if found is None or found.state in {"expired", "withdrawn", "pending"}:
            self._steps.refuse(step, "holdfast:expired", "nobody approved this in time")
        elif found.state == "refused":
            note = f": {found.note}" if found.note else ""
            self._steps.refuse(step, "holdfast:refused", f"a person refused this{note}")
        elif found.state == "used":
            self._steps.refuse(step, "holdfast:used", "this approval was used before", cure=AGAIN)
        else:
            self._use(step, found)

    def _use(self, step: Step, found: Approval) -> None:
        """Judge the step again, approved and perhaps edited, and use the approval up if it may run now."""
        try:
            action, approved = with_edits(step.action, found.approved_arguments if found.edited else None)
            objections: tuple[Objection, ...] = ()
            if found.edited:
                action, objections = self._steps.texts.read_edited(step, action)
        except Invalid as error:
            self._steps.refuse(step, "holdfast:arguments", str(error))
            return
        roles = frozenset(found.roles) | frozenset(step.decision.roles)
        decision = self._steps.judge_again(step, action, roles)
        if objections:
            decision = tighten(decision, objections, approver="")
        if decision.verdict is Verdict.ASK:
            # The answer did not cure it: what was edited needs another approval, which nobody was asked for.
            decision = msgspec.structs.replace(decision, verdict=Verdict.DENY)
        elif decision.verdict in RUNS and not self._asking.use(found.id, approved, step.id):
            bundle, told = self._steps.rules.bundle, "the approval could not be used"
            decision = refuse(
                action, bundle, stage="approval", rule="holdfast:used", message=told, cure=AGAIN
            )
        step.action, step.decision, step.state = action, decision, State.RUNNING
        self._steps.settle(step)

    def _is_over(self, step: Step) -> bool:
        """Whether somebody stopped what this step belongs to, while it waited."""
        state = step.run.session.state
        if step.run.latch or state.latch is not None or step.run.id in state.latches:
            return True
        if not self._link.controls.kills:
            return False
        return self._steps.judge_again(step, step.action).verdict is Verdict.HALT
