"""How a streamed answer ends when it is cut: with the events that its provider would have sent at a limit.

Clients then take what came as an answer that ran out of room. Docs of the three APIs; that the clients and
frameworks on top of them take it so is tested with each.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, Protocol

from holdfast.record.models.dialect import Dialect
from holdfast.record.models.openai import Chat, Responses
from holdfast.record.models.parts import Json, listing, mapping, string

SPOKEN: Final = ("content", "refusal", "reasoning_content", "reasoning")
"""Where a chunk of Chat Completions says something, beside its tool calls."""
DELTAS: Final = ("text", "thinking", "partial_json")


class Ending(Protocol):
    """What one dialect needs to know of the events that passed."""

    def see(self, event: Json) -> int:
        """Take note of an event; how many characters of an answer it brings."""
        ...

    def events(self, tokens_in: int, tokens_out: int) -> Iterator[bytes]:
        """The events that end the answer now, with these counts."""
        ...


def ending_of(dialect: Dialect, request: Json) -> Ending:
    """The ending of an answer to this request."""
    match dialect:
        case Chat():
            return _ChatEnding(counted=mapping(request.get("stream_options")).get("include_usage") is True)
        case Responses():
            return _ResponsesEnding()
        case _:
            return _MessagesEnding()


class _ChatEnding:
    def __init__(self, *, counted: bool) -> None:
        self._counted = counted
        self._envelope: Json = {}
        self._open: set[Any] = set()

    def see(self, event: Json) -> int:
        self._envelope = {name: one for name, one in event.items() if name not in {"choices", "usage"}}
        said = 0
        for choice in map(mapping, listing(event.get("choices"))):
            (self._open.discard if choice.get("finish_reason") else self._open.add)(choice.get("index"))
            delta = mapping(choice.get("delta"))
            said += sum(len(string(delta.get(name))) for name in SPOKEN)
            for call in map(mapping, listing(delta.get("tool_calls"))):
                said += len(string(mapping(call.get("function")).get("arguments")))
        return said

    def events(self, tokens_in: int, tokens_out: int) -> Iterator[bytes]:
        end: Json = {"delta": {}, "finish_reason": "length"}
        yield _sse({**self._envelope, "choices": [{"index": place, **end} for place in self._open]})
        if self._counted:
            usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out}
            usage["total_tokens"] = tokens_in + tokens_out
            yield _sse({**self._envelope, "choices": [], "usage": usage})
        yield b"data: [DONE]\n\n"


class _MessagesEnding:
    def __init__(self) -> None:
        self._open: Any = None

    def see(self, event: Json) -> int:
        match event.get("type"):
            case "content_block_start":
                self._open = event.get("index")
            case "content_block_stop":
                self._open = None
            case "content_block_delta":
                delta = mapping(event.get("delta"))
                return sum(len(string(delta.get(name))) for name in DELTAS)
            case _:
                pass
        return 0

    def events(self, tokens_in: int, tokens_out: int) -> Iterator[bytes]:  # noqa: ARG002  # they came first
        if self._open is not None:
            yield _named({"type": "content_block_stop", "index": self._open})
        delta = {"stop_reason": "max_tokens", "stop_sequence": None}
        yield _named({"type": "message_delta", "delta": delta, "usage": {"output_tokens": tokens_out}})
        yield _named({"type": "message_stop"})


class _ResponsesEnding:
    """The last event repeats the answer: whole items, the text of an open message, and no half call."""

    def __init__(self) -> None:
        self._response: Json = {}
        self._items: dict[Any, Json] = {}
        self._texts: dict[Any, list[str]] = {}
        self._number = -1

    def see(self, event: Json) -> int:
        kind, place = string(event.get("type")), event.get("output_index")
        self._number = max(self._number, _whole(event.get("sequence_number")))
        self._response = mapping(event.get("response")) or self._response
        if kind == "response.output_item.done":
            self._items[place] = mapping(event.get("item"))
            self._texts.pop(place, None)
        elif kind == "response.output_item.added" and mapping(event.get("item")).get("type") == "message":
            self._items[place], self._texts[place] = mapping(event.get("item")), []
        delta = string(event.get("delta")) if kind.endswith(".delta") else ""
        if kind == "response.output_text.delta" and place in self._texts:
            self._texts[place].append(delta)
        return len(delta)

    def events(self, tokens_in: int, tokens_out: int) -> Iterator[bytes]:
        # `response.incomplete` is the documented name, but it ends a run of the Agents SDK with an error.
        yield _named(
            {
                "type": "response.completed",
                "sequence_number": self._number + 1,
                "response": {
                    **self._response,
                    "status": "incomplete",
                    "incomplete_details": {"reason": "max_output_tokens"},
                    "output": [self._item(place) for place in sorted(self._items)],
                    "usage": {
                        "input_tokens": tokens_in,
                        "input_tokens_details": {"cached_tokens": 0},
                        "output_tokens": tokens_out,
                        "output_tokens_details": {"reasoning_tokens": 0},
                        "total_tokens": tokens_in + tokens_out,
                    },
                },
            }
        )

    def _item(self, place: Any) -> Json:
        item = self._items[place]
        if place not in self._texts:
            return item
        said: Json = {"type": "output_text", "text": "".join(self._texts[place]), "annotations": []}
        return {**item, "status": "incomplete", "content": [said]}


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else -1


def _sse(event: Json) -> bytes:
    return b"data: " + json.dumps(event).encode() + b"\n\n"


def _named(event: Json) -> bytes:
    return f"event: {event['type']}\n".encode() + _sse(event)
