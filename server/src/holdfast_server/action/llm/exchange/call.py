"""One admitted call: tried, judged, sent, watched, settled and written down.

```text
next ──► judged ──► refused ─────────────────────────────► Reply 403
            └─────► sent ──► head ──► whole ──► settled ─► Reply
                      ▲        ├────► feed … end ► settled
                      └────────┴─ failed: another target, as a step of its own
```
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from holdfast.decision import Verdict
from holdfast.errors import Invalid
from holdfast.record.models.parts import Json, read_json
from holdfast.record.models.streams import Inflater
from holdfast_server.action.llm.caches import Hit
from holdfast_server.action.llm.exchange.admitting import may_use
from holdfast_server.action.llm.exchange.answering import estimate, note_whole, read_whole
from holdfast_server.action.llm.exchange.approving import ask
from holdfast_server.action.llm.exchange.asking import Question
from holdfast_server.action.llm.exchange.checking import Checks
from holdfast_server.action.llm.exchange.doubting import doubts, is_filtered
from holdfast_server.action.llm.exchange.house import House
from holdfast_server.action.llm.exchange.identity import Caller, Place, Said
from holdfast_server.action.llm.exchange.refusing import refuse
from holdfast_server.action.llm.exchange.remembering import Memory, replay
from holdfast_server.action.llm.exchange.sending import REPORTS_WHEN_ASKED, SPOKEN, target_of, word
from holdfast_server.action.llm.exchange.settling import close, close_refused, marks_of, refusal_of
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.exchange.streaming import Answer
from holdfast_server.action.llm.exchange.stripping import strip
from holdfast_server.action.llm.exchange.trying import Trial
from holdfast_server.action.llm.routing import Chosen, Kind, Plan, Wait, kind_of
from holdfast_server.action.llm.seam import (
    HOLD,
    Again,
    Failure,
    Forward,
    Headers,
    Hold,
    Reply,
    Request,
    Send,
)
from holdfast_server.action.llm.translating import Translation

NS_PER_MS: Final = 1_000_000
MS_PER_S: Final = 1_000
NOTHING_READABLE: Final = "The provider answered {}, and nothing readable."
NO_MODEL: Final = "The model {} does not exist here, or this key may not use it."
STATUS: Final = {"timeout": 504, "stall": 504}
"""How a failed try is told to a client; anything else is 502."""
FAILED: Final = {
    "connect": "The provider cannot be reached.",
    "tls": "The provider's certificate is not trusted.",
    "timeout": "The provider did not answer in time.",
    "reset": "The provider closed the connection.",
    "malformed": "The provider's answer cannot be read.",
    "stall": "The provider fell silent.",
}


class Call:
    """What the exchange gives the wire for one request."""

    __slots__ = (
        "_answer",
        "_back_ns",
        "_begun",
        "_caller",
        "_chosen",
        "_ended",
        "_house",
        "_memory",
        "_place",
        "_plan",
        "_question",
        "_ready",
        "_request",
        "_said",
        "_sent_ns",
        "_step",
        "_translation",
        "_trial",
        "hedge_s",
        "outrun",
        "over",
        "streamed",
    )

    def __init__(
        self,
        house: House,
        request: Request,
        question: Question,
        *,
        caller: Caller,
        said: Said,
        place: Place,
        plan: Plan,
        begun: Callable[[Call], None],
        ended: Callable[[Call, Step | None], None],
    ) -> None:
        self._house, self._request, self._question = house, request, question
        self._caller, self._said, self._plan = caller, said, plan
        self._place, self._begun, self._ended = place, begun, ended
        self._chosen: Chosen | None = None
        self._ready: Chosen | Wait | None = None
        self._step: Step | None = None
        again = plan.route.tries > 1 or plan.route.hedge_ms > 0
        self._trial = Trial(house, question, caller, place, again=again)
        self._memory = None
        if plan.route.cache is not None:
            post = house.poster(caller, place) if house.poster else None
            self._memory = Memory(house.caches, request, question, plan, post)
        self._answer: Answer | None = None
        self._translation: Translation | None = None
        self._sent_ns = self._back_ns = 0
        self.streamed = question.streamed
        self.hedge_s = plan.route.hedge_ms / MS_PER_S
        self.outrun = self.over = False
        begun(self)

    @property
    def step(self) -> Step | None:
        """The try that is under way."""
        return self._step

    # Trying

    def next(self) -> Send | Reply | Awaitable[Send | Reply]:
        """Where it goes now, if it may."""
        chosen, self._ready = self._ready or self._plan.next(time.time_ns()), None
        if isinstance(chosen, Wait):
            return self._next_after(chosen.s)
        if chosen is None:
            return self._end(self._refuse(503, "holdfast_unavailable", "No provider can be asked now."))
        self._chosen = chosen
        target = f"{chosen.provider.name}/{chosen.model}"
        if not may_use(self._caller.key, self._question.model, target):
            self._tell(Kind.GONE)
            return self._end(
                self._refuse(404, "model_not_found", NO_MODEL.format(self._question.model[:200]))
            )
        step = self._step
        if step is not None and step.status == "running" and step.action.target == target:
            return self._send(step)
        if step is not None:
            self._close("failed", error=step.error or "ProviderFailed")
        step = self._step = self._trial.begin(chosen, self._request.body)
        step.route = self._plan.route.alias if self._plan.route.alias not in {chosen.model, target} else ""
        if self._trial.is_short(step):
            return self._claim(step)
        return self._judge(step)

    def hedge(self) -> Call | None:
        """The same request for another target, when the route and its budget of retries allow that."""
        if not self._sent_ns or self._step is None or self._step.status != "running":
            return None
        chosen = self._plan.hedge(time.time_ns())
        if chosen is None:
            return None
        second = Call(
            self._house, self._request, self._question,
            caller=self._caller, said=self._said, place=self._place, plan=self._plan,
            begun=self._begun, ended=self._ended,
        )  # fmt: skip
        second._ready, second._memory, second.hedge_s = chosen, self._memory, 0.0
        return second

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
        question, chosen, request = self._question, self._chosen, self._request
        assert chosen is not None, "what is sent was chosen"
        arguments = step.decision.arguments if step.decision.enforced else step.action.arguments
        changed = step.changed
        limit = arguments.get("max_tokens") if changed or step.clamp is not None else None
        headers: Headers = []
        if changed:
            step.question = strip(step, question.api)
        if chosen.api == question.api:
            counts = question.streamed and chosen.api in REPORTS_WHEN_ASKED and not question.reports
            body = word(step.question, question, model=arguments["model"], limit=limit, counts=counts)
            target = target_of(request.target, question, arguments["model"])
        else:
            try:
                made = self._translate(step, chosen, arguments["model"], limit)
            except Invalid as error:
                return self._untranslated(step, error)
            target, body, headers = made.path.encode(), made.body, SPOKEN.get(chosen.api, [])
        now = time.monotonic_ns()
        step.own_ns += now - (self._sent_ns or request.began_ns)
        self._sent_ns, self._back_ns = now, 0
        outlet = self._house.outlets[chosen.provider.name]
        return outlet.send(request.method, target, self._said, body, headers)

    def _translate(self, step: Step, chosen: Chosen, model: str, limit: int | None) -> Translation:
        client, upstream = self._question.api, chosen.api
        asked: Json = read_json(step.question) or {}
        usual = self._house.behaviour.output_tokens
        made = Translation(client, upstream, asked, model=model, limit=limit, tokens_out=usual)  # pyright: ignore[reportArgumentType]  # routes translate only between APIs that can be
        self._translation = made
        return made

    def _untranslated(self, step: Step, error: Invalid) -> Reply:
        """Nothing was sent: what is asked for has no place in the other API, and is not left out silently."""
        self._tell(Kind.GONE)
        step.error = error.code
        self._close("cancelled", error=error.code)
        return self._end(self._refuse(400, error.code, error.message))

    # Answers

    def head(self, status: int, headers: Headers) -> Forward | Hold | Again:
        """The provider answers: pass it on, hold it back, or ask another one."""
        step = self._going
        if not 200 <= status < 300:
            kind = kind_of(status)
            step.error = f"HTTP {status}"
            if kind is Kind.INVALID:
                return HOLD  # only its body says whether another provider would take it
            self._tell(kind, retry_after=_find(headers, b"retry-after"))
            self._ready = self._plan.next(time.time_ns())
            return HOLD if self._ready is None else Again(0.0)
        if not (self.streamed and b"event-stream" in _find_bytes(headers, b"content-type")):
            return HOLD
        self._answer = Answer(self._house, step, self._question, headers, self._translation)
        return Forward(status, self._answer.headers + marks_of(step))

    def feed(self, data: bytes) -> bytes:
        """Pass a piece on; what has to be done about it is done then."""
        answer = self._answer
        assert answer is not None, "only what is forwarded is fed"
        passing = answer.feed(data)
        if self._memory is not None:
            self._memory.add(passing)
        if answer.over:
            self.over = True
            self._tell(Kind.GONE)
            self._settle(answer.status)
        return passing

    def end(self) -> bytes | Awaitable[bytes]:
        """The stream is complete: with a typed error when it is not."""
        answer = self._answer
        assert answer is not None, "only what is forwarded ends so"
        said = answer.end()
        return self._over(answer, *said) if isinstance(said, tuple) else self._over_after(answer, said)

    async def _over_after(self, answer: Answer, said: Awaitable[tuple[bytes, bool]]) -> bytes:
        return self._over(answer, *await said)

    def _over(self, answer: Answer, last: bytes, whole: bool) -> bytes:
        self._tell(Kind.GOOD if whole else Kind.BROKEN)
        self._settle(answer.status if whole or answer.over else "failed", breaks=not whole)
        if self._memory is not None and whole and not answer.over:
            self._memory.add(last)
            self._memory.keep_stream(self._going, answer.headers, answer.answered)
        return last

    def whole(self, status: int, headers: Headers, body: bytes) -> Reply | Again | Awaitable[Reply | Again]:
        """A whole answer, read and judged before the client sees it."""
        step = self._going
        self._back_ns = time.monotonic_ns()
        step.upstream_ns += self._back_ns - self._sent_ns
        passing = self._pass_error if status >= 300 else self._pass_answer
        coding = _find_bytes(headers, b"content-encoding")
        if coding:
            headers, body = _without_coding(headers), _plain(coding, body)
        reply = passing(step, status, headers, body)
        return self._end(reply) if isinstance(reply, Reply) else reply

    def _elsewhere(self) -> Again | None:
        """Drop this answer, when there is another target to ask."""
        self._ready = self._plan.next(time.time_ns())
        return None if self._ready is None else Again(0.0)

    def _pass_answer(
        self, step: Step, status: int, headers: Headers, body: bytes
    ) -> Reply | Again | Awaitable[Reply]:
        step.answer = body
        found = read_whole(body)
        if found is None and self._question.api != "files":
            self._tell(Kind.BROKEN)
            estimate(step, len(body))
            self._close("failed", error="Malformed", breaks=True)
            return self._refuse(502, "holdfast_malformed", FAILED["malformed"])
        if found is not None:
            note_whole(step, found, body)
        more = self._plan.has_more
        filtered = more and is_filtered(body)
        self._tell(Kind.CONTENT_FILTER if filtered else Kind.GOOD)
        if more and (filtered or doubts(self._plan, step, body)) and (again := self._elsewhere()) is not None:
            self._close("failed" if filtered else "done", error="ContentFilter" if filtered else "")
            return again
        checks = Checks.of(self._house, step, self._question)
        said = body if checks is None else checks.whole(body)
        self._close("done")
        if isinstance(said, bytes | Reply):
            return self._checked(step, said, status, headers)
        return self._wait(step, said, status, headers)

    async def _wait(self, step: Step, said: Awaitable[bytes | Reply], status: int, headers: Headers) -> Reply:
        return self._end(self._checked(step, await said, status, headers))

    def _checked(self, step: Step, said: bytes | Reply, status: int, headers: Headers) -> Reply:
        if isinstance(said, Reply):
            return said
        if self._translation is not None:
            try:
                said = self._translation.answer(status, said)
            except Invalid as error:
                return self._refuse(502, error.code, error.message)
        if self._memory is not None:
            self._memory.keep(step, status, headers, said)
        return Reply(status, headers + marks_of(step), said)

    def _pass_error(self, step: Step, status: int, headers: Headers, body: bytes) -> Reply | Again:
        """A provider's own error goes on as it came; a page of somebody in between does not."""
        step.answer = body
        if self._chosen is not None:
            self._tell(kind_of(status, filtered=is_filtered(body)))
            if (again := self._elsewhere()) is not None:
                return again
        self._close("failed", error=f"HTTP {status}", breaks=status >= 500)
        if read_whole(body) is not None and self._translation is not None:
            body = self._translation.answer(status, body)
        elif read_whole(body) is None:
            status = status if status >= 400 else 502
            return self._refuse(status, "holdfast_upstream", NOTHING_READABLE.format(status))
        return Reply(status, headers + marks_of(step), body)

    # Ends

    def failed(self, kind: Failure, detail: str) -> bytes | Reply | None:
        """A try came to nothing: another one, an error, or the end of a stream that had begun."""
        stale = kind == "reset" and detail.startswith("stale")
        self._tell(kind_of(failed="stale" if stale else kind))
        answer, step = self._answer, self._step
        if answer is not None:
            last = answer.break_off(STATUS.get(kind, 502), f"holdfast_{kind}", FAILED[kind])
            self._settle("failed", error=kind, breaks=True)
            return last
        if step is not None:
            step.error = kind
        self._ready = self._plan.next(time.time_ns())
        if self._ready is not None:
            return None
        self._close("failed", error=kind, breaks=True)
        return self._end(self._refuse(STATUS.get(kind, 502), f"holdfast_{kind}", FAILED[kind]))

    def gone(self) -> None:
        """The client left, or has its answer from another try: what was produced is paid for."""
        self._leave_plan()
        step = self._step
        if self.outrun and self._sent_ns and step is not None and step.status == "running":
            # A provider that was asked may bill what it read; nobody here learns what it wrote.
            estimate(step, 0)
        self._settle("cancelled", error="Outrun" if self.outrun else "ClientGone")

    def stop(self, reason: str) -> bytes | Reply:
        """End it now, because somebody said so."""
        self._leave_plan()
        answer = self._answer
        if answer is None:
            self._settle("halted", error="Stopped")
            return self._refuse(403, "holdfast_halt", reason)
        last = answer.break_off(403, "holdfast_halt", reason)
        self._settle("halted", error="Stopped")
        return last

    # Inside

    @property
    def _going(self) -> Step:
        assert self._step is not None, "an answer is of something that was sent"
        return self._step

    def _settle(self, status: str, *, error: str = "", breaks: bool = False) -> None:
        """Take down what a stream came to, and close the step with it."""
        answer, step = self._answer, self._step
        if answer is not None and step is not None and step.status == "running":
            answer.note()
            step.upstream_ns += time.monotonic_ns() - self._sent_ns
        self._close(status, error=error, breaks=breaks)
        self._ended(self, step)

    def _close(self, status: str, *, error: str = "", breaks: bool = False) -> None:
        step = self._step
        if step is None or step.status != "running":
            return
        if step.decided_at < 0:
            self._house.release_unjudged(step)
            return
        if self._back_ns:
            step.own_ns += time.monotonic_ns() - self._back_ns
        close(self._house, step, status, error=error, breaks=breaks)

    def _tell(self, kind: Kind, *, retry_after: str = "") -> None:
        """Let the router know, once for each try."""
        chosen, self._chosen = self._chosen, None
        if chosen is None:
            return
        answer, now = self._answer, time.monotonic_ns()
        first = answer.first_ns if answer is not None else now
        self._house.router.told(
            chosen,
            kind,
            now_ns=time.time_ns(),
            retry_after=retry_after,
            ttft_ms=(first - self._sent_ns) / NS_PER_MS if first and self._sent_ns else None,
            total_ms=(now - self._sent_ns) / NS_PER_MS if self._sent_ns else None,
        )

    def _leave_plan(self) -> None:
        """Nothing is tried any more, not even what was chosen already."""
        self._tell(Kind.GONE)
        if isinstance(self._ready, Chosen):
            self._chosen, self._ready = self._ready, None
            self._tell(Kind.GONE)

    def _refuse(self, status: int, code: str, message: str) -> Reply:
        step = self._step
        marks = marks_of(step) if step is not None and step.decided_at >= 0 else None
        return refuse(self._question.api, status, code, message, headers=marks)

    def _end(self, reply: Reply) -> Reply:
        self._ended(self, self._step)
        return reply


def _plain(coding: bytes, body: bytes) -> bytes:
    """A body without its content coding, though none was asked for."""
    name = coding.decode("latin-1").strip().lower()
    return Inflater(name)(body) if name not in {"", "identity"} else body


def _without_coding(headers: Headers) -> Headers:
    return [pair for pair in headers if pair[0].lower() != b"content-encoding"]


def _find(headers: Headers, name: bytes) -> str:
    return _find_bytes(headers, name).decode("latin-1")


def _find_bytes(headers: Headers, name: bytes) -> bytes:
    for key, value in headers:
        if key.lower() == name:
            return value
    return b""
