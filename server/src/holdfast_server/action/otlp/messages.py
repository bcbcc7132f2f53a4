"""Messages that a dialect took apart, put together again: numbered attributes, and one event a message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from holdfast_server.action.otlp.dialects.lookup import DIALECTS
from holdfast_server.record.spans.chat import decoded, list_in, object_in

CALLS_MAX: Final = 128
_SAID_IN: Final = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_CHOICE: Final = "gen_ai.choice"
_FIELDS: Final = {
    name: field for dialect in DIALECTS for field, names in dialect.events.items() for name in names
}
Numbered = Mapping[int, Mapping[str, Any]]


def assemble(numbered: Numbered) -> list[dict[str, Any]]:
    """`0.role`, `0.content`, `0.tool_calls.0.name`, … as messages of a role and parts."""
    return [_message(numbered[number]) for number in sorted(numbered)]


def read_events(events: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[Any, Any]:
    """What went in and what came out, where each message is an event, or one event holds them all."""
    went_in: list[Any] = []
    came_out: list[Any] = []
    for name, said in events:
        if (role := _SAID_IN.get(name)) is not None:
            went_in.append({"role": role, **_body(said)})
        elif name == _CHOICE:
            came_out.append(_choice(_body(said)))
        else:
            for key, value in said.items():
                if value and (field := _FIELDS.get(key)):
                    (went_in if field == "messages_in" else came_out).append(decoded(value))
    return _flat(went_in), _flat(came_out)


def _choice(body: Mapping[str, Any]) -> dict[str, Any]:
    said = body.get("message", body)
    message = object_in(said) or {"content": decoded(said)}
    return {"role": "assistant", **message, "finish_reason": body.get("finish_reason")}


def _body(said: Mapping[str, Any]) -> dict[str, Any]:
    body = object_in(said.get("event_body", said.get("body")))
    return {**{key: decoded(value) for key, value in said.items() if key not in _ABOUT}, **(body or {})}


_ABOUT: Final = frozenset({"event_body", "body", "gen_ai.system", "event.name", "gen_ai.event.content"})


def _flat(found: list[Any]) -> Any:
    """One text is itself; everything else is one list."""
    if len(found) == 1 and isinstance(found[0], str):
        return found[0]
    flat: list[Any] = []
    for some in found:
        flat += list_in(some) or [some]
    return flat or None


def _message(flat: Mapping[str, Any]) -> dict[str, Any]:
    role = str(flat.get("role") or "assistant")
    parts: list[dict[str, Any]] = []
    if content := flat.get("content") or _contents(flat):
        answer = {"type": "tool_call_response", "id": flat.get("tool_call_id"), "response": content}
        parts.append(answer if role == "tool" else {"type": "text", "content": content})
    for number in range(CALLS_MAX):
        call = _tool_call(flat, number)
        if call is None:
            break
        parts.append(call)
    parts += _results(flat)
    return {"role": role, "parts": parts}


def _results(flat: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Results of tools, each written as an object of its own, as AutoGen does."""
    for number in range(CALLS_MAX):
        said = object_in(flat.get(f"function.{number}"))
        if said is None:
            return
        named = {"id": said.get("call_id"), "name": said.get("name")}
        yield {"type": "tool_call_response", **named, "response": decoded(said.get("content"))}


def _contents(flat: Mapping[str, Any]) -> str:
    """Text that stands in several pieces."""
    pieces = [
        str(flat[key])
        for key in sorted(flat)
        if key.startswith(("contents.", "content.")) and not key.endswith(".type") and flat[key]
    ]
    return "\n".join(pieces)


def _tool_call(flat: Mapping[str, Any], number: int) -> dict[str, Any] | None:
    for start, name, arguments in (
        (f"tool_calls.{number}.tool_call.", "function.name", "function.arguments"),
        (f"tool_calls.{number}.", "name", "arguments"),
    ):
        if called := flat.get(start + name):
            said = decoded(flat.get(start + arguments))
            return {"type": "tool_call", "id": flat.get(f"{start}id"), "name": called, "arguments": said}
    if number == 0 and (called := flat.get("function_call_name")):
        said = decoded(flat.get("function_call_arguments_json"))
        return {"type": "tool_call", "id": None, "name": called, "arguments": said}
    return None
