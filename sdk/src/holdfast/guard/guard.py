"""The loop that joins the four rooms: catch an action, decide it, run or refuse or wait, record the rest."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from holdfast.action import NOTHING, Actor, Contract, Estimate, Kind
from holdfast.client import Link
from holdfast.decision.content import Place
from holdfast.errors import Halted
from holdfast.guard.announcing import Announcing
from holdfast.guard.approving import Approving
from holdfast.guard.contents import Answering, Contents, Items
from holdfast.guard.duties import unproven
from holdfast.guard.freezing import freeze
from holdfast.guard.handed import Keys
from holdfast.guard.held import Paused
from holdfast.guard.here import Here, here
from holdfast.guard.journal import Journal, as_text
from holdfast.guard.keeping import Keeping
from holdfast.guard.remembering import Memories
from holdfast.guard.replaying import Replaying, as_data, later
from holdfast.guard.rules import Rules
from holdfast.guard.run import Run
from holdfast.guard.sessions import LiveSession, Sessions, fit
from holdfast.guard.signature import plain
from holdfast.guard.spending import Spending
from holdfast.guard.step import OPEN, Call, Step
from holdfast.guard.steps import Steps
from holdfast.guard.traffic import Traffic
from holdfast.guard.witness import FOLDER, Witness
from holdfast.record import Usage
from holdfast.settings import Settings

TITLE_MAX: Final = 200
INPUT_MAX: Final = 8 * 1024
AMBIENT: Final = "main"
"""The agent that acts when nobody said who does."""


class Guard:
    """Governs this process: every door calls `enter` before an action and `leave` after it."""

    def __init__(
        self, settings: Settings, rules: Rules, journal: Journal, link: Link, spending: Spending | None = None
    ) -> None:
        self.settings = settings
        self.rules = rules
        self.journal = journal
        self.link = link
        self._spending = spending
        self.sessions = Sessions(settings.guard.sessions_max, settings.tags)
        self.closed = False
        keeping = Keeping(settings.data, link)
        enforcing = settings.mode == "enforce"
        self._steps = Steps(
            rules, journal, link,
            enforcing=enforcing, keeping=keeping, spending=spending, contents=Contents(settings.data),
        )  # fmt: skip
        self._steps.memories = self._memories = Memories(settings.data / "memory.db")
        if settings.guard.witness_every:
            file = settings.data / FOLDER / f"{journal.ledger.log}.json"
            self._steps.witness = Witness(settings.guard.witness_every, alarm=journal.alarm, file=file)
        self.traffic.on_change = link.share_breakers(self.traffic.snapshot, self.traffic.reset)
        self._approving = Approving(self._steps, link, settings.guard)
        self._paused = Paused()
        self._announcing = Announcing(rules, link)
        self._waiters: ThreadPoolExecutor | None = None
        self._ambient: Step | None = None
        self._keys: Keys | None = None

    @property
    def traffic(self) -> Traffic:
        """What all sessions of this process share: breakers and rates."""
        return self._steps.traffic

    @property
    def replaying(self) -> Replaying | None:
        """The recorded run that is gone through again; None in every program that works."""
        return self._steps.replaying

    @replaying.setter
    def replaying(self, recorded: Replaying | None) -> None:
        self._steps.replaying = recorded

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
        texts: tuple[str, ...] = (),
    ) -> Step:
        """Decide an action and write the decision down before it runs.

        Returns:
            the step: `allowed`, `waiting` for a person, or neither, with a `message` for the model.

        Raises:
            Halted: the run is over. Nothing else: our own failures are refusals.
        """
        step = self._enter(Call(kind, target, arguments, call_id, estimate, framework, title, texts))
        self._make_durable(step)
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
        texts: tuple[str, ...] = (),
    ) -> Step:
        """`enter`, waiting for the disk without stopping the event loop."""
        call = Call(kind, target, arguments, call_id, estimate, framework, title, texts)
        # Asking for more of a budget or a rate takes an exchange with its keeper: not on the event loop.
        run = here().run
        asks = run is not None and self._asks(call, run.active)
        step = await asyncio.to_thread(self._enter, call) if asks else self._enter(call)
        if _must_be_durable(step):
            await asyncio.to_thread(self._steps.sync, step)
        return step

    def _asks(self, call: Call, run: Run) -> bool:
        """Whether somebody outside of this process has to be asked before the call is decided."""
        if self._spending is not None and self._spending.is_short(call, run):
            return True
        return self.traffic.asks(call.kind, call.target, run.actor.agent, self.rules.bundle)

    def keep(
        self,
        step: Step,
        make: Callable[[], Any],
        *,
        read: Callable[[Any], Any] = plain,
        dress: Callable[[str], Any] = as_data,
    ) -> Callable[[], Any]:
        """The call of a plain function with what its contract asks for around it: time, repetition, proof.

        Every door makes an allowed call through here, inside of its step; without duties it is `make` itself.

        Args:
            step: the call, which was allowed.
            make: makes it.
            read: what a result says, where the door has a form of its own for it.
            dress: the text of a recorded result in that form.

        Raises:
            Unsuccessful: when called: it ran, and the contract does not let that pass for a success.
        """
        played = self.replaying.around(step, dress) if self.replaying is not None else None
        if played is not None:
            return self._steps.texts.show(step, played)
        kept = make if step.conduct is None else self._steps.duties.around(step, make, read)
        return self._steps.texts.show(step, kept)

    def keep_async(
        self,
        step: Step,
        make: Callable[[], Awaitable[Any]],
        *,
        read: Callable[[Any], Any] = plain,
        dress: Callable[[str], Any] = as_data,
    ) -> Callable[[], Awaitable[Any]]:
        """`keep` for a coroutine function."""
        played = self.replaying.around(step, dress) if self.replaying is not None else None
        if played is not None:
            return self._steps.texts.show_async(step, later(played))
        kept = make if step.conduct is None else self._steps.duties.around_async(step, make, read)
        return self._steps.texts.show_async(step, kept)

    def reads_requests(self, model: str) -> bool:
        """Whether a rule about content reads what this model is sent."""
        content = self.rules.bundle.content
        return bool(content) and bool(content.at(Place.REQUESTS, model))

    def answering(self, step: Step) -> Answering | None:
        """What rules do about the answer of a model call; None when they do nothing."""
        return self._steps.texts.answering(step)

    def items(self, step: Step) -> Items | None:
        """What rules about content do about the items of a generator tool; None when they do nothing."""
        return self._steps.texts.items(step)

    def leave(
        self,
        step: Step,
        *,
        result: Any = None,
        error: BaseException | None = None,
        usage: Usage | None = None,
    ) -> None:
        """Write down what came of a step that ran; a step that has ended is left alone. Never raises."""
        self._steps.finish(step, result, error, usage)

    # Runs

    def begin(
        self,
        actor: Actor,
        *,
        input: Any = None,  # noqa: A002  # the word of every framework for it
        session: str = "",
        person: str = "",
        framework: str = "",
        takes_over: bool = False,
        apart: bool = False,
    ) -> Step:
        """Begin a run: a step of kind `start`, decided like any other; `with step:` makes it the place to be.

        Args:
            actor: who acts in it.
            input: what it was started with; a person's own words when no agent started it.
            session: the session to join; else the one around, else a new one.
            person: on whose behalf; else whoever it is around.
            framework: the framework that runs it.
            takes_over: whether it takes the conversation over, rather than being waited for.
            apart: whether it works in a session of its own, so that what it reads stays there.

        Raises:
            Halted: the session or the run around is over.
        """
        around = here()
        above = around.run.active if around.run else None
        self._check(above)
        if framework:
            self.announce(actor, framework=framework)
        live = self._session_for(session, person, around, above)
        text = as_text(input)
        if apart:
            live = live.apart(uuid.uuid4().hex)
        elif above is None and text:
            live.endorse(text)
        handed = around.handed if above is None else None
        whom = person or around.person or live.person or self.settings.person
        title = " ".join(text[: 2 * TITLE_MAX].split())[:TITLE_MAX]
        run = Run(
            actor, live, above=above, parent=around.parent, person=whom, framework=framework, title=title,
            takes_over=takes_over, handed=handed,
        )  # fmt: skip
        if self.replaying is not None:
            self.replaying.began(run.id)
        freeze(self.rules.bundle, run, above, handed)
        call = Call(Kind.START, actor.agent, {"input": text[:INPUT_MAX]}, framework=framework, title=title)
        step = self._steps.open(call, run, run.parent)
        if handed is not None and step.allowed and handed.to != actor.agent:
            told = f"{handed.chain[-1].agent} handed this over to {handed.to}, not to {actor.agent}"
            self._steps.refuse(step, "holdfast:delegation", told)
        live.open_runs += step.allowed or step.waiting
        self._make_durable(step)
        return step

    def end(self, start: Step, *, result: Any = None, error: BaseException | None = None) -> None:
        """End a run; `leave` for its start step."""
        for step in self._steps.waiting_in(start.run):
            if step is not start:
                self._steps.refuse(step, "holdfast:withdrawn", "the run ended before anybody answered")
        if start.state in OPEN:
            start.run.session.open_runs -= 1
        with start.run.session.lock:
            start.run.session.state.frozen.pop(start.run.id, None)
        self.leave(start, result=result, error=error or unproven(start))

    def announce(
        self,
        actor: Actor,
        *,
        tools: tuple[str, ...] = (),
        models: tuple[str, ...] = (),
        framework: str = "",
    ) -> None:
        """Tell the server of an agent, once for all that is known of it."""
        self._announcing.announce(actor, tools=tools, models=models, framework=framework)

    def pause(self, key: str, start: Step) -> bool:
        """Keep a run that waits for people, to go on with it under `key`; False when nothing of it waits."""
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
        return self._announcing.learn(contract)

    @property
    def keys(self) -> Keys:
        """What signs hand-offs to other processes; read, or made, when it is needed first."""
        if self._keys is None:
            self._keys = Keys(self.settings.data / "keys", self.settings.guard.delegation_keys)
        return self._keys

    # Waiting for people

    def ask(self, step: Step, *, patient: bool = False) -> bool:
        """Put a waiting step before a person without waiting; False, and refused, when nobody can be asked.

        Args:
            step: asked about once, however often this is called.
            patient: keep trying for a while when the server is away.
        """
        if self.replaying is not None and step.waiting:
            self._approving.repeat(step, self.replaying.ran(step))
            return False
        return self._approving.ask(step, patient=patient)

    def look(self, step: Step) -> Step:
        """Take the answer to a waiting step if there is one by now; else it goes on waiting."""
        if step.waiting and self.ask(step):
            self._approving.look(step)
            self._make_durable(step)
        return step

    def wait(self, step: Step) -> Step:
        """Wait for a person's answer, then judge the step again with it; returns the same step.

        Raises:
            Halted: the run was stopped while waiting.
        """
        if step.waiting and self.ask(step, patient=True):
            self._approving.wait(step)
            self._make_durable(step)
        return step

    async def wait_async(self, step: Step) -> Step:
        """`wait`, without stopping the event loop."""
        if not step.waiting:
            return step
        if self._waiters is None:
            self._waiters = ThreadPoolExecutor(self.settings.guard.waiting_max, "holdfast-wait")
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
        if self.replaying is not None:
            self.replaying.close()
        self._approving.close()
        if self._waiters is not None:
            self._waiters.shutdown(wait=False, cancel_futures=True)
        if self._steps.witness is not None:
            self._steps.witness.close()
        if self._spending is not None:
            self._spending.close()
        self._memories.close()
        self.journal.close()
        self.link.close()

    def limit_tokens(self, model: str, tokens_in: int) -> int | None:
        """How long an answer may be for which nobody named a limit, when a budget leaves less than usual."""
        if self._spending is None:
            return None
        place, wanted = here(), self.settings.guard.output_tokens
        run = place.run.active if place.run else self._ambient_start(place).run
        return self._spending.limit_tokens(run, model, tokens_in, wanted)

    def meter(self, step: Step) -> Callable[[int], bool] | None:
        """What holds so many more tokens for an answer that goes on; None when no budget counts them."""
        return None if self._spending is None else self._spending.meter(step)

    # Inside

    def refuse(self, step: Step, rule: str, message: str) -> None:
        """Refuse a step that may still run, for good."""
        if step.allowed or step.waiting:
            self._steps.refuse(step, rule, message)

    def _enter(self, call: Call) -> Step:
        place = here()
        run = place.run.active if place.run else self._ambient_start(place).run
        self._check(run)
        return self._steps.open(call, run, place.parent or run.root)

    def _make_durable(self, step: Step) -> None:
        if _must_be_durable(step):
            self._steps.sync(step)

    def _check(self, run: Run | None) -> None:
        if run is not None and run.latch:
            raise Halted(run.latch)

    def _session_for(self, id: str, person: str, around: Here, above: Run | None) -> LiveSession:  # noqa: A002  # its own word
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


def _must_be_durable(step: Step) -> bool:
    return step.allowed and step.index >= 0 and step.contract is not None and step.contract.irreversible
