"""Messages of model calls, put together into one conversation: what was said before is not said again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import msgspec

from holdfast_server.kit.wire import at
from holdfast_server.record.runs.step import Message, Part
from holdfast_server.record.spans.chat import list_in, read_chat
from holdfast_server.record.spans.span import Span

MESSAGES_MAX: Final = 2000
Side = Literal["input", "output"]


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
    for raw in [*_system(system), *read_chat(text, role)]:
        place = f"{span.span_id}:{side}:{len(messages)}"
        messages.append(
            Message(
                id=place,
                step=span.span_id,
                agent=span.agent or span.service,
                role=raw["role"],
                at=at(at_ns),
                parts=[_part(part) for part in raw["parts"]],
            )
        )
    return messages


def _system(text: str) -> list[dict[str, Any]]:
    """A system prompt that stands beside the messages, as text or as JSON of its parts."""
    if not text:
        return []
    parts = list_in(text)
    said = {"role": "system", "parts": parts} if parts is not None else {"role": "system", "content": text}
    return read_chat(msgspec.json.encode(said).decode(), "system")


def _part(raw: Mapping[str, Any]) -> Part:
    match raw.get("type"):
        case "tool_call":
            call = _text_or_none(raw.get("id"))
            name = str(raw.get("name") or "")
            return Part(type="tool_call", name=name, arguments=raw.get("arguments"), call_id=call)
        case "tool_call_response":
            call, name = _text_or_none(raw.get("id")), _text_or_none(raw.get("name"))
            return Part(type="tool_result", result=raw.get("response"), call_id=call, name=name)
        case "reasoning":
            return Part(type="reasoning", text=str(raw.get("content") or ""))
        case "text":
            return Part(type="text", text=str(raw.get("content") or ""))
        case _:
            return Part(type="text", text=msgspec.json.encode(raw).decode())


def _text_or_none(value: Any) -> str | None:
    return str(value) if value else None


def _likeness(message: Message) -> str:
    """Two messages of one likeness are the same message, repeated in a later call."""
    said = [part.model_dump(exclude_none=True) for part in message.parts]
    return hashlib.sha256(msgspec.json.encode([message.role, said], order="sorted")).hexdigest()
