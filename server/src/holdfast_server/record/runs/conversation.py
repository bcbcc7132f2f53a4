"""Messages of model calls, put together into one conversation: what was said before is not said again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, cast

import msgspec

from holdfast_server.kit.wire import at
from holdfast_server.record.runs.step import Message, Part
from holdfast_server.record.spans.span import Span

MESSAGES_MAX: Final = 2000
Side = Literal["input", "output"]
_ROLES: Final = {
    "developer": "system",
    "human": "user",
    "ai": "assistant",
    "function": "tool",
    "model": "assistant",
}
_KNOWN_ROLES: Final = frozenset({"system", "user", "assistant", "tool"})


def put_together(spans: Iterable[Span]) -> list[Message]:
    """The messages of several calls in the order they were first said."""
    said: dict[str, Message] = {}
    for span in spans:
        for side in ("input", "output"):
            for message in read_messages(span, side):
                said.setdefault(_likeness(message), message)
                if len(said) >= MESSAGES_MAX:
                    return list(said.values())
    return list(said.values())


def read_messages(span: Span, side: Side) -> list[Message]:
    """The messages that went into a call, or came out of it, whatever dialect wrote them."""
    text = span.input if side == "input" else span.output
    if span.step_kind != "model" or not text:
        return []
    role = "user" if side == "input" else "assistant"
    at_ns = span.start_ns if side == "input" else span.end_ns
    messages: list[Message] = []
    system = span.attributes.get("gen_ai.system_instructions", "") if side == "input" else ""
    for raw in [*_system(system), *_decode(text, role)]:
        place = f"{span.span_id}:{side}:{len(messages)}"
        messages.append(
            Message(
                id=place,
                step=span.span_id,
                agent=span.agent or span.service,
                role=_role(raw.get("role"), role),
                at=at(at_ns),
                parts=_parts(raw),
            )
        )
    return messages


def _decode(text: str, role: str) -> list[Mapping[str, Any]]:
    """The messages in a text: a list, an object holding one, or plain words."""
    plain: list[Mapping[str, Any]] = [{"role": role, "content": text}]
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return plain
    if isinstance(value, dict):
        held = cast("dict[str, Any]", value)
        value = held.get("messages", [held] if "role" in held or "parts" in held else None)
    if not isinstance(value, list):
        return plain
    found = [cast("Mapping[str, Any]", one) for one in cast("list[Any]", value) if isinstance(one, dict)]
    return [_unwrapped(one) for one in found] or plain


def _unwrapped(message: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = message.get("message")
    return cast("Mapping[str, Any]", inner) if isinstance(inner, dict) else message


def _system(text: str) -> list[Mapping[str, Any]]:
    if not text:
        return []
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        value = None
    return [
        {"role": "system", "parts": value} if isinstance(value, list) else {"role": "system", "content": text}
    ]


def _role(said: Any, otherwise: str) -> Any:
    role = _ROLES.get(str(said), str(said))
    return role if role in _KNOWN_ROLES else otherwise


def _parts(raw: Mapping[str, Any]) -> list[Part]:
    listed = raw.get("parts", raw.get("content"))
    parts: list[Part] = []
    if isinstance(listed, str):
        result = raw.get("role") == "tool"
        call = _text_or_none(raw.get("tool_call_id"))
        parts.append(
            Part(type="tool_result", result=listed, call_id=call, name=_text_or_none(raw.get("name")))
            if result
            else Part(type="text", text=listed)
        )
    elif isinstance(listed, list):
        parts += [
            _part(cast("Mapping[str, Any]", one))
            for one in cast("list[Any]", listed)
            if isinstance(one, dict)
        ]
    calls = raw.get("tool_calls")
    if isinstance(calls, list):
        parts += [
            _call(cast("Mapping[str, Any]", one)) for one in cast("list[Any]", calls) if isinstance(one, dict)
        ]
    return parts


def _part(raw: Mapping[str, Any]) -> Part:
    call = _text_or_none(raw.get("id") or raw.get("tool_use_id") or raw.get("call_id"))
    match raw.get("type"):
        case "tool_call" | "tool_use" | "function_call":
            return _call(raw)
        case "tool_call_response" | "tool_result" | "function_call_output":
            result = next((raw[k] for k in ("response", "result", "content", "output") if k in raw), None)
            return Part(type="tool_result", result=result, call_id=call, name=_text_or_none(raw.get("name")))
        case "reasoning" | "thinking":
            return Part(type="reasoning", text=_words(raw, "content", "thinking", "text"))
        case _:
            return Part(type="text", text=_words(raw, "content", "text"))


def _call(raw: Mapping[str, Any]) -> Part:
    function = raw.get("function")
    about = cast("Mapping[str, Any]", function) if isinstance(function, dict) else raw
    arguments = about.get("arguments", about.get("input", about.get("args")))
    return Part(
        type="tool_call",
        name=str(about.get("name", "")),
        arguments=_json_or_text(arguments),
        call_id=_text_or_none(raw.get("id") or raw.get("call_id")),
    )


def _words(raw: Mapping[str, Any], *keys: str) -> str:
    value = next((raw[key] for key in keys if raw.get(key)), "")
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _json_or_text(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value


def _text_or_none(value: Any) -> str | None:
    return str(value) if value else None


def _likeness(message: Message) -> str:
    """Two messages of one likeness are the same message, repeated in a later call."""
    said = [part.model_dump(exclude_none=True) for part in message.parts]
    return hashlib.sha256(msgspec.json.encode([message.role, said], order="sorted")).hexdigest()
