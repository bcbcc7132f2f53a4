"""Three ways to talk to a model, read as one: what was asked, what was answered, what it used.

Nothing here touches the network or changes a byte; a body that cannot be read is a model call of which little
is known, never an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, cast

MESSAGES_MAX: Final = 200
"""Messages of one request that are recorded, the latest ones."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What a request asks for."""

    model: str
    streamed: bool
    tokens_out_max: int | None
    messages: tuple[Json, ...]
    tools: tuple[str, ...]


@dataclass
class Answered:
    """What came back, as far as it came."""

    model: str = ""
    usage: Json = field(default_factory=dict[str, Any])
    text: list[str] = field(default_factory=list[str])
    reasoning: list[str] = field(default_factory=list[str])
    calls: dict[Any, Json] = field(default_factory=dict[Any, Json])
    finish: str = ""

    @property
    def messages(self) -> tuple[Json, ...]:
        """The answer in the form of the GenAI conventions."""
        parts: list[Json] = []
        if self.reasoning:
            parts.append({"type": "reasoning", "content": "".join(self.reasoning)})
        if self.text:
            parts.append({"type": "text", "content": "".join(self.text)})
        parts += [
            {
                "type": "tool_call",
                "id": one["id"],
                "name": one["name"],
                "arguments": _data("".join(one["text"])),
            }
            for one in self.calls.values()
        ]
        return ({"role": "assistant", "parts": parts, "finish_reason": self.finish},) if parts else ()

    @property
    def length(self) -> int:
        """Characters received, for an estimate when the provider reports no usage."""
        called = sum(len(piece) for one in self.calls.values() for piece in one["text"])
        return sum(map(len, self.text)) + sum(map(len, self.reasoning)) + called

    def call(self, key: Any, *, id: str = "", name: str = "", text: str = "") -> None:  # noqa: A002  # the wire's word
        """Add a piece of a tool call."""
        one = self.calls.setdefault(key, {"id": "", "name": "", "text": []})
        one["id"] = id or one["id"]
        one["name"] = name or one["name"]
        if text:
            one["text"].append(text)


class Dialect:
    """One provider's API."""

    provider: ClassVar[str]
    """Who speaks it when the host says nothing else."""
    paths: ClassVar[tuple[str, ...]]
    """How its paths end."""
    limits: ClassVar[tuple[str, ...]]
    """Names of the field that limits the answer, the one in use today first."""

    def read_request(self, body: Json) -> Asked:
        """What a request asks for."""
        limit = next((body[name] for name in self.limits if isinstance(body.get(name), int)), None)
        tools = [_tool_name(_map(tool)) for tool in _list(body.get("tools"))]
        return Asked(
            model=str(body.get("model", "")),
            streamed=body.get("stream") is True,
            tokens_out_max=limit,
            messages=tuple(self.read_messages(body)[-MESSAGES_MAX:]),
            tools=tuple(name for name in tools if name),
        )

    def read_messages(self, body: Json) -> list[Json]:
        """The conversation so far, in the form of the GenAI conventions."""
        raise NotImplementedError

    def read_answer(self, body: Json, into: Answered) -> None:
        """A whole answer."""
        raise NotImplementedError

    def read_event(self, event: Json, into: Answered) -> None:
        """One piece of a streamed answer."""
        raise NotImplementedError

    def refusal(self, message: str, code: str) -> Json:
        """An error of the shape that this provider's clients understand."""
        return {"error": {"message": message, "type": "permission_error", "code": code, "param": None}}


class Chat(Dialect):
    """OpenAI Chat Completions."""

    provider = "openai"
    paths = ("/chat/completions",)
    limits = ("max_completion_tokens", "max_tokens")

    def read_messages(self, body: Json) -> list[Json]:
        return [_chat_message(_map(message)) for message in _list(body.get("messages"))]

    def read_answer(self, body: Json, into: Answered) -> None:
        self._read(body, into, "message")

    def read_event(self, event: Json, into: Answered) -> None:
        self._read(event, into, "delta")

    def _read(self, body: Json, into: Answered, key: str) -> None:
        into.model = str(body.get("model") or into.model)
        into.usage = _map(body.get("usage")) or into.usage
        for choice in map(_map, _list(body.get("choices"))[:1]):
            piece = _map(choice.get(key))
            _add(into.text, piece.get("content"))
            _add(into.reasoning, piece.get("reasoning_content") or piece.get("reasoning"))
            for place, raw in enumerate(_list(piece.get("tool_calls"))):
                call = _map(raw)
                made = _map(call.get("function"))
                into.call(
                    call.get("index", place), id=_text(call.get("id")), name=_text(made.get("name")),
                    text=_text(made.get("arguments")),
                )  # fmt: skip
            into.finish = _text(choice.get("finish_reason")) or into.finish


class Responses(Dialect):
    """OpenAI Responses."""

    provider = "openai"
    paths = ("/responses",)
    limits = ("max_output_tokens",)

    def read_messages(self, body: Json) -> list[Json]:
        said = body.get("input")
        items = [{"role": "user", "content": said}] if isinstance(said, str) else _list(said)
        system = _text(body.get("instructions"))
        found = [_message("system", [_text_part(system)])] if system else []
        return found + [_item(_map(item)) for item in items]

    def read_answer(self, body: Json, into: Answered) -> None:
        into.model = str(body.get("model") or into.model)
        into.usage = _map(body.get("usage")) or into.usage
        into.finish = _text(body.get("status")) or into.finish
        for place, item in enumerate(map(_map, _list(body.get("output")))):
            if item.get("type") == "function_call":
                into.call(
                    place, id=_text(item.get("call_id")), name=_text(item.get("name")),
                    text=_text(item.get("arguments")),
                )  # fmt: skip
            elif item.get("type") == "reasoning":
                for part in map(_map, _list(item.get("summary"))):
                    _add(into.reasoning, part.get("text"))
            else:
                for part in map(_map, _list(item.get("content"))):
                    _add(into.text, part.get("text") or part.get("refusal"))

    def read_event(self, event: Json, into: Answered) -> None:
        kind = event.get("type")
        if kind in {"response.completed", "response.incomplete", "response.failed"}:
            # The last event repeats the whole answer: it replaces what was pieced together.
            into.text.clear()
            into.reasoning.clear()
            into.calls.clear()
            self.read_answer(_map(event.get("response")), into)
        elif kind == "response.output_text.delta":
            _add(into.text, event.get("delta"))
        elif kind == "response.function_call_arguments.delta":
            into.call(event.get("item_id"), text=_text(event.get("delta")))
        elif kind == "response.output_item.added":
            item = _map(event.get("item"))
            if item.get("type") == "function_call":
                into.call(item.get("id"), id=_text(item.get("call_id")), name=_text(item.get("name")))


class Messages(Dialect):
    """Anthropic Messages."""

    provider = "anthropic"
    paths = ("/messages",)
    limits = ("max_tokens",)

    def read_messages(self, body: Json) -> list[Json]:
        system = body.get("system")
        found = [_message("system", _blocks(system))] if system else []
        said = map(_map, _list(body.get("messages")))
        return found + [_message(_text(one.get("role")), _blocks(one.get("content"))) for one in said]

    def read_answer(self, body: Json, into: Answered) -> None:
        into.model = str(body.get("model") or into.model)
        into.usage = _map(body.get("usage")) or into.usage
        into.finish = _text(body.get("stop_reason")) or into.finish
        for place, block in enumerate(map(_map, _list(body.get("content")))):
            self._start(place, block, into)
            if block.get("type") == "tool_use":
                into.call(place, text=json.dumps(block.get("input", {})))

    def read_event(self, event: Json, into: Answered) -> None:
        match event.get("type"):
            case "message_start":
                message = _map(event.get("message"))
                into.model = str(message.get("model") or into.model)
                into.usage = _map(message.get("usage"))
            case "content_block_start":
                self._start(event.get("index"), _map(event.get("content_block")), into)
            case "content_block_delta":
                delta = _map(event.get("delta"))
                _add(into.text, delta.get("text"))
                _add(into.reasoning, delta.get("thinking"))
                if delta.get("type") == "input_json_delta":
                    into.call(event.get("index"), text=_text(delta.get("partial_json")))
            case "message_delta":
                # Counts are cumulative: the last ones win, field by field.
                into.usage = {**into.usage, **_map(event.get("usage"))}
                into.finish = _text(_map(event.get("delta")).get("stop_reason")) or into.finish
            case _:
                pass

    def refusal(self, message: str, code: str) -> Json:
        return {"type": "error", "error": {"type": "permission_error", "message": message, "code": code}}

    def _start(self, place: Any, block: Json, into: Answered) -> None:
        if block.get("type") == "tool_use":
            into.call(place, id=_text(block.get("id")), name=_text(block.get("name")))
        _add(into.text, block.get("text"))
        _add(into.reasoning, block.get("thinking"))


DIALECTS: Final = (Chat(), Responses(), Messages())
HOSTS: Final = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "api.mistral.ai": "mistral",
    "api.groq.com": "groq",
    "api.deepseek.com": "deepseek",
    "api.x.ai": "xai",
    "openrouter.ai": "openrouter",
    "api.together.xyz": "together",
    "generativelanguage.googleapis.com": "google",
}
"""Whose endpoint a host is; any other is named after the dialect it speaks."""


def find_dialect(method: str, path: str) -> Dialect | None:
    """The dialect of a request, by its path alone; None for all other traffic."""
    if method != "POST":
        return None
    path = path.rstrip("/")
    return next((one for one in DIALECTS if path.endswith(one.paths)), None)


def _chat_message(message: Json) -> Json:
    role = _text(message.get("role"))
    if role == "tool":
        answer = {"type": "tool_call_response", "id": _text(message.get("tool_call_id"))}
        return _message("tool", [{**answer, "response": _flat(message.get("content"))}])
    parts = _blocks(message.get("content"))
    for call in map(_map, _list(message.get("tool_calls"))):
        made = _map(call.get("function"))
        parts.append(_call_part(call.get("id"), made.get("name"), _data(_text(made.get("arguments")))))
    return _message("system" if role == "developer" else role, parts)


def _item(item: Json) -> Json:
    match item.get("type"):
        case "function_call":
            part = _call_part(item.get("call_id"), item.get("name"), _data(_text(item.get("arguments"))))
            return _message("assistant", [part])
        case "function_call_output":
            part = {"type": "tool_call_response", "id": _text(item.get("call_id"))}
            return _message("tool", [{**part, "response": _flat(item.get("output"))}])
        case _:
            return _message(_text(item.get("role")) or "assistant", _blocks(item.get("content")))


def _blocks(content: Any) -> list[Json]:
    """Content blocks of any dialect as parts; what is neither text nor a call is named, not copied."""
    if isinstance(content, str):
        return [_text_part(content)] if content else []
    return [_block(_map(block)) for block in _list(content)]


def _block(block: Json) -> Json:
    match block.get("type"):
        case "text" | "input_text" | "output_text":
            return _text_part(_text(block.get("text")))
        case "thinking":
            return {"type": "reasoning", "content": _text(block.get("thinking"))}
        case "tool_use":
            return _call_part(block.get("id"), block.get("name"), block.get("input"))
        case "tool_result":
            answer = {"type": "tool_call_response", "id": _text(block.get("tool_use_id"))}
            return {**answer, "response": _flat(block.get("content"))}
        case other:
            return {"type": _text(other) or "unknown"}


def _message(role: str, parts: list[Json]) -> Json:
    return {"role": role, "parts": parts}


def _text_part(text: str) -> Json:
    return {"type": "text", "content": text}


def _call_part(id: Any, name: Any, arguments: Any) -> Json:  # noqa: A002  # the wire's word
    return {"type": "tool_call", "id": _text(id), "name": _text(name), "arguments": arguments}


def _tool_name(tool: Json) -> str:
    return _text(tool.get("name")) or _text(_map(tool.get("function")).get("name")) or _text(tool.get("type"))


def _flat(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(_text(_map(block).get("text")) for block in _list(content))


def _data(text: str) -> Any:
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return text


def _add(to: list[str], piece: Any) -> None:
    if isinstance(piece, str) and piece:
        to.append(piece)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _map(value: Any) -> Json:
    return cast("Json", value) if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return list(cast("Sequence[Any]", value)) if isinstance(value, list | tuple) else []
