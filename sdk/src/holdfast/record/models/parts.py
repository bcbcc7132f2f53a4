"""Messages of every dialect in one form, the GenAI conventions', read from JSON that may be anything."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

Json = dict[str, Any]


def chat_message(message: Json) -> Json:
    """A message of Chat Completions."""
    role = string(message.get("role"))
    if role == "tool":
        answer = {"type": "tool_call_response", "id": string(message.get("tool_call_id"))}
        return message_of("tool", [{**answer, "response": _flat(message.get("content"))}])
    parts = blocks(message.get("content"))
    for call in map(mapping, listing(message.get("tool_calls"))):
        made = mapping(call.get("function"))
        parts.append(_call_part(call.get("id"), made.get("name"), data(string(made.get("arguments")))))
    return message_of("system" if role == "developer" else role, parts)


def response_item(item: Json) -> Json:
    """An item of the Responses API."""
    match item.get("type"):
        case "function_call":
            part = _call_part(item.get("call_id"), item.get("name"), data(string(item.get("arguments"))))
            return message_of("assistant", [part])
        case "function_call_output":
            part = {"type": "tool_call_response", "id": string(item.get("call_id"))}
            return message_of("tool", [{**part, "response": _flat(item.get("output"))}])
        case _:
            return message_of(string(item.get("role")) or "assistant", blocks(item.get("content")))


def blocks(content: Any) -> list[Json]:
    """Content blocks of any dialect as parts; what is neither text nor a call is named, not copied."""
    if isinstance(content, str):
        return [text_part(content)] if content else []
    return [_block(mapping(block)) for block in listing(content)]


def _block(block: Json) -> Json:
    match block.get("type"):
        case "text" | "input_text" | "output_text":
            return text_part(string(block.get("text")))
        case "thinking":
            return {"type": "reasoning", "content": string(block.get("thinking"))}
        case "tool_use":
            return _call_part(block.get("id"), block.get("name"), block.get("input"))
        case "tool_result":
            answer = {"type": "tool_call_response", "id": string(block.get("tool_use_id"))}
            return {**answer, "response": _flat(block.get("content"))}
        case other:
            return {"type": string(other) or "unknown"}


def message_of(role: str, parts: list[Json]) -> Json:
    """A message: who says what."""
    return {"role": role, "parts": parts}


def text_part(text: str) -> Json:
    """A part that is text."""
    return {"type": "text", "content": text}


def _call_part(id: Any, name: Any, arguments: Any) -> Json:  # noqa: A002  # the wire's word
    return {"type": "tool_call", "id": string(id), "name": string(name), "arguments": arguments}


def texts_of(value: Any) -> list[str]:
    """A text, or the texts of a list; tokens in the place of text are none."""
    return [one for one in ([value] if isinstance(value, str) else listing(value)) if isinstance(one, str)]


def tool_name(tool: Json) -> str:
    """The name of an offered tool, whichever way it is written."""
    return (
        string(tool.get("name"))
        or string(mapping(tool.get("function")).get("name"))
        or string(tool.get("type"))
    )


def _flat(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(string(mapping(block).get("text")) for block in listing(content))


def data(text: str) -> Any:
    """A call's arguments as data, or as they came when they are none."""
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return text


def read_json(text: bytes) -> Any:
    """The data in a JSON text; None when it is none."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _read_strange(text)


def _read_strange(text: bytes) -> Any:
    """What only Python reads as JSON, half a surrogate pair for one."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def add(to: list[str], piece: Any) -> None:
    """Add a piece of text, if it is one."""
    if isinstance(piece, str) and piece:
        to.append(piece)


def string(value: Any) -> str:
    """The value if it is text, else nothing."""
    return value if isinstance(value, str) else ""


def mapping(value: Any) -> Json:
    """The value if it is an object, else an empty one."""
    # Asking an ABC costs ten times as much, and nearly everything is a dict or nothing.
    if value is None or isinstance(value, dict):
        return cast("Json", value or {})
    return cast("Json", value) if isinstance(value, Mapping) else {}


def listing(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return list(cast("Sequence[Any]", value)) if isinstance(value, list | tuple) else []
