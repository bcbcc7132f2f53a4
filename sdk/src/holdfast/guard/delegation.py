"""Handing work over to an agent in another process, and taking it: `holdfast.delegate`, `holdfast.accept`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
import uuid
from collections.abc import Mapping
from itertools import islice
from types import TracebackType
from typing import Any, Final

from holdfast.action import Kind
from holdfast.errors import Refused, Tampered
from holdfast.guard.guard import Guard
from holdfast.guard.handed import HEADER, REPLY_HEADER, VARIABLE, Handed, Keys, Reply, mark_of, use_once
from holdfast.guard.here import Here, rejoin, stand
from holdfast.guard.process import current
from holdfast.guard.sessions import LiveSession
from holdfast.guard.step import Step
from holdfast.guard.tools import refuse_unless_allowed

UNTRUSTED: Final = "untrusted"
NS: Final = 1_000_000_000
SINCE_MAX: Final = 8
"""Labels of which a hand-off says with what they came in."""
RUNS_MAX: Final = 64
"""Runs above one that is handed over; deeper ones are not counted beyond this process."""


class HandOff:
    """Work on its way to another process."""

    def __init__(self, token: str, nonce: str, keys: Keys) -> None:
        self.token = token
        self.labels: tuple[str, ...] = (UNTRUSTED,)
        """What came back carries these; whoever answers without saying is not trusted."""
        self.result: Any = None
        self._nonce, self._keys = nonce, keys

    @property
    def headers(self) -> dict[str, str]:
        """The token as a header of an HTTP request."""
        return {HEADER: self.token}

    @property
    def environ(self) -> dict[str, str]:
        """The token as an environment variable of a program."""
        return {VARIABLE: self.token}

    def returned(self, result: Any, headers: Mapping[str, str] | None = None) -> None:
        """Say what came back, and let its labels join the session.

        Args:
            result: the answer, for the record.
            headers: of the response, with the labels in it; without labels that a trusted key signed for this
                very hand-off, the answer stays untrusted.
        """
        self.result = result
        with contextlib.suppress(Tampered):
            reply = self._keys.read_reply(_find(headers or {}, REPLY_HEADER))
            if reply.nonce == self._nonce:
                self.labels = reply.labels


class delegate:  # noqa: N801  # it reads as a verb: `with holdfast.delegate("researcher") as hand_off:`
    """Hand work over to an agent in another process; judged like any action, and signed.

    Args:
        agent: who is to take it.
        input: what it is asked to do, for the record and the rules.

    Raises:
        Refused: a rule, a cycle or the depth of the chain is against it.
        Halted: the run is over.
    """

    def __init__(self, agent: str, *, input: Any = "") -> None:  # noqa: A002  # the word of every framework for it
        self._agent, self._input = agent, input
        self._step: Step | None = None
        self._hand_off: HandOff | None = None

    def __enter__(self) -> HandOff:
        guard = current()
        step = guard.enter(Kind.DELEGATE, self._agent, {"input": self._input})
        _refuse_unless_shorter(guard, step)
        return self._go(guard, guard.wait(step))

    async def __aenter__(self) -> HandOff:
        guard = current()
        step = await guard.enter_async(Kind.DELEGATE, self._agent, {"input": self._input})
        _refuse_unless_shorter(guard, step)
        return self._go(guard, await guard.wait_async(step))

    def _go(self, guard: Guard, step: Step) -> HandOff:
        self._step = refuse_unless_allowed(step)
        self._hand_off = _hand_off(guard, step)
        step.__enter__()
        return self._hand_off

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        step, hand_off = self._step, self._hand_off
        assert step is not None, "entered before it is left"
        assert hand_off is not None, "made on entering"
        step.__exit__(kind, error, at)
        step.brings = hand_off.labels
        current().leave(step, result=hand_off.result, error=error)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, at)


class accept:  # noqa: N801  # it reads as a verb: `with holdfast.accept(request.headers):`
    """Take work that another process handed over: agents begun inside act with the authority of all behind.

    Args:
        given: the headers of a request, the environment, or the token itself; `os.environ` when left out.
        session: the session that it must belong to, when the caller expects one.

    Raises:
        Tampered: the hand-off is not what a trusted key signed.
        Refused: there is none, it has expired, was accepted before, or belongs to another session.
    """

    def __init__(self, given: Mapping[str, str] | str | None = None, *, session: str = "") -> None:
        self._given, self._session = given, session
        self._token: Any = None
        self._live: LiveSession | None = None
        self._handed: Handed | None = None

    def __enter__(self) -> accept:
        guard, handed = self._read()
        _claim(guard, handed)
        return self._stand(guard, handed)

    def _read(self) -> tuple[Guard, Handed]:
        guard = current()
        handed = guard.keys.read_handed(_token(self._given), now_ns=time.time_ns())
        if self._session and handed.session != self._session:
            raise Refused(f"the hand-off belongs to another session than {self._session}")
        return guard, handed

    def _stand(self, guard: Guard, handed: Handed) -> accept:
        live = guard.session(handed.session, person=handed.person)
        with live.lock:
            live.state.label(*handed.labels)
            live.state.origins.since = {**handed.since, **live.state.origins.since}
        self._live, self._handed = live, handed
        self._token = stand(Here(session=live, person=handed.person, handed=handed))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        rejoin(self._token)

    async def __aenter__(self) -> accept:
        guard, handed = self._read()
        await asyncio.to_thread(_claim, guard, handed)
        return self._stand(guard, handed)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, at)

    @property
    def session(self) -> LiveSession:
        """The session, with the labels of everything behind it."""
        assert self._live is not None, "there is one once it is entered"
        return self._live

    @property
    def headers(self) -> dict[str, str]:
        """What the response carries back: the labels that the session has by now, signed."""
        assert self._handed is not None, "there is one once it is entered"
        reply = Reply(self._handed.nonce, tuple(sorted(self.session.labels)))
        return {REPLY_HEADER: current().keys.sign(reply)}


def _refuse_unless_shorter(guard: Guard, step: Step) -> None:
    """Refuse a hand-off to somebody who already waits for it, or one agent too many."""
    chain, flow = [link.agent for link in step.run.chain], guard.rules.bundle.flow
    if flow.cycles == "deny" and step.action.target in chain:
        path = " → ".join((*chain, step.action.target))
        guard.refuse(step, "holdfast:cycle", f"{step.action.target} already waits for this: {path}")
    elif len(chain) + 1 > flow.depth_max:
        told = f"{len(chain) + 1} agents would act for one another; the limit is {flow.depth_max}"
        guard.refuse(step, "holdfast:depth", told)


def _claim(guard: Guard, handed: Handed) -> None:
    """Accept a hand-off once: in this data folder, and in every other one when there is a server.

    Raises:
        Refused: it was accepted before; or nobody can tell, and the server has been away for too long.
    """
    used = guard.settings.data / "delegations"
    first = use_once(used, handed, now_ns=time.time_ns())
    if first and guard.link.state != "off":
        answer = guard.link.accept_hand_off(mark_of(handed), handed.expires_ns)
        controls = guard.link.controls
        if answer is None and not controls.lease_ok and controls.unattended != "everything":
            raise Refused(
                "nobody can tell whether the hand-off was accepted before: the server is out of reach",
                hint="Hand over anew when it is back.",
            )
        first = answer is not False
    if not first:
        raise Refused("the hand-off was accepted before", hint="Each call needs one of its own.")


def _hand_off(guard: Guard, step: Step) -> HandOff:
    run = step.run
    nonce = uuid.uuid4().hex
    with run.session.lock:
        so_far = run.session.state.frozen.get(run.id, ())
        since = dict(islice(run.session.state.origins.since.items(), SINCE_MAX))
    handed = Handed(
        to=step.action.target,
        session=run.session.id,
        trace=run.trace,
        step=step.id,
        person=run.person,
        chain=run.chain,
        authority=guard.rules.bundle.terms.directory.freeze(run.chain, above=so_far),
        labels=tuple(sorted(run.session.labels)),
        since=since,
        nonce=nonce,
        expires_ns=time.time_ns() + int(guard.settings.guard.delegation_ttl_s * NS),
        runs=run.lineage[:RUNS_MAX],
    )
    return HandOff(guard.keys.sign(handed), nonce, guard.keys)


def _token(given: Mapping[str, str] | str | None) -> str:
    if isinstance(given, str):
        return given
    found = _find(os.environ if given is None else given, HEADER) or _find(
        os.environ if given is None else given, VARIABLE
    )
    if not found:
        raise Refused("nothing was handed over", hint=f"Pass {HEADER} or {VARIABLE} on.")
    return found


def _find(headers: Mapping[str, str], name: str) -> str:
    """A header by its name, whatever its case."""
    found = headers.get(name) or headers.get(name.lower())
    return found or next((value for key, value in headers.items() if key.lower() == name.lower()), "")
