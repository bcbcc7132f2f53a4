"""One admitted call: tried, judged, sent, watched, settled and written down.

```text
next ──► judged ──► refused ─────────────────────────────► Reply 403
            └─────► sent ──► head ──► whole ──► settled ─► Reply
                      ▲        ├────► feed … end ► settled
                      └────────┴─ failed: another target, as a step of its own
```

What goes out stands in `outgoing`, what all of it shares in `attempt`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import Final, NamedTuple

from holdfast.errors import Invalid
from holdfast_server.action.llm.exchange.answering import estimate, note_whole, read_whole
from holdfast_server.action.llm.exchange.checking import Checks
from holdfast_server.action.llm.exchange.coding import find_header, inflated
from holdfast_server.action.llm.exchange.doubting import doubts, is_filtered
from holdfast_server.action.llm.exchange.outgoing import Outgoing
from holdfast_server.action.llm.exchange.settling import marks_of
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.exchange.streaming import Answer
from holdfast_server.action.llm.routing import Kind, kind_of
from holdfast_server.action.llm.seam import (
    HOLD,
    NO_CREDIT,
    Again,
    Credit,
    Failure,
    Forward,
    Headers,
    Hold,
    Reply,
)

NOTHING_READABLE: Final = "The provider answered {}, and nothing readable."
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
DRAIN: Final = "drain"
STOPS: Final = {
    "killed": (403, "holdfast_halt", "A person stopped this call."),
    DRAIN: (503, "holdfast_draining", "The gateway stops; ask again."),
}
"""What a client is told of why the wire or the worker ends its call."""


class Progress(NamedTuple):
    """How far a stream is."""

    first_ns: int
    """When its first piece came, since the epoch; 0 before."""
    tokens_out: int


NOT_YET: Final = Progress(0, 0)


class Call(Outgoing):
    """What the exchange gives the wire for one request."""

    __slots__ = ()

    def hedge(self) -> Call | None:
        """The same request for another target, when the route and its budget of retries allow that."""
        if not self._sent_ns or self._step is None or self._step.status != "running":
            return None
        chosen = self._plan.hedge(time.time_ns())
        if chosen is None:
            return None
        second = type(self)(
            self._house, self._request, self._question,
            caller=self._caller, said=self._said, place=self._place, plan=self._plan,
            begun=self._begun, ended=self._ended,
        )  # fmt: skip
        second.join(chosen, self._memory)
        return second

    # Answers

    def head(self, status: int, headers: Headers) -> Forward | Hold | Again:
        """The provider answers: pass it on, hold it back, or ask another one."""
        step = self._going
        if not 200 <= status < 300:
            kind = kind_of(status)
            step.error = f"HTTP {status}"
            if kind is Kind.INVALID:
                return HOLD  # only its body says whether another provider would take it
            self._tell(kind, retry_after=find_header(headers, b"retry-after").decode("latin-1"))
            return Again(0.0) if self._elsewhere() else HOLD
        if not (self.streamed and b"event-stream" in find_header(headers, b"content-type")):
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

    @property
    def credit(self) -> Credit:
        """What may pass before it is looked at."""
        answer = self._answer
        return answer.credit if answer is not None and self._memory is None else NO_CREDIT

    @property
    def progress(self) -> Progress:
        """How far a stream is that goes on."""
        answer = self._answer
        if answer is None or not answer.first_ns:
            return NOT_YET
        return Progress(time.time_ns() - (time.monotonic_ns() - answer.first_ns), answer.tokens_out)

    def passed(self, pieces: list[bytes], last_ns: int, gap_ns: int) -> None:
        """Look at what passed."""
        answer = self._answer
        assert answer is not None, "only what is forwarded passes"
        answer.passed(pieces, last_ns, gap_ns)

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
        reply = passing(step, status, *inflated(headers, body))
        return self._end(reply) if isinstance(reply, Reply) else reply

    def _pass_answer(
        self, step: Step, status: int, headers: Headers, body: bytes
    ) -> Reply | Again | Awaitable[Reply]:
        step.answer = body
        found = read_whole(body)
        if found is None and self._question.api != "files":
            self._tell(Kind.BROKEN)
            if body:
                estimate(step, len(body))
            other = self._elsewhere()
            self._close("failed", error="Malformed", breaks=True)
            if other:
                return Again(0.0)
            return self._refuse(502, "holdfast_malformed", FAILED["malformed"])
        if found is not None:
            note_whole(step, found, body)
        more = self._plan.has_more
        filtered = more and is_filtered(body)
        self._tell(Kind.CONTENT_FILTER if filtered else Kind.GOOD)
        if more and (filtered or doubts(self._plan, step, body)) and self._elsewhere():
            self._close("failed" if filtered else "done", error="ContentFilter" if filtered else "")
            return Again(0.0)
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
        if self._lane is not None:
            body = self._lane.outlet.without_secret(body)
        step.answer = body
        if self._chosen is not None:
            self._tell(kind_of(status, filtered=is_filtered(body)))
            if self._elsewhere():
                return Again(0.0)
        self._close("failed", error=f"HTTP {status}", breaks=status >= 500)
        if read_whole(body) is not None and self._translation is not None:
            body = self._translation.answer(status, body)
        elif read_whole(body) is None:
            status = status if status >= 400 else 502
            return self._refuse(status, "holdfast_upstream", NOTHING_READABLE.format(status))
        return Reply(status, headers + marks_of(step), body)

    # Ends

    @property
    def _begun_answer(self) -> Answer | None:
        """The stream of which the client has the beginning."""
        answer = self._answer
        return answer if answer is not None and answer.first_ns else None

    def failed(self, kind: Failure, detail: str) -> bytes | Reply | None:
        """A try came to nothing: another one, an error, or the end of a stream that had begun."""
        stale = kind == "reset" and detail.startswith("stale")
        self._tell(kind_of(failed="stale" if stale else kind))
        answer, step = self._begun_answer, self._step
        if answer is not None:
            last = answer.break_off(STATUS.get(kind, 502), f"holdfast_{kind}", FAILED[kind])
            self._settle("failed", error=kind, breaks=True)
            return last
        self._answer = None
        if step is not None:
            step.error = kind
        if self._elsewhere():
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
        said = STOPS.get(reason, (403, "holdfast_halt", reason))
        ended, error = ("failed", "Drained") if reason == DRAIN else ("halted", "Stopped")
        answer = self._begun_answer
        if answer is None:
            self._settle(ended, error=error)
            return self._refuse(*said)
        last = answer.break_off(*said)
        self._settle(ended, error=error)
        return last
