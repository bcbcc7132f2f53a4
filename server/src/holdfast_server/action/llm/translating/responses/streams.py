"""A streamed answer of Responses, read and written event by event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from holdfast.record.models import RESPONSES, error_event
from holdfast.record.models.parts import Json, mapping, string
from holdfast.record.usage import read_usage
from holdfast_server.action.llm.translating.form import (
    Answer,
    Argued,
    Began,
    Call,
    Called,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Said,
    Stop,
    Text,
    Thinking,
    Thought,
)
from holdfast_server.action.llm.translating.framing import failure, named_event
from holdfast_server.action.llm.translating.responses.answers import (
    call_item,
    item_of,
    message_item,
    response_of,
    seal_of,
    stop_of,
    text_part,
)
from holdfast_server.action.llm.translating.streaming import Writer


class ResponsesReader:
    """Events of a response into the one form. Its items come one after the other."""

    def __init__(self) -> None:
        self._ended: Ended | None = None
        self._thought = False
        self._calls = False

    def read(self, event: Json) -> Iterator[Event]:
        """What an event says."""
        match event.get("type"):
            case "response.created":
                response = mapping(event.get("response"))
                at = response.get("created_at")
                created = int(at) if isinstance(at, int | float) else 0
                yield Began(string(response.get("id")), string(response.get("model")), created)
            case "response.output_item.added":
                yield from self._add(mapping(event.get("item")))
            case "response.content_part.done":
                yield Closed()
            case "response.output_item.done":
                yield from self._close(mapping(event.get("item")))
            case "response.completed" | "response.incomplete":
                yield from self._finish(mapping(event.get("response")))
            case "response.failed":
                yield failure(mapping(event.get("response")))
            case "error":
                yield failure(event)
            case _:
                yield from self._piece(event)

    def _piece(self, event: Json) -> Iterator[Event]:
        match event.get("type"):
            case "response.output_text.delta" | "response.refusal.delta":
                yield Said(string(event.get("delta")))
            case "response.reasoning_summary_part.added":
                if self._thought:
                    yield Thinking("\n\n")
                self._thought = True
            case "response.reasoning_summary_text.delta":
                yield Thinking(string(event.get("delta")))
            case "response.function_call_arguments.delta":
                yield Argued(string(event.get("delta")))
            case _:
                return

    def _add(self, item: Json) -> Iterator[Event]:
        self._thought = False
        if item.get("type") == "function_call":
            self._calls = True
            yield Called(string(item.get("call_id")), string(item.get("name")))

    def _close(self, item: Json) -> Iterator[Event]:
        match item.get("type"):
            case "function_call":
                yield Closed()
            case "reasoning":
                seal, maker = seal_of(item)
                if seal:
                    yield Thinking("", seal, maker, hidden=not self._thought and maker != "messages")
                if seal or self._thought:
                    yield Closed()
            case _:
                return

    def _finish(self, response: Json) -> Iterator[Event]:
        self._ended = Ended(stop_of(response, calls=self._calls))
        yield Counted(read_usage(mapping(response.get("usage"))))

    def end(self, *, marked: bool) -> Iterator[Event]:  # noqa: ARG002 - the last event tells
        """What the end of the stream says."""
        if self._ended is not None:
            yield self._ended


class ResponsesWriter(Writer):
    """The one form into events of a response: items one after the other, the last event repeats them all."""

    def __init__(self) -> None:
        super().__init__()
        self._began = Began("", "")
        self._items: list[Json] = []
        self._number = -1
        self._open: Text | Thought | Call | None = None

    def begin(self, event: Began) -> bytes:
        self._began = event
        response = response_of(self._answer("end"), [], "in_progress")
        return self._event("response.created", response=response) + self._event(
            "response.in_progress", response=response
        )

    def say(self, event: Said) -> bytes:
        before, said = b"", self._open
        if not isinstance(said, Text):
            before, said = self.close(), Text("")
            before += self._item("response.output_item.added", message_item(self._began.id, self._place))
            before += self._piece("response.content_part.added", said, content_index=0, part=text_part(""))
        self._open = Text(said.text + event.text)
        more: Json = {"content_index": 0, "delta": event.text, "logprobs": []}
        return before + self._piece("response.output_text.delta", said, **more)

    def think(self, event: Thinking) -> bytes:
        before, was = b"", self._open
        if not isinstance(was, Thought):
            before, was = self.close(), Thought("")
            item: Json = {"id": self._id_of(was), "type": "reasoning", "summary": []}
            before += self._item("response.output_item.added", item)
        self._open = Thought(
            was.text + event.text, was.seal + event.seal, event.maker or was.maker, event.hidden or was.hidden
        )
        if not event.text:
            return before
        if not was.text:
            part = {"type": "summary_text", "text": ""}
            before += self._piece("response.reasoning_summary_part.added", was, summary_index=0, part=part)
        delta: Json = {"summary_index": 0, "delta": event.text}
        return before + self._piece("response.reasoning_summary_text.delta", was, **delta)

    def call(self, event: Called) -> bytes:
        before = self.close()
        self._open = Call(event.id, event.name, "", event.seal)
        item = {**call_item(event.id, event.name, self._began.id, self._place), "status": "in_progress"}
        return before + self._item("response.output_item.added", item)

    def argue(self, event: Argued) -> bytes:
        was = self._open
        if not isinstance(was, Call):
            return b""
        self._open = Call(was.id, was.name, was.arguments + event.text, was.seal)
        return self._piece("response.function_call_arguments.delta", was, delta=event.text)

    def close(self) -> bytes:
        part, self._open = self._open, None
        match part:
            case None:
                return b""
            case Text():
                made = self._text_done(part)
            case Thought():
                made = self._thought_done(part) if part.text else b""
            case Call():
                kind = "response.function_call_arguments.done"
                made = self._piece(kind, part, arguments=part.arguments)
        item = item_of(part, self._began.id, self._place)
        made += self._item("response.output_item.done", item)
        self._items.append(item)
        return made

    def end(self, event: Ended) -> bytes:
        before = self.close()
        # The Agents SDK takes `response.incomplete` for an error; the status tells all the same.
        response = response_of(self._answer(event.stop), self._items)
        return before + self._event("response.completed", response=response)

    def fail(self, event: Failed) -> bytes:
        return error_event(RESPONSES, event.message, event.code, event.status, number=self._number + 1)

    def _answer(self, stop: Stop) -> Answer:
        began = self._began
        return Answer(
            id=began.id, model=began.model, parts=(), stop=stop, usage=self.usage, created=began.created
        )

    def _text_done(self, part: Text) -> bytes:
        text: Json = {"content_index": 0, "text": part.text, "logprobs": []}
        return self._piece("response.output_text.done", part, **text) + self._piece(
            "response.content_part.done", part, content_index=0, part=text_part(part.text)
        )

    def _thought_done(self, part: Thought) -> bytes:
        whole = {"type": "summary_text", "text": part.text}
        return self._piece(
            "response.reasoning_summary_text.done", part, summary_index=0, text=part.text
        ) + self._piece("response.reasoning_summary_part.done", part, summary_index=0, part=whole)

    @property
    def _place(self) -> int:
        return len(self._items)

    def _id_of(self, part: Text | Thought | Call) -> str:
        kind = "msg" if isinstance(part, Text) else "rs" if isinstance(part, Thought) else "fc"
        return f"{kind}_{self._began.id}_{self._place}"

    def _item(self, kind: str, item: Json) -> bytes:
        return self._event(kind, output_index=self._place, item=item)

    def _piece(self, kind: str, of: Text | Thought | Call, **fields: Any) -> bytes:
        return self._event(kind, item_id=self._id_of(of), output_index=self._place, **fields)

    def _event(self, kind: str, **fields: Any) -> bytes:
        self._number += 1
        return named_event({"type": kind, "sequence_number": self._number, **fields})
