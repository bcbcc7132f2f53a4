"""Messages that a dialect flattened into numbered attributes, put together again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

MESSAGES_MAX: Final = 500


def gather_messages(said: Mapping[str, Any], prefix: str) -> list[dict[str, Any]] | None:
    """`prefix` + `0.message.role` … as messages of the semantic conventions; None when there are none."""
    found: dict[int, dict[str, Any]] = {}
    for key, value in said.items():
        if key.startswith(prefix):
            number, _, rest = key.removeprefix(prefix).partition(".")
            if number.isdecimal() and int(number) < MESSAGES_MAX:
                found.setdefault(int(number), {})[rest.removeprefix("message.")] = value
    return [_message(found[number]) for number in sorted(found)] or None


def _message(flat: Mapping[str, Any]) -> dict[str, Any]:
    role = str(flat.get("role", "assistant"))
    parts: list[dict[str, Any]] = []
    if content := flat.get("content") or flat.get("contents.0.message_content.text"):
        result = role == "tool"
        part = {"type": "tool_call_response", "id": flat.get("tool_call_id"), "response": content}
        parts.append(part if result else {"type": "text", "content": content})
    for number in range(MESSAGES_MAX):
        call = _tool_call(flat, number)
        if call is None:
            break
        parts.append(call)
    return {"role": role, "parts": parts}


def _tool_call(flat: Mapping[str, Any], number: int) -> dict[str, Any] | None:
    for start, name, arguments in (
        (f"tool_calls.{number}.tool_call.", "function.name", "function.arguments"),
        (f"tool_calls.{number}.", "name", "arguments"),
    ):
        if called := flat.get(start + name):
            said = flat.get(start + arguments)
            return {"type": "tool_call", "id": flat.get(f"{start}id"), "name": called, "arguments": said}
    return None
