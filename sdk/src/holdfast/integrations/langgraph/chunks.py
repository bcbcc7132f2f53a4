"""What LangGraph's streams are made of: states, updates and messages, alone or marked with their mode."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Final, cast

from holdfast.guard import Form
from holdfast.guard.signature import plain

STRUCTURED: Final = "structured_response"
PIECE: Final = "AIMessageChunk"
PLAIN: Final = (str, int, float, bool, list, dict)


class Chunks(Form):
    """The chunks of a graph's stream, in every mode."""

    def piece(self, item: Any) -> tuple[Hashable, str] | None:
        message = _message(item)
        if message is None or type(message).__name__ != PIECE or not isinstance(message.content, str):
            return None
        return str(message.id), message.content

    def with_piece(self, item: Any, text: str) -> Any:
        return _with_message(item, text)

    def answer(self, items: list[Any]) -> Any:
        for place in range(len(items) - 1, -1, -1):
            piece = self.piece(items[place])
            if piece is not None:
                pieces = filter(None, map(self.piece, items))
                return "".join(text for name, text in pieces if name == piece[0])
            found = _answer(items[place])
            if found:
                return found
        return ""


CHUNKS: Final = Chunks()


def _message(item: Any) -> Any:
    """The message that a chunk of the mode `messages` carries beside its metadata."""
    while isinstance(item, tuple) and item:
        parts = cast("tuple[Any, ...]", item)
        if len(parts) == 2 and hasattr(parts[0], "content") and isinstance(parts[1], Mapping):
            return parts[0]
        item = parts[-1]
    return None


def _with_message(item: Any, text: str) -> Any:
    parts = cast("tuple[Any, ...]", item)
    if len(parts) == 2 and hasattr(parts[0], "content") and isinstance(parts[1], Mapping):
        return parts[0].model_copy(update={"content": text}), parts[1]
    return (*parts[:-1], _with_message(parts[-1], text))


def _answer(item: Any) -> Any:
    """What a state or an update answers: its last message and structured response, else its plain values."""
    value = item
    if isinstance(item, tuple):
        value = cast("tuple[Any, ...]", item)[-1]
    if not isinstance(value, Mapping):
        return content_of(value) if hasattr(value, "content") or isinstance(value, str) else ""
    state = cast("Mapping[str, Any]", value)
    if state.get("messages") is None and len(state) == 1:
        inner = next(iter(state.values()))
        state = cast("Mapping[str, Any]", inner) if isinstance(inner, Mapping) else state
    messages: Any = state.get("messages")
    if not isinstance(messages, list | tuple) or not messages:
        plain_values: dict[str, Any] = {name: one for name, one in state.items() if isinstance(one, PLAIN)}
        return plain_values
    last = cast("list[Any]", messages)[-1]
    content: Any = getattr(last, "content", None)
    said = cast("Any", content if isinstance(content, str | list) else content_of(last))
    structured = state.get(STRUCTURED)
    return said if structured is None else {"said": said, STRUCTURED: plain(structured)}


def resumes(given: Any) -> bool:
    """Whether a graph is asked to go on rather than to begin."""
    return given is None or type(given).__name__ == "Command"


def last_words(value: Any) -> str:
    """The text of the last message in a state, update or chunk; other states as they are."""
    if isinstance(value, tuple) and value:
        value = cast("tuple[Any, ...]", value)[-1]
    if isinstance(value, Mapping):
        state = cast("Mapping[str, Any]", value)
        messages = state.get("messages")
        if messages is None and len(state) == 1:
            inner = next(iter(state.values()))
            messages = (
                cast("Mapping[str, Any]", inner).get("messages") if isinstance(inner, Mapping) else None
            )
        if isinstance(messages, list | tuple) and messages:
            return content_of(cast("list[Any]", messages)[-1])
        return str({k: v for k, v in state.items() if isinstance(v, str | int | float | bool)} or "")
    return content_of(value) if value is not None and not resumes(value) else ""


def content_of(value: Any) -> str:
    """What a message or result says; a message may also stand as (role, text)."""
    content: Any = getattr(value, "content", value)
    if isinstance(content, tuple | list):
        pair = list(cast("Iterable[Any]", content))
        content = pair[1] if len(pair) == 2 and isinstance(pair[0], str) else pair
    return str(as_map(content).get("content", content))


def as_map(value: Any) -> Mapping[str, Any]:
    """A mapping as it is; nothing of anything else."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
