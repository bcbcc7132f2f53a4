"""The loop that joins the four rooms: catch an action, decide it, run it, refuse it or wait, record what came of it."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import msgspec

from holdfast.action import NOTHING, Action, Actor, Contract, Estimate, Kind
from holdfast.client import Approval, Link
from holdfast.decision import Decision, Outcome, Verdict
from holdfast.errors import Halted, Invalid
from holdfast.guard.asking import NOBODY, Asking
from holdfast.guard.held import Held, Paused
from holdfast.guard.here import Here, here
from holdfast.guard.journal import Journal, as_text, text_digest
from holdfast.guard.judging import judge, judge_again, refuse, refuse_own_failure, with_edits
from holdfast.guard.rules import Rules
from holdfast.guard.run import Run
from holdfast.guard.sessions import LiveSession, Sessions, fit
from holdfast.guard.step import Call, State, Step
from holdfast.record import Usage, price
from holdfast.record.price import Priced
from holdfast.settings import Settings

TITLE_MAX: Final = 200
AMBIENT: Final = "main"
"""The agent that acts when nobody said who does."""

log = logging.getLogger("holdfast")


class Guard:
    """Governs this process: every door calls `enter` before an action and `leave` after it."""

    def __init__(self, settings: Settings, rules: Rules, journal: Journal, link: Link) -> None:
        self.settings = settings
        self.rules = rules
        self.journal = journal
        self.link = link
        self.sessions = Sessions(settings.guard.sessions_max)
        self.enforcing = settings.mode == "enforce"
        self._held = Held()
        self._paused = Paused()
        self._waiting_max = settings.guard.waiting_max
        self._asking = Asking(link, ttl_s=settings.guard.approval_ttl_s, waiting_max=self._waiting_max)
        self._waiters: ThreadPoolExecutor | None = None
        self._ambient: Step | None = None
        self.closed = False

    # Entering and leaving

    def enter(
        self,
        kind: Kind,
        target: str,
        arguments: dict[str, Any],
        *,
        call_id: str = "",
        estimate: Estimate = NOTHING,
        framework: str = "",
        title: str = "",
    ) -> Step:
        """Decide an action and write the decision down before it runs.

        Returns:
            the step: `allowed`, `waiting` for a person, or neither, with a `message` for the model.

        Raises:
            Halted: the run is over. Nothing else: our own failures are refusals.
        """
        step = self._enter(Call(kind, target, arguments, call_id, estimate, framework, title))
        if _must_be_durable(step):
            self._sync(step)
        return step

    async def enter_async(
        self,
        kind: Kind,
        target: str,
        arguments: dict[str, Any],
        *,
        call_id: str = "",
        estimate: Estimate = NOTHING,
        framework: str = "",
        title: str = "",
    ) -> Step:
        """`enter`, waiting for the disk without stopping the event loop."""
        step = self._enter(Call(kind, target, arguments, call_id, estimate, framework, title))
        if _must_be_durable(step):
            await asyncio.to_thread(self._sync, step)
        return step

    def leave(
        self,
        step: Step,
        *,
        result: Any = None,
        error: BaseException | None = None,
        usage: Usage | None = None,
    ) -> None:
        """Write down what came of a step that ran; a step that has ended is left alone. Never raises."""
        if step.state not in {State.RUNNING, State.WAITING}:
            return
        try:
            self._leave(step, result, error, usage)
        except Exception:
            step.state = State.FAILED
            log.exception("holdfast: the outcome of step %s could not be recorded", step.id)

    # Runs

    def begin(
        self,
        actor: Actor,
        *,
        input: Any = None,  # noqa: A002  # the word of every framework for it
        session: str = "",
        person: str = "",
        framework: str = "",
    ) -> Step:
        """Begin a run: a step of kind `start`, decided like any other; `with step:` makes it the place to be.

        Args:
            actor: who acts in it.
            input: what it was started with; a person's own words when no agent started it.
            session: the session to join; else the one around, else a new one.
            person: on whose behalf; else whoever it is around.
            framework: the framework that runs it.

        Raises:
            Halted: the session or the run around is over.
        """
        around = here()
        above = around.run.active if around.run else None
        self._check(above)
        live = self._session_for(session, person, around, above)
        text = as_text(input)
        if above is None and text:
            live.endorse(text)
        whom = person or around.person or live.person or self.settings.person
        run = Run(actor, live, above=above, parent=around.parent, person=whom, framework=framework)
        live.open_runs += 1
        title = " ".join(text[: 2 * TITLE_MAX].split())[:TITLE_MAX]
        call = Call(Kind.START, actor.agent, {"input": text[: 8 * 1024]}, framework=framework, title=title)
        step = self._decide(call, run, around.parent)
        if _must_be_durable(step):
            self._sync(step)
        return step

    def end(self, start: Step, *, result: Any = None, error: BaseException | None = None) -> None:
        """End a run; `leave` for its start step."""
        for step in self._waiting_in(start.run):
            self._refuse(step, "approval", "holdfast:withdrawn", "the run ended before anybody answered", "")
        if start.state in {State.RUNNING, State.WAITING}:
            start.run.session.open_runs -= 1
        self.leave(start, result=result, error=error)

    def pause(self, key: str, start: Step) -> bool:
        """Keep a run that waits for people, so that it can go on under `key`; False when nothing of it waits."""
        if not start.run.waiting:
            return False
        self._paused.keep(key, start)
        return True

    def resume(self, key: str) -> Step | None:
        """The run that was paused under `key`, if there is one."""
        return self._paused.take(key)

    def check(self) -> None:
        """Raise Halted when the run around is over; for boundaries where nothing is decided."""
        run = here().run
        self._check(run.active if run else None)

    def session(self, id: str = "", *, person: str = "") -> LiveSession:  # noqa: A002  # the session's own word
        """A session by its id, or a new one."""
        return self.sessions.get(id or uuid.uuid4().hex, person=person or self.settings.person)

    def learn(self, contract: Contract) -> Contract:
        """Make a tool known; returns the contract that counts."""
        known = self.rules.bundle.contracts.get(contract.tool)
        effective = self.rules.learn(contract)
        if known != effective:
            self.link.register(tools=(effective,))
        return effective

    # Waiting for people

    def ask(self, step: Step, *, patient: bool = False) -> bool:
        """Put a waiting step before a person without waiting; False (and refused) when nobody can be asked."""
        if not self._asking.possible or not self._asking.place(step, patient=patient):
            self._refuse(
                step, "approval", "holdfast:nobody", NOBODY, "start `holdfast up` and pass its address"
            )
            return False
        return True

    def look(self, step: Step) -> Step:
        """Take the answer to a waiting step if there is one by now; else it goes on waiting."""
        if step.waiting and self.ask(step):
            found = self._asking.look(step)
            if found is not None and not found.pending:
                self._take_answer(step, found)
        return step

    def wait(self, step: Step) -> Step:
        """Wait for a person's answer, then judge the step again with it; returns the same step.

        Raises:
            Halted: the run was stopped while waiting.
        """
        if step.waiting and self.ask(step, patient=True):
            self._take_answer(step, self._asking.await_answer(step, lambda: self._is_killed(step)))
        return step

    async def wait_async(self, step: Step) -> Step:
        """`wait`, without stopping the event loop."""
        if not step.waiting:
            return step
        if self._waiters is None:
            self._waiters = ThreadPoolExecutor(self._waiting_max, "holdfast-wait")
        try:
            return await asyncio.wrap_future(self._waiters.submit(self.wait, step))
        except asyncio.CancelledError:
            self.leave(step, error=asyncio.CancelledError())
            raise

    def close(self) -> None:
        """Let go of everything; what was recorded stays."""
        if self.closed:
            return
        self.closed = True
        if self._ambient is not None:
            self.end(self._ambient)
        self._asking.close()
        if self._waiters is not None:
            self._waiters.shutdown(wait=False, cancel_futures=True)
        self.journal.close()
        self.link.close()

    # Inside

    def _enter(self, call: Call) -> Step:
        place = here()
        start = None if place.run else self._ambient_start(place)
        run = place.run.active if place.run else start.run if start else None
        assert run is not None, "there is always a run"
        self._check(run)
        return self._decide(call, run, place.parent or run.root)

    def _decide(self, call: Call, run: Run, parent: str) -> Step:
        began = time.time_ns()
        step = judge(call, run, self.rules.bundle, self.link.controls, parent=parent)
        step.started_ns = began
        held = self._held.find(run.id, call.call_id, step.asked_digest)
        if held is not None and step.verdict is not Verdict.HALT:
            return held
        return self._settle_verdict(step)

    def _settle_verdict(self, step: Step) -> Step:
        """Record what was decided, and put the step into the state that follows from it."""
        overruled = not self.enforcing and step.verdict is not Verdict.ALLOW and not _is_kill(step)
        if overruled:
            step.decision = msgspec.structs.replace(step.decision, enforced=False)
        try:
            self.journal.decided(step)
        except Exception as error:  # noqa: BLE001  # fail closed: what cannot be recorded does not run
            log.error("holdfast: step %s is refused, it could not be recorded: %s", step.id, error)  # noqa: TRY400
            step.decision, step.state = (
                refuse_own_failure(step.action, self.rules.bundle, error),
                State.REFUSED,
            )
            return step
        if overruled:
            return step
        match step.verdict:
            case Verdict.ALLOW | Verdict.TRANSFORM:
                step.run.waiting.discard(step.id)
                self._held.drop(step)
            case Verdict.ASK:
                step.state = State.WAITING
                step.run.waiting.add(step.id)
                self._held.keep(step)
                if not self._asking.possible:
                    self.ask(step)
            case Verdict.DENY:
                self._held.keep(step)
                self._close(step, State.REFUSED)
            case Verdict.HALT:
                self._halt(step)
        return step

    def _take_answer(self, step: Step, found: Approval | None) -> None:
        """Turn a person's answer, or none, into what happens to the step."""
        if self._is_killed(step):
            self._halt(step, self._judge_anew(step, step.action, frozenset()))
        if found is None or found.state in {"expired", "withdrawn", "pending"}:
            self._refuse(step, "approval", "holdfast:expired", "nobody approved this in time", "")
        elif found.state == "refused":
            note = f": {found.note}" if found.note else ""
            self._refuse(step, "approval", "holdfast:refused", f"a person refused this{note}", "")
        elif found.state != "approved":
            self._refuse(step, "approval", "holdfast:used", "this approval was used before", "ask again")
        else:
            self._take_approval(step, found)

    def _take_approval(self, step: Step, found: Approval) -> None:
        """Judge the step again, approved and perhaps edited, and use the approval up if it may run now."""
        bundle = self.rules.bundle
        try:
            action, approved = with_edits(step.action, found.approved_arguments if found.edited else None)
        except Invalid as error:
            self._refuse(step, "approval", "holdfast:arguments", str(error), "")
            return
        roles = frozenset(found.roles) | frozenset(step.decision.roles)
        decision = self._judge_anew(step, action, roles)
        step.approval = found.id
        if decision.verdict in {Verdict.ALLOW, Verdict.TRANSFORM}:
            if not self._asking.use(found.id, approved, step.id):
                decision = refuse(
                    action, bundle, stage="approval", rule="holdfast:used",
                    message="the approval could not be used", cure="ask again",
                )  # fmt: skip
        elif decision.verdict is Verdict.ASK:
            decision = msgspec.structs.replace(decision, verdict=Verdict.DENY)
        step.action, step.decision, step.state = action, decision, State.RUNNING
        self._settle_verdict(step)
        if _must_be_durable(step):
            self._sync(step)

    def _judge_anew(self, step: Step, action: Action, roles: frozenset[str]) -> Decision:
        return judge_again(step, action, self.rules.bundle, self.link.controls, roles)

    def _refuse(self, step: Step, stage: str, rule: str, message: str, cure: str) -> None:
        step.decision = refuse(
            step.action, self.rules.bundle, stage=stage, rule=rule, message=message, cure=cure
        )
        try:
            self.journal.decided(step)
        except Exception:
            log.exception("holdfast: the refusal of step %s could not be recorded", step.id)
        self._held.keep(step)
        self._close(step, State.REFUSED)

    def _halt(self, step: Step, decision: Decision | None = None) -> None:
        """Latch the run and end it here.

        Raises:
            Halted: always.
        """
        step.decision = decision or step.decision
        step.run.latch = step.decision.message
        self._close(step, State.HALTED)
        raise Halted(
            step.decision.message, hint=step.decision.reasons[0].cure if step.decision.reasons else ""
        )

    def _close(self, step: Step, state: State) -> None:
        """End a step that did not run."""
        step.state = state
        status = "halted" if state is State.HALTED else "refused"
        outcome = Outcome(status=status, result_text=step.message, cost_micro_usd=0)
        step.run.waiting.discard(step.id)
        try:
            with step.run.session.lock:
                step.run.session.state.settle(step.action, step.decision, outcome)
            self.journal.ended(step, outcome)
        except Exception:
            log.exception("holdfast: the refusal of step %s could not be recorded", step.id)

    def _leave(self, step: Step, result: Any, error: BaseException | None, usage: Usage | None) -> None:
        text = as_text(result)
        priced = _price(step, usage)
        outcome = Outcome(
            status=_status(error),
            error_class=type(error).__name__ if error is not None else "",
            result_digest=text_digest(text),
            result_text=text,
            cost_micro_usd=priced.cost_micro_usd if priced else _fixed_cost(step),
            tokens_in=usage.input_tokens if usage else 0,
            tokens_out=usage.output_tokens if usage else 0,
        )
        with step.run.session.lock:
            step.run.session.state.settle(step.action, step.decision, outcome)
        step.state = STATES[outcome.status]
        self.journal.ended(
            step, outcome, error=str(error) if error is not None else "", usage=usage, priced=priced
        )

    def _waiting_in(self, run: Run) -> list[Step]:
        """The steps of a run that still wait for people."""
        return [step for step in map(self._held.of, tuple(run.waiting)) if step is not None]

    def _sync(self, step: Step) -> None:
        """Wait for the disk; an irreversible action that cannot be made durable does not run."""
        try:
            self.journal.sync(step)
        except Exception as error:  # noqa: BLE001  # fail closed
            failed = refuse_own_failure(step.action, self.rules.bundle, error)
            step.decision = failed
            self._close(step, State.REFUSED)

    def _check(self, run: Run | None) -> None:
        if run is not None and run.latch:
            raise Halted(run.latch)

    def _is_killed(self, step: Step) -> bool:
        """Whether somebody stopped what this step belongs to, while it waited."""
        if step.run.latch or step.run.session.state.latch is not None:
            return True
        if not self.link.controls.kills:
            return False
        return self._judge_anew(step, step.action, frozenset()).verdict is Verdict.HALT

    def _session_for(self, id: str, person: str, around: Here, above: Run | None) -> LiveSession:  # noqa: A002
        if above is not None:
            return above.session
        if around.session is not None:
            return around.session
        return self.session(fit(id), person=person)

    def _ambient_start(self, place: Here) -> Step:
        """The run of code that no agent owns: one a session, or one for the whole process."""
        live = place.session
        found = live.ambient if live else self._ambient
        if not isinstance(found, Step):
            found = self.begin(Actor(AMBIENT))
            if live:
                live.ambient = found
            else:
                self._ambient = found
        return found


STATES: Final = {
    "done": State.DONE,
    "failed": State.FAILED,
    "cancelled": State.FAILED,
    "halted": State.HALTED,
}


def _status(error: BaseException | None) -> str:
    if error is None:
        return "done"
    if isinstance(error, Halted):
        return "halted"
    return (
        "cancelled"
        if isinstance(error, asyncio.CancelledError | GeneratorExit | KeyboardInterrupt)
        else "failed"
    )


def _price(step: Step, usage: Usage | None) -> Priced | None:
    if step.model is None or usage is None:
        return None
    return price(step.model.provider, step.model.name, usage)


def _fixed_cost(step: Step) -> int | None:
    if step.model is not None:
        return None
    return step.contract.cost_micro_usd if step.contract else 0


def _must_be_durable(step: Step) -> bool:
    return step.allowed and step.index >= 0 and step.contract is not None and step.contract.irreversible


def _is_kill(step: Step) -> bool:
    """Whether a person, rather than a rule, stopped it: that holds in shadow mode, too."""
    state = step.run.session.state
    return step.decision.stage == "kill" and state.latch is None and step.run.id not in state.latches
