"""The texts in what goes to a model and comes from it: what a rule about content reads, and may replace."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, cast

from holdfast.record.models.parts import Json

DEPTH_MAX: Final = 32
PASSED: Final = frozenset({
    "b64_json", "cache_control", "call_id", "container", "created", "embedding", "encrypted_content",
    "fileData", "file_data", "file_id", "finishReason", "finish_reason", "id", "image_url", "index",
    "inlineData", "inline_data", "input_audio", "item_id", "media_type", "mimeType", "model",
    "modelVersion", "name", "object", "phase", "responseId", "role", "service_tier", "signature", "source",
    "status", "stop_reason", "system_fingerprint", "thinking", "thoughtSignature", "tool_call_id",
    "tool_use_id", "type", "usage", "usageMetadata",
})  # fmt: skip
"""Fields that hold no text, or one that is signed: thoughts. Any other is read."""
ARGUMENTS: Final = "arguments"
CALLED: Final = frozenset({"functionCall", "function_call"})
"""Where Gemini keeps a call, its arguments as data."""

Change = Callable[[str], str]


def read_texts(value: Any) -> list[str]:
    """Every text, in the order of the data."""
    found: list[str] = []

    def read(text: str) -> str:
        found.append(text)
        return text

    change_texts(value, read)
    return found


def put_texts(value: Any, texts: Iterable[str]) -> Any:
    """The same data with other texts in the places where `read_texts` found some."""
    others = iter(texts)
    return change_texts(value, lambda _: next(others))


def change_texts(value: Any, change: Change, key: str = "", depth: int = 0) -> Any:
    """The same data with every text as `change` makes it; a call's arguments are read as data."""
    if isinstance(value, str):
        return _change_call(value, change, depth) if key == ARGUMENTS else change(value)
    if depth > DEPTH_MAX:
        return value
    if isinstance(value, Mapping):
        fields = cast("Json", value)
        if called := "input" if fields.get("type") == "tool_use" else "args" if key in CALLED else "":
            return {**fields, called: _all(fields.get(called), change, depth + 1)}
        return {
            name: one if name in PASSED else change_texts(one, change, name, depth + 1)
            for name, one in fields.items()
        }
    if isinstance(value, list):
        return [change_texts(one, change, "", depth + 1) for one in cast("list[Any]", value)]
    return value


def _change_call(text: str, change: Change, depth: int) -> str:
    """The arguments of a call, which stand as JSON in a text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return change(text)
    changed = _all(found, change, depth)
    return text if changed == found else json.dumps(changed, ensure_ascii=False)


def _all(value: Any, change: Change, depth: int) -> Any:
    """Every text of an agent's own data, whatever its fields are called."""
    if isinstance(value, str):
        return change(value)
    if depth > DEPTH_MAX:
        return value
    if isinstance(value, dict):
        return {name: _all(one, change, depth + 1) for name, one in cast("Json", value).items()}
    if isinstance(value, list):
        return [_all(one, change, depth + 1) for one in cast("list[Any]", value)]
    return value
