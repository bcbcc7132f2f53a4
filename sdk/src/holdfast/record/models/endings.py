"""How a streamed answer ends when it is cut: with the events that its provider would have sent at a limit.

Clients then take what came as an answer that ran out of room, or that was filtered. Docs of the APIs; that
the clients and frameworks on top of them take it so is tested with each. What cannot go on for any other
reason ends with `error_event`: never silently.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, Literal, Protocol

from holdfast.record.models.dialect import Dialect
from holdfast.record.models.google import Gemini, parts_of
from holdfast.record.models.openai import Chat, Completions, Responses
from holdfast.record.models.parts import Json, listing, mapping, read_json, string

_FINISH: Final = {"length": "length", "refused": "content_filter"}
_INCOMPLETE: Final = {"length": "max_output_tokens", "refused": "content_filter"}
_STOPPED: Final = {"length": "MAX_TOKENS", "refused": "PROHIBITED_CONTENT"}
SPOKEN: Final = ("content", "refusal", "reasoning_content", "reasoning")
"""Where a chunk of Chat Completions says something, beside its tool calls."""
DELTAS: Final = ("text", "thinking", "partial_json")


Why = Literal["length", "refused"]
"""Why an answer ends before its end: no room is left for it, or what follows may not be seen."""


class Ending(Protocol):
    """What one dialect needs to know of the events that passed."""

    def see(self, event: Json) -> int:
        """Take note of an event; how many characters of an answer it brings."""
        ...

    def skip(self, data: bytes) -> None:
        """Let the JSON of an event pass that a glimpse found unmarked."""
        ...

    def events(self, tokens_in: int, tokens_out: int, why: Why = "length") -> Iterator[bytes]:
        """The events that end the answer now, with these counts."""
        ...


def ending_of(dialect: Dialect, request: Json) -> Ending:
    """The ending of an answer to this request."""
    counted = mapping(request.get("stream_options")).get("include_usage") is True
    match dialect:
        case Chat():
            return _ChatEnding({"delta": {}}, counted=counted)
        case Completions():
            return _ChatEnding({"text": "", "logprobs": None}, counted=counted)
        case Gemini():
            return _GeminiEnding()
        case Responses():
            return _ResponsesEnding()
        case _:
            return _MessagesEnding()


def error_event(dialect: Dialect, message: str, code: str, status: int = 403, *, number: int = 0) -> bytes:
    """What a stream says when it fails: the clients of its API raise an error, and take it for no end.

    Args:
        dialect: the API that it speaks.
        message: what people read.
        code: what programs read.
        status: as of HTTP.
        number: of this event, where events are numbered.
    """
    body = dialect.refusal(message, code, status)
    if isinstance(dialect, Responses):
        body |= {"type": "error", "code": code, "message": message, "param": None, "sequence_number": number}
    return b"event: error\n" + _sse(body)


class _ChatEnding:
    def __init__(self, nothing: Json, *, counted: bool) -> None:
        self._nothing, self._counted = nothing, counted
        self._envelope: Json = {}
        self._open: set[Any] = set()

    def skip(self, data: bytes) -> None:
        pass

    def see(self, event: Json) -> int:
        self._envelope = {name: one for name, one in event.items() if name not in {"choices", "usage"}}
        said = 0
        for choice in map(mapping, listing(event.get("choices"))):
            (self._open.discard if choice.get("finish_reason") else self._open.add)(choice.get("index"))
            delta = mapping(choice.get("delta"))
            said += len(string(choice.get("text")))
            said += sum(len(string(delta.get(name))) for name in SPOKEN)
            for call in map(mapping, listing(delta.get("tool_calls"))):
                said += len(string(mapping(call.get("function")).get("arguments")))
        return said

    def events(self, tokens_in: int, tokens_out: int, why: Why = "length") -> Iterator[bytes]:
        end: Json = {**self._nothing, "finish_reason": _FINISH[why]}
        yield _sse({**self._envelope, "choices": [{"index": place, **end} for place in self._open]})
        if self._counted:
            usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out}
            usage["total_tokens"] = tokens_in + tokens_out
            yield _sse({**self._envelope, "choices": [], "usage": usage})
        yield b"data: [DONE]\n\n"


class _GeminiEnding:
    """Every event stands for itself: one more says that it is over."""

    def __init__(self) -> None:
        self._envelope: Json = {}

    def skip(self, data: bytes) -> None:
        pass

    def see(self, event: Json) -> int:
        self._envelope = {name: event[name] for name in ("modelVersion", "responseId") if name in event}
        said = 0
        for _, part in parts_of(event):
            called = mapping(part.get("functionCall"))
            said += len(string(part.get("text"))) + (len(json.dumps(called)) if called else 0)
        return said

    def events(self, tokens_in: int, tokens_out: int, why: Why = "length") -> Iterator[bytes]:
        content: Json = {"parts": [{"text": ""}], "role": "model"}
        candidate: Json = {"content": content, "finishReason": _STOPPED[why], "index": 0}
        usage = {"promptTokenCount": tokens_in, "candidatesTokenCount": tokens_out}
        usage["totalTokenCount"] = tokens_in + tokens_out
        yield _sse({"candidates": [candidate], "usageMetadata": usage, **self._envelope})


class _MessagesEnding:
    def __init__(self) -> None:
        self._open: Any = None

    def skip(self, data: bytes) -> None:
        pass

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

    def events(self, tokens_in: int, tokens_out: int, why: Why = "length") -> Iterator[bytes]:  # noqa: ARG002  # they came first
        if self._open is not None:
            yield _named({"type": "content_block_stop", "index": self._open})
        delta = {"stop_reason": "max_tokens" if why == "length" else "refusal", "stop_sequence": None}
        yield _named({"type": "message_delta", "delta": delta, "usage": {"output_tokens": tokens_out}})
        yield _named({"type": "message_stop"})


class _ResponsesEnding:
    """The last event repeats the answer: whole items, the text of an open message, and no half call."""

    def __init__(self) -> None:
        self._response: Json = {}
        self._items: dict[Any, Json] = {}
        self._texts: dict[Any, list[str]] = {}
        self._number = -1
        self._unread: list[bytes] = []

    def skip(self, data: bytes) -> None:
        self._unread.append(data)

    def see(self, event: Json) -> int:
        self._catch_up()
        return self._see(event)

    def _catch_up(self) -> None:
        unread, self._unread = self._unread, []
        for data in unread:
            self._see(mapping(read_json(data)))

    def _see(self, event: Json) -> int:
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

    def events(self, tokens_in: int, tokens_out: int, why: Why = "length") -> Iterator[bytes]:
        self._catch_up()
        # `response.incomplete` is the documented name, but it ends a run of the Agents SDK with an error.
        yield _named(
            {
                "type": "response.completed",
                "sequence_number": self._number + 1,
                "response": {
                    **self._response,
                    "status": "incomplete",
                    "incomplete_details": {"reason": _INCOMPLETE[why]},
                    "output": [self._item(place) for place in sorted(self._items)],
                    "usage": {
                        "input_tokens": tokens_in,
                        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
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
