"""What was said, in one form: messages of a role and parts, whichever API or framework wrote them.

A part is `text`, `reasoning`, `tool_call` (`id`, `name`, `arguments`) or `tool_call_response` (`id`,
`response`); every other part stays as it came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

import msgspec

Json = Mapping[str, Any]
MESSAGES_MAX: Final = 2000
DEPTH_MAX: Final = 8
TITLE_MAX: Final = 200
NESTED_MAX: Final = 128
"""Levels of a value that are shown; whoever writes an answer ends at 255."""

_aside = re.compile(r"\s*<([A-Za-z][\w-]*)>.*?</\1>\s*", re.DOTALL).match
_ROLES: Final = {
    "developer": "system",
    "human": "user",
    "ai": "assistant",
    "aimessage": "assistant",
    "aimessagechunk": "assistant",
    "humanmessage": "user",
    "systemmessage": "system",
    "toolmessage": "tool",
    "function": "tool",
    "model": "assistant",
    "bot": "assistant",
}
_KNOWN_ROLES: Final = frozenset({"system", "user", "assistant", "tool"})
_CALLS: Final = frozenset(
    {"tool_call", "tool_use", "function_call", "tool-call", "server_tool_use", "function"}
)
_RESULTS: Final = frozenset(
    {
        "tool_call_response",
        "tool_result",
        "function_call_output",
        "tool-result",
        "tool_return",
        "function_response",
    }
)
_REASONING: Final = frozenset({"reasoning", "thinking", "redacted_thinking"})
_TEXTS: Final = frozenset({"text", "input_text", "output_text", "refusal", ""})
_IDS: Final = ("id", "call_id", "tool_call_id", "tool_use_id", "toolCallId", "toolUseId")
_ARGUMENTS: Final = ("arguments", "input", "args")
_ANSWERS: Final = ("response", "result", "output", "content")
_HOLDERS: Final = (
    "messages",
    "choices",
    "candidates",
    "generations",
    "output",
    "contents",
    "outputs",
    "inputs",
)
"""Where an object keeps its messages; the first that it has is followed."""


def read_chat(text: str, role: str) -> list[dict[str, Any]]:
    """The messages in a text: JSON of any known shape, or plain words of `role`."""
    if text[:1] not in {"[", "{"}:
        return [_plain(text, role)] if text else []
    value = read_json(text)
    if isinstance(value, str):
        return [_plain(text, role)]
    return list(_messages(value, role, 0))[:MESSAGES_MAX] or [_plain(text, role)]


def opening(text: str) -> str:
    """How something began, on one line: the first words of its person, or a sentence that an object holds.

    Empty where JSON holds neither.
    """
    found = read_json(text) if text[:1] in {"[", "{"} else text
    if isinstance(found, str):
        return _one_line(found)
    for message in _messages(found, "user", 0):
        said = " ".join(str(part["content"]) for part in message["parts"] if part.get("type") == "text")
        if message["role"] == "user" and (line := _one_line(_own_words(said))):
            return line
    values = cast("Json", found).values() if isinstance(found, dict) else ()
    lines = (_one_line(one) for one in values if isinstance(one, str) and one[:1] != "<")
    return next((line for line in lines if " " in line), "")


def decoded(value: Any) -> Any:
    """What a text of JSON holds; everything else as it came."""
    return read_json(value) if isinstance(value, str) and value[:1] in {"{", "["} else value


def read_json(text: str) -> Any:
    """What a text of JSON holds; the text itself where it is none, or nested too deeply to be shown."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    shallow = text.count("{") + text.count("[") <= NESTED_MAX
    return value if shallow or _ends_within(value, NESTED_MAX) else text


def _ends_within(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    held = cast("Mapping[str, Any]", value).values() if isinstance(value, dict) else cast("list[Any]", value)
    return levels > 0 and all(_ends_within(one, levels - 1) for one in held)


def shown(value: Any) -> Any:
    """Any value as far as it can be shown: as JSON where it is nested too deeply."""
    return value if _ends_within(value, NESTED_MAX) else msgspec.json.encode(value).decode()


def read_objects(text: str) -> list[dict[str, Any]]:
    """A list of objects that was kept as JSON; what was so long that it stands apart says where."""
    try:
        return msgspec.json.decode(text or "[]", type=list[dict[str, Any]])
    except msgspec.DecodeError:
        return [{"kept_apart": text}]


def object_in(value: Any) -> Mapping[str, Any] | None:
    """The object that a text of JSON holds, or that came as one; None for everything else."""
    found = decoded(value)
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else None


def list_in(value: Any) -> list[Any] | None:
    """The list that a text of JSON holds, or that came as one; None for everything else."""
    found = decoded(value)
    return cast("list[Any]", found) if isinstance(found, list) else None


def read_calls(text: str) -> dict[str, str]:
    """Tool calls that an answer asks for: names by id, or by `name#place` where there is none."""
    if "call" not in text and "Call" not in text and "tool" not in text:
        return {}
    calls: dict[str, str] = {}
    for message in read_chat(text, "assistant"):
        if message["role"] == "assistant":
            for part in message["parts"]:
                if part.get("type") == "tool_call" and (name := str(part.get("name") or "")):
                    calls[str(part.get("id") or "") or f"{name}#{len(calls)}"] = name
    return calls


def _messages(value: Any, role: str, depth: int) -> Iterator[dict[str, Any]]:
    if depth > DEPTH_MAX:
        return
    if isinstance(value, list):
        listed = cast("list[Any]", value)[:MESSAGES_MAX]
        if pair := _pair(listed):
            yield pair
            return
        for one in listed:
            yield from _messages(one, role, depth + 1)
    elif isinstance(value, dict):
        yield from _object(cast("Json", value), role, depth)
    elif isinstance(value, str) and value and depth:
        yield _plain(value, role)


def _pair(listed: list[Any]) -> dict[str, Any] | None:
    """A message that is written as its role and its words, as LangChain takes them."""
    match listed:
        case [str(role), str(words)] if (known := _ROLES.get(role, role)) in _KNOWN_ROLES:
            return _plain(words, known)
        case _:
            return None


def _object(said: Json, role: str, depth: int) -> Iterator[dict[str, Any]]:
    inner = said.get("kwargs") if "lc" in said else said.get("message", said.get("update"))
    if inner is None and not said.keys() & {"role", "content", "parts"}:
        inner = said.get("data")
    if isinstance(inner, dict):
        named = said.get("role") or (_class_of(said) if "lc" in said else said.get("type") or role)
        yield from _object({"role": named, **cast("Json", inner)}, role, depth + 1)
        return
    if "parts" in said or "role" in said or said.get("type") in _CALLS | _RESULTS | _REASONING | {"message"}:
        yield _message(said, role)
        return
    holder = next((key for key in _HOLDERS if isinstance(said.get(key), list | dict)), None)
    if holder:
        yield from _messages(said[holder], role, depth + 1)
    elif isinstance(inner := said.get("content"), dict | list) or "tool_calls" in said:
        yield from _object(
            {"role": role, **(cast("Json", inner) if isinstance(inner, dict) else said)}, role, depth + 1
        )
    elif "content" in said or "text" in said:
        yield _message(said, role)


def _class_of(said: Json) -> str:
    names = said.get("id")
    return str(cast("list[Any]", names)[-1]).lower() if isinstance(names, list) and names else ""


def _message(said: Json, otherwise: str) -> dict[str, Any]:
    role = str(said.get("role") or said.get("type") or otherwise).lower()
    role = _ROLES.get(role, role)
    kind = said.get("type")
    if kind in _RESULTS and "parts" not in said:
        return {"role": "tool", "parts": [_result(said)]}
    if role not in _KNOWN_ROLES:
        role = otherwise
    parts = [_part(said)] if kind in _CALLS | _REASONING else list(_parts(said, role))
    found = {"role": role, "parts": parts}
    if finish := said.get("finish_reason"):
        found["finish_reason"] = finish
    return found


def _parts(said: Json, role: str) -> Iterator[dict[str, Any]]:
    if isinstance(reasoning := said.get("reasoning_content"), str) and reasoning:
        yield {"type": "reasoning", "content": reasoning}
    listed = said.get("parts", said.get("content", said.get("text")))
    if isinstance(listed, str) and listed:
        if role == "tool":
            yield _result(said)
        else:
            yield {"type": "text", "content": listed}
    elif isinstance(listed, list):
        for one in cast("list[Any]", listed)[:MESSAGES_MAX]:
            if isinstance(one, dict):
                yield _part(cast("Json", one))
            elif isinstance(one, str):
                yield {"type": "text", "content": one}
    elif isinstance(listed, dict):
        yield _part(cast("Json", listed))
    for key in ("tool_calls", "toolCalls"):
        calls = said.get(key)
        if isinstance(calls, list):
            yield from (_call(cast("Json", one)) for one in cast("list[Any]", calls) if isinstance(one, dict))


def _part(said: Json) -> dict[str, Any]:
    for key, read in _WRAPPED.items():
        if isinstance(inner := said.get(key), dict):
            return read(cast("Json", inner))
    kind = said.get("type", said.get("part_kind", ""))
    if kind in _CALLS or (not kind and "function" in said):
        return _call(said)
    if kind in _RESULTS:
        return _result(said)
    if kind in _REASONING:
        return {"type": "reasoning", "content": _words(said, "content", "thinking", "text", "summary")}
    if kind in _TEXTS and ("text" in said or "content" in said):
        return {"type": "text", "content": _words(said, "content", "text")}
    return dict(said)


def _call(said: Json) -> dict[str, Any]:
    function = said.get("function")
    about = cast("Json", function) if isinstance(function, dict) else said
    return {
        "type": "tool_call",
        "id": _first(said, _IDS),
        "name": str(about.get("name") or about.get("toolName") or about.get("tool_name") or ""),
        "arguments": decoded(_first(about, _ARGUMENTS)),
    }


def _result(said: Json) -> dict[str, Any]:
    found = {
        "type": "tool_call_response",
        "id": _first(said, _IDS[1:] + _IDS[:1]),
        "response": decoded(_first(said, _ANSWERS)),
    }
    return {**found, "name": said["name"]} if said.get("name") else found


_WRAPPED: Final[Mapping[str, Callable[[Json], dict[str, Any]]]] = {
    "functionCall": _call,
    "function_call": _call,
    "toolUse": _call,
    "functionResponse": _result,
    "function_response": _result,
    "toolResult": _result,
}
"""Gemini and Bedrock name the kind of a part by the key that holds it."""


def _own_words(text: str) -> str:
    """What is left of a message without the blocks in tags that a coding agent puts before what was typed."""
    at = 0
    while found := _aside(text, at):
        at = found.end()
    return text[at:]


def _one_line(text: str) -> str:
    return " ".join(text[: 2 * TITLE_MAX].split())[:TITLE_MAX]


def _plain(text: str, role: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _first(said: Json, names: tuple[str, ...]) -> Any:
    return next((said[name] for name in names if said.get(name) is not None), None)


def _words(said: Json, *names: str) -> str:
    value = next((said[name] for name in names if said.get(name)), "")
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
