"""A call on its way out: a target is chosen, the try is judged, what may go is worded for its provider."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable
from typing import Final

from holdfast.decision import Verdict
from holdfast.errors import Invalid
from holdfast.record.models.parts import Json, read_json
from holdfast_server.action.llm.caches import Hit
from holdfast_server.action.llm.exchange.approving import ask
from holdfast_server.action.llm.exchange.attempt import Attempt
from holdfast_server.action.llm.exchange.identity import without_key
from holdfast_server.action.llm.exchange.lanes import Lane
from holdfast_server.action.llm.exchange.remembering import replay
from holdfast_server.action.llm.exchange.sending import REPORTS_WHEN_ASKED, SPOKEN, target_of, word
from holdfast_server.action.llm.exchange.settling import close_refused, refusal_of
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.exchange.stripping import strip
from holdfast_server.action.llm.routing import Kind, Wait
from holdfast_server.action.llm.seam import Headers, Reply, Send
from holdfast_server.action.llm.translating import Translation

NO_MODEL: Final = "The model {} does not exist here, or this key may not use it."
UNAVAILABLE: Final = "Whoever could answer failed just now, and is left alone for a moment."
NOTHING: Final[Headers] = []


class Outgoing(Attempt):
    """The way of a call to a provider."""

    __slots__ = ()

    def next(self) -> Send | Reply | Awaitable[Send | Reply]:
        """Where it goes now, if it may."""
        chosen, self._ready = self._ready or self._plan.next(time.time_ns()), None
        if isinstance(chosen, Wait):
            return self._next_after(chosen.s)
        if chosen is None:
            return self._end(self._refuse(503, "holdfast_unavailable", UNAVAILABLE, *self._when()))
        self._chosen = chosen
        lane = self._lane = self._trial.lane(chosen)
        if not lane.open:
            self._tell(Kind.GONE)
            return self._end(
                self._refuse(404, "model_not_found", NO_MODEL.format(self._question.model[:200]))
            )
        step = self._step
        if step is not None:
            if step.status == "running" and step.action.target == lane.target:
                return self._send(step)
            self._close("failed", error=step.error or "ProviderFailed")
            self._trial.learn(step)
        step = self._step = self._trial.begin(lane, self._request.body)
        return self._judge(step) if self._trial.reserve(step) else self._claim(step)

    def _when(self) -> Headers:
        """When the first of them may be asked again."""
        waits_s = self._plan.waits_s
        return [] if waits_s is None else [(b"retry-after", b"%d" % max(1, math.ceil(waits_s)))]

    async def _next_after(self, wait_s: float) -> Send | Reply:
        await asyncio.sleep(wait_s)
        found = self.next()
        return found if isinstance(found, Send | Reply) else await found

    async def _claim(self, step: Step) -> Send | Reply:
        await self._trial.claim(step)
        found = self._judge(step)
        return found if isinstance(found, Send | Reply) else await found

    def _judge(self, step: Step) -> Send | Reply | Awaitable[Send | Reply]:
        if self._trial.judge(step):
            return self._serve(step)
        return self._ask(step) if step.decision.verdict is Verdict.ASK else self._refused(step)

    async def _ask(self, step: Step) -> Send | Reply:
        """Wait for a person; with a yes it is judged once more."""
        roles = await ask(self._house, step.action, step.decision)
        if roles:
            await self._trial.claim(step)
            if self._trial.judge(step, roles):
                served = self._serve(step)
                return served if isinstance(served, Send | Reply) else await served
        return self._refused(step)

    def _serve(self, step: Step) -> Send | Reply | Awaitable[Send | Reply]:
        """Give an answer again where the route keeps them, or send the call."""
        memory = self._memory
        if memory is None or memory.looked:
            return self._send(step)
        found = memory.find(step)
        if found is None or isinstance(found, Hit):
            return self._give(step, found)
        return self._serve_alike(step, found)

    async def _serve_alike(self, step: Step, looking: Awaitable[Hit | None]) -> Send | Reply:
        return self._give(step, await looking)

    def _give(self, step: Step, hit: Hit | None) -> Send | Reply:
        if hit is None:
            return self._send(step)
        self._tell(Kind.GONE)
        step.own_ns += time.monotonic_ns() - self._request.began_ns
        return self._end(replay(self._house, step, hit))

    def _refused(self, step: Step) -> Reply:
        self._tell(Kind.GONE)
        close_refused(self._house, step)
        return self._end(refusal_of(step, self._question.api))

    def _send(self, step: Step) -> Send | Reply:
        question, lane, request = self._question, self._lane, self._request
        assert lane is not None, "what is sent has a lane"
        target, body, headers = without_key(request.target), step.question, NOTHING
        self._translation = None
        if lane.api != question.api:
            try:
                made = self._translate(step, lane)
            except Invalid as error:
                return self._untranslated(step, error)
            target, body, headers = made.path.encode(), made.body, SPOKEN.get(lane.api, NOTHING)
        elif (
            lane.model != question.model
            or step.clamp is not None
            or (question.streamed and not question.reports)
            or step.changed
        ):
            target, body = self._worded(step, lane, target)
        now = time.monotonic_ns()
        step.own_ns += now - (self._sent_ns or request.began_ns)
        self._sent_ns, self._back_ns = now, 0
        return lane.outlet.send(request.method, target, self._said, body, headers)

    def _worded(self, step: Step, lane: Lane, target: bytes) -> tuple[bytes, bytes]:
        """Path and body where something of them has to change."""
        question, model = self._question, _model_of(step)
        if step.changed:
            step.question = strip(step, question.api)
        counts = question.streamed and lane.api in REPORTS_WHEN_ASKED and not question.reports
        body = word(step.question, question, model=model, limit=_limit_of(step), counts=counts)
        return target_of(target, question, model), body

    def _translate(self, step: Step, lane: Lane) -> Translation:
        if step.changed:
            step.question = strip(step, self._question.api)
        asked: Json = read_json(step.question) or {}
        usual = self._house.behaviour.output_tokens
        made = Translation(
            self._question.api, lane.api, asked,  # pyright: ignore[reportArgumentType]  # routes translate only between APIs that can be
            model=_model_of(step), limit=_limit_of(step), tokens_out=usual,
        )  # fmt: skip
        self._translation = made
        return made

    def _untranslated(self, step: Step, error: Invalid) -> Reply:
        """Nothing was sent: what is asked for has no place in the other API, and is not left out silently."""
        self._tell(Kind.GONE)
        step.error = error.code
        self._close("cancelled", error=error.code)
        return self._end(self._refuse(400, error.code, error.message))


def _model_of(step: Step) -> str:
    """The model that is asked in the end."""
    judged = step.decision.arguments if step.decision.enforced else step.action.arguments
    return judged["model"]


def _limit_of(step: Step) -> int | None:
    """How long the answer may be, where rules or budgets say so."""
    if not step.changed and step.clamp is None:
        return None
    judged = step.decision.arguments if step.decision.enforced else step.action.arguments
    return judged.get("max_tokens")
