"""A streamed answer of Chat Completions, read and written event by event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from holdfast.record.models import CHAT, error_event
from holdfast.record.models.parts import Json, listing, mapping, string
from holdfast.record.usage import read_usage
from holdfast_server.action.llm.translating.chat.answers import (
    FINISHES,
    call_of,
    created_of,
    stop_of,
    text_of,
)
from holdfast_server.action.llm.translating.chat.thoughts import detail_of, extra_of, read_thoughts
from holdfast_server.action.llm.translating.fields import Fields
from holdfast_server.action.llm.translating.form import (
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
    Thinking,
    Thought,
)
from holdfast_server.action.llm.translating.framing import data_event, failure
from holdfast_server.action.llm.translating.streaming import Writer
from holdfast_server.action.llm.translating.usages import chat_usage

DONE: Final = b"data: [DONE]\n\n"


class ChatReader:
    """Events of a chat into the one form. Calls are told when they are whole: their pieces may interleave."""

    def __init__(self) -> None:
        self._began = False
        self._calls: dict[Any, Call] = {}
        self._finish = ""

    def read(self, event: Json) -> Iterator[Event]:
        """What an event says."""
        if "error" in event:
            yield failure(event)
            return
        if not self._began:
            self._began = True
            yield Began(string(event.get("id")), string(event.get("model")), created_of(event))
        if usage := mapping(event.get("usage")):
            yield Counted(read_usage(usage))
        for choice in map(mapping, listing(event.get("choices"))):
            if choice.get("index", 0) != 0:
                continue  # of several answers only the first is told
            yield from self._delta(mapping(choice.get("delta")))
            self._finish = string(choice.get("finish_reason")) or self._finish

    def _delta(self, delta: Json) -> Iterator[Event]:
        if thought := string(delta.get("reasoning_content")) or string(delta.get("reasoning")):
            yield Thinking(thought)
        for sealed in read_thoughts(Fields({"reasoning_details": listing(delta.get("reasoning_details"))})):
            yield Thinking("", sealed.seal, sealed.maker, sealed.hidden)
            yield Closed()
        if text := text_of(delta.get("content")) + string(delta.get("refusal")):
            yield Said(text)
        for place, raw in enumerate(listing(delta.get("tool_calls"))):
            piece = mapping(raw)
            self._add(piece.get("index", place), call_of(piece))

    def _add(self, place: Any, piece: Call) -> None:
        before = self._calls.get(place, Call("", "", ""))
        self._calls[place] = Call(
            before.id or piece.id,
            before.name or piece.name,
            before.arguments + piece.arguments,
            before.seal or piece.seal,
        )

    def end(self, *, marked: bool) -> Iterator[Event]:
        """What the end of the stream says."""
        # Some providers never give a reason, and mark the end all the same.
        if not self._finish and not marked:
            return
        for call in self._calls.values():
            yield Called(call.id, call.name, call.seal)
            yield Argued(call.arguments)
            yield Closed()
        yield Ended(stop_of(self._finish or ("tool_calls" if self._calls else "stop")))


class ChatWriter(Writer):
    """The one form into events of a chat."""

    def __init__(self, *, counted: bool) -> None:
        super().__init__()
        self._counted = counted
        self._envelope: Json = {}
        self._calls = -1
        self._thought: Thought | None = None

    def begin(self, event: Began) -> bytes:
        self._envelope = {
            "id": event.id,
            "object": "chat.completion.chunk",
            "created": event.created,
            "model": event.model,
        }
        return self._chunk({"role": "assistant", "content": ""})

    def say(self, event: Said) -> bytes:
        return self._chunk({"content": event.text})

    def think(self, event: Thinking) -> bytes:
        before = self._thought or Thought("")
        self._thought = Thought(
            before.text + event.text,
            before.seal + event.seal,
            event.maker or before.maker,
            event.hidden or before.hidden,
        )
        return self._chunk({"reasoning_content": event.text}) if event.text else b""

    def call(self, event: Called) -> bytes:
        before = self.close()
        self._calls += 1
        made = {"name": event.name, "arguments": ""}
        call: Json = {"id": event.id, "type": "function", "function": made, **extra_of(event.seal)}
        return before + self._chunk({"tool_calls": [{"index": self._calls, **call}]})

    def argue(self, event: Argued) -> bytes:
        return self._chunk({"tool_calls": [{"index": self._calls, "function": {"arguments": event.text}}]})

    def close(self) -> bytes:
        thought, self._thought = self._thought, None
        sealed = thought is not None and thought.seal
        return self._chunk({"reasoning_details": [detail_of(thought)]}) if thought and sealed else b""

    def end(self, event: Ended) -> bytes:
        last = self.close() + self._chunk({}, FINISHES[event.stop])
        if self._counted:
            last += data_event({**self._envelope, "choices": [], "usage": chat_usage(self.usage)})
        return last + DONE

    def fail(self, event: Failed) -> bytes:
        return error_event(CHAT, event.message, event.code, event.status)

    def _chunk(self, delta: Json, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return data_event({**self._envelope, "choices": [choice]})
