"""One streamed answer: what is done about its pieces, and what it came to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Any, Final

import msgspec

from holdfast.record import Usage, read_usage
from holdfast.record.models import Answered
from holdfast.record.models.parts import Json
from holdfast.record.models.rewriting import Rewriter
from holdfast.record.models.streams import Inflater
from holdfast_server.action.llm.config import Api
from holdfast_server.action.llm.exchange.answering import estimate
from holdfast_server.action.llm.exchange.asking import Question
from holdfast_server.action.llm.exchange.checking import Checks, first_refused, holds_of
from holdfast_server.action.llm.exchange.contents import rewriter
from holdfast_server.action.llm.exchange.house import House
from holdfast_server.action.llm.exchange.refusing import DIALECTS, error_event
from holdfast_server.action.llm.exchange.sending import REPORTS_WHEN_ASKED
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.exchange.tool_calls import Judged
from holdfast_server.action.llm.exchange.watching import Watch
from holdfast_server.action.llm.seam import NO_CREDIT, Credit, Headers
from holdfast_server.action.llm.translating import Translation

TAIL: Final = 1024
_UNMARKED: Final = (b"", b"")
_DONE: Final = (b"[DONE]", b"data: [DONE]\n\n")
CLOSINGS: Final[dict[Api, tuple[bytes, bytes]]] = {
    "chat": _DONE,
    "completions": _DONE,
    "messages": (b"message_stop", b'event: message_stop\ndata: {"type":"message_stop"}\n\n'),
}
"""The last event of a stream: by what it is known, and the event itself for those who leave it out."""
UNFINISHED: Final = "The provider ended its answer before it was complete."


class Answer:
    """A stream that is passed on."""

    __slots__ = (
        "_api",
        "_asking",
        "_checks",
        "_house",
        "_inflate",
        "_outcome",
        "_pen",
        "_speaks",
        "_step",
        "_watch",
        "_words",
        "headers",
        "over",
        "status",
    )

    def __init__(
        self,
        house: House,
        step: Step,
        question: Question,
        headers: Headers,
        translation: Translation | None = None,
    ) -> None:
        """Begin to pass it on.

        Args:
            house: whose call it is.
            step: the call.
            question: what was asked.
            headers: the provider's; `headers` are those that go on.
            translation: when the provider speaks another API than the client.
        """
        self._house, self._step = house, step
        self._api: Api = step.shown
        self._speaks: Api = question.api
        self._words = translation.stream() if translation is not None else None
        self._outcome: Answered | None = None
        self._asking: asyncio.Task[None] | None = None
        coding = next((value for name, value in headers if name.lower() == b"content-encoding"), b"identity")
        self._checks = Checks.of(house, step, question)
        about = self._checks.about if self._checks is not None else None
        self._pen = rewriter(self._api, about, streamed=True) if about is not None else None
        self._inflate = Inflater(coding.decode("latin-1").strip().lower()) if coding != b"identity" else None
        self.headers = [
            pair for pair in headers if self._inflate is None or pair[0].lower() != b"content-encoding"
        ]
        hides = translation is None and self._api in REPORTS_WHEN_ASKED and not question.reports
        self._watch = Watch(
            DIALECTS[self._api],
            _request_of(question),
            hides_usage=hides,
            holds=holds_of(self._checks, self._api),
            tokens_in=step.action.estimate.tokens_in,
            held=step.action.estimate.tokens_out,
            prolong=self._prolong if step.counted else None,
            limited=question.limit is not None or step.clamp is not None,
        )
        self.over = False
        """Whether nothing follows: it was ended here."""
        self.status = "done"
        """How it ended."""

    @property
    def first_ns(self) -> int:
        """When the first piece came, on the monotonic clock; 0 for never."""
        return self._watch.first_ns

    @property
    def tokens_out(self) -> int:
        """How many tokens came so far: by our own count, or at least one for each piece."""
        return self._watch.tokens_out or self._watch.pieces

    @property
    def answered(self) -> Answered:
        """What it said, as far as it came."""
        return self._watch.answered()

    def feed(self, data: bytes) -> bytes:
        """What goes to the client of this piece."""
        watch = self._watch
        passing = watch.feed(data if self._inflate is None else self._inflate(data))
        if watch.cut:
            self.over = True
        if self._pen is not None:
            passing = self._read(passing)
        return passing if self._words is None else self._translated(passing)

    @property
    def credit(self) -> Credit:
        """What of it may pass before `passed` tells of it."""
        changes = self._inflate is not None or self._pen is not None or self._words is not None
        return NO_CREDIT if changes else self._watch.credit

    def passed(self, pieces: list[bytes], last_ns: int, gap_ns: int) -> None:
        """Take down what passed on credit, and when."""
        self._watch.passed(pieces, last_ns, gap_ns)

    def _translated(self, passing: bytes) -> bytes:
        words = self._words
        assert words is not None, "only where another API is spoken"
        told = words.feed(passing) if passing else b""
        return told + words.finish() if self.over else told

    def end(self) -> tuple[bytes, bool] | Awaitable[tuple[bytes, bool]]:
        """The provider has said all: what the client still gets, and whether the answer is whole."""
        last = self._watch.rest()
        if self._watch.cut:
            self.over = True
            return self._last(last), True
        if not self._watch.holds_back or self._checks is None:
            return self._close(last)
        judged = self._checks.judge(self._watch.answered())
        waiting = [one for one in judged if not one.passes]
        if first_refused(judged) is None and waiting:
            return self._close_after(last, self._checks, waiting)
        return self._close(last + self._watch.release()) if not waiting else self._close_refused(last)

    async def _close_after(self, last: bytes, checks: Checks, waiting: list[Judged]) -> tuple[bytes, bool]:
        """Wait for people before the tool calls of an answer go out."""
        if await checks.approved(waiting):
            return self._close(last + self._watch.release())
        return self._close_refused(last)

    def _close_refused(self, last: bytes) -> tuple[bytes, bool]:
        """The client never sees a call that was refused: the answer ends before it."""
        self._outcome = self._watch.answered()
        return self._last(last + self._watch.end_early("refused")), True

    def _read(self, passing: bytes) -> bytes:
        """What may pass as the rules about content want it; what was withheld ends the answer."""
        pen = self._pen
        assert pen is not None, "only where rules are about answers"
        read = pen.feed(passing) if passing else b""
        if self.over:
            read += self._finish(pen)
        return read

    def _finish(self, pen: Rewriter) -> bytes:
        last = pen.finish()
        if self._checks is not None and self._checks.about is not None:
            self._checks.label(self._checks.about)
        return last

    def _last(self, last: bytes) -> bytes:
        pen, words = self._pen, self._words
        read = last if pen is None else pen.feed(last) + self._finish(pen)
        return read if words is None else words.feed(read) + words.finish()

    def _close(self, last: bytes) -> tuple[bytes, bool]:
        last = self._last(last)
        found = self._outcome = self._watch.outcome()
        if found.failed:
            return last, False  # the provider said so itself
        marked = self._is_marked()
        if not found.finish and not marked:
            self.status = "failed"
            return last + self.break_off(502, "holdfast_unfinished", UNFINISHED), False
        _, closing = CLOSINGS.get(self._api, _UNMARKED)
        return last if marked or self._words is not None else last + closing, True

    def _is_marked(self) -> bool:
        """Whether the last event came; some providers never say why they stopped, and still send it."""
        mark, _ = CLOSINGS.get(self._api, _UNMARKED)
        return bool(mark) and mark in self._watch.body[-TAIL:]

    def break_off(self, status: int, code: str, message: str) -> bytes:
        """The last words of an answer that cannot go on."""
        self.over = True
        if self._words is not None:
            return self._words.fail(message, code, status)
        return error_event(self._speaks, status, code, message, number=self._watch.number + 1)

    def note(self) -> None:
        """Take down what it came to: what it used as the provider says, or by our own count."""
        watch, step = self._watch, self._step
        if self._asking is not None:
            self._asking.cancel()
        found = self._outcome or watch.answered()
        step.answer = watch.body
        step.answer_id, step.answer_model, step.finish = found.id, found.model, found.finish
        step.gaps, step.gap_max_ns = max(0, watch.pieces - 1), watch.gap_max_ns
        if watch.first_ns:
            step.first_ns = time.time_ns() - (time.monotonic_ns() - watch.first_ns)
        used = read_usage(found.usage) if found.usage else Usage()
        if found.usage and (found.finish or self._is_marked()):
            step.usage = used
            return
        # Ended early: what the provider said at the beginning is true of the question alone.
        if watch.pieces:
            estimate(step, max(found.length, watch.said))
            asked = used.input_tokens or step.usage.input_tokens
            made = max(used.output_tokens, step.usage.output_tokens)
            # Whoever was told a limit and did not keep to it is not believed to count beyond it either.
            made = min(made, watch.held) if watch.cut else made
            step.usage = msgspec.structs.replace(used, input_tokens=asked, output_tokens=made)

    def _prolong(self, tokens: int) -> bool | None:
        house, step = self._house, self._step
        more = house.spending.prolong(step.action, step.remember(), step.bundle, step.accounts, tokens)
        if more is None:
            if self._asking is None or self._asking.done():
                asked = house.spending.ask_more(step.action, step.accounts, tokens)
                self._asking = asyncio.get_running_loop().create_task(asked)
            return None
        return more


def _request_of(question: Question) -> Json:
    """What an ending needs to know of the request."""
    asked: dict[str, Any] = {"stream_options": {"include_usage": True}} if question.reports else {}
    return asked
