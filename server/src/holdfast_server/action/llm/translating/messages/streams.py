"""A streamed answer of Messages, read and written event by event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from holdfast.record.answers import merge_usage
from holdfast.record.models import MESSAGES, error_event
from holdfast.record.models.parts import Json, mapping, string
from holdfast.record.usage import read_usage
from holdfast_server.action.llm.translating.form import (
    Argued,
    Began,
    Called,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Said,
    Thinking,
)
from holdfast_server.action.llm.translating.framing import failure, named_event
from holdfast_server.action.llm.translating.messages.answers import REASONS, stop_of
from holdfast_server.action.llm.translating.seals import sealed
from holdfast_server.action.llm.translating.streaming import Writer
from holdfast_server.action.llm.translating.usages import messages_usage


class MessagesReader:
    """Events of a message into the one form."""

    def __init__(self) -> None:
        self._usage: Json = {}
        self._told = True
        self._ended: Ended | None = None
        self._over = False

    def read(self, event: Json) -> Iterator[Event]:
        """What an event says."""
        match event.get("type"):
            case "message_start":
                message = mapping(event.get("message"))
                self._usage = merge_usage({}, message)
                usage = read_usage(self._usage)
                yield Began(string(message.get("id")), string(message.get("model")), usage=usage)
            case "content_block_start":
                yield from self._start(mapping(event.get("content_block")))
            case "content_block_delta":
                if self._told:
                    yield from _delta(mapping(event.get("delta")))
            case "content_block_stop":
                if self._told:
                    yield Closed()
            case "message_delta":
                self._usage = merge_usage(self._usage, event)
                yield Counted(read_usage(self._usage))
                delta = mapping(event.get("delta"))
                reason = string(delta.get("stop_reason"))
                self._ended = Ended(stop_of(reason), string(delta.get("stop_sequence")))
            case "message_stop":
                self._over = True
            case "error":
                yield failure(event)
            case _:
                return

    def _start(self, block: Json) -> Iterator[Event]:
        kind = block.get("type")
        self._told = kind in {"text", "thinking", "redacted_thinking", "tool_use"}
        if kind == "tool_use":
            yield Called(string(block.get("id")), string(block.get("name")))
        elif kind == "redacted_thinking":
            yield Thinking("", string(block.get("data")), "messages", hidden=True)
        elif kind == "thinking" and (block.get("thinking") or block.get("signature")):
            yield Thinking(string(block.get("thinking")), string(block.get("signature")), "messages")
        elif kind == "text" and (text := string(block.get("text"))):
            yield Said(text)

    def end(self, *, marked: bool) -> Iterator[Event]:  # noqa: ARG002 - the last event tells
        """What the end of the stream says."""
        if self._ended is not None and self._over:
            yield self._ended


def _delta(delta: Json) -> Iterator[Event]:
    match delta.get("type"):
        case "text_delta":
            yield Said(string(delta.get("text")))
        case "thinking_delta":
            yield Thinking(string(delta.get("thinking")), "", "messages")
        case "signature_delta":
            yield Thinking("", string(delta.get("signature")), "messages")
        case "input_json_delta":
            yield Argued(string(delta.get("partial_json")))
        case _:
            return


_EMPTY: Final[Json] = {"type": "text", "text": ""}


class MessagesWriter(Writer):
    """The one form into events of a message: blocks one after the other, each with its beginning and end."""

    def __init__(self) -> None:
        super().__init__()
        self._place = -1
        self._open = ""

    def begin(self, event: Began) -> bytes:
        message: Json = {
            "id": event.id,
            "type": "message",
            "role": "assistant",
            "model": event.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": messages_usage(event.usage),
        }
        return named_event({"type": "message_start", "message": message})

    def say(self, event: Said) -> bytes:
        before = b"" if self._open == "text" else self._start("text", _EMPTY)
        return before + self._delta({"type": "text_delta", "text": event.text})

    def think(self, event: Thinking) -> bytes:
        seal = sealed(event.seal, event.maker, api="messages")
        if event.hidden:
            return self._start("hidden", {"type": "redacted_thinking", "data": seal})
        empty: Json = {"type": "thinking", "thinking": "", "signature": ""}
        made = b"" if self._open == "thought" else self._start("thought", empty)
        if event.text:
            made += self._delta({"type": "thinking_delta", "thinking": event.text})
        if seal:
            made += self._delta({"type": "signature_delta", "signature": seal})
        return made

    def call(self, event: Called) -> bytes:
        block: Json = {"type": "tool_use", "id": event.id, "name": event.name, "input": {}}
        return self._start("call", block)

    def argue(self, event: Argued) -> bytes:
        return self._delta({"type": "input_json_delta", "partial_json": event.text})

    def close(self) -> bytes:
        if not self._open:
            return b""
        self._open = ""
        return named_event({"type": "content_block_stop", "index": self._place})

    def end(self, event: Ended) -> bytes:
        delta = {"stop_reason": REASONS[event.stop], "stop_sequence": event.sequence or None}
        return (
            self.close()
            + named_event({"type": "message_delta", "delta": delta, "usage": messages_usage(self.usage)})
            + named_event({"type": "message_stop"})
        )

    def fail(self, event: Failed) -> bytes:
        return error_event(MESSAGES, event.message, event.code, event.status)

    def _start(self, kind: str, block: Json) -> bytes:
        before = self.close()
        self._place, self._open = self._place + 1, kind
        return before + named_event(
            {"type": "content_block_start", "index": self._place, "content_block": block}
        )

    def _delta(self, delta: Json) -> bytes:
        return named_event({"type": "content_block_delta", "index": self._place, "delta": delta})
