"""Where text stands in the events of a streamed answer, for each dialect."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any, Final, NamedTuple, cast

from holdfast.record.models.dialect import Dialect
from holdfast.record.models.google import Gemini, parts_of
from holdfast.record.models.openai import Chat, Completions, Responses
from holdfast.record.models.parts import Json, listing, mapping

ALL: Final = object()
"""The group of an event after which nothing follows."""


class Piece(NamedTuple):
    """One piece of one text in an event."""

    group: Hashable
    """What ends together."""
    name: tuple[Any, ...]
    """Which text of the group it belongs to."""
    holder: Json
    field: str
    template: Json
    """An event that brings a further piece of the same text; `holder` of its own last piece."""

    @property
    def text(self) -> str:
        """What it says."""
        return self.holder[self.field]


def pieces(dialect: Dialect, event: Json) -> Iterator[Piece]:
    """The pieces of text that an event brings."""
    match dialect:
        case Chat():
            return _chat(event)
        case Completions():
            return _completions(event)
        case Gemini():
            return _gemini(event)
        case Responses():
            return _responses(event)
        case _:
            return _messages(event)


def wholes(dialect: Dialect, event: Json) -> Iterator[Json]:
    """What an event that brings pieces says whole, beside them: the calls of Gemini."""
    if isinstance(dialect, Gemini):
        for _, part in parts_of(event):
            if "functionCall" in part or "function_call" in part:
                yield part


def further(piece: Piece, text: str) -> Json:
    """An event with more of a text, such as its maker could have sent."""
    event = piece.template
    if "candidates" in event:
        part: Json = {"text": text, **({"thought": True} if piece.name[1] else {})}
        content: Json = {"role": "model", "parts": [part]}
        kept = {name: one for name, one in event.items() if name != "usageMetadata"}
        return {**kept, "candidates": [{"content": content, "index": piece.group}]}
    if "choices" not in event:
        if piece.holder is event:
            return {**event, "delta": text}
        return {**event, "delta": {**event["delta"], piece.field: text}}
    kind, place = piece.name
    delta: Json = {str(kind): text}
    if kind == "arguments":
        delta = {"tool_calls": [{"index": place, "function": {"arguments": text}}]}
    said: Json = delta if kind == "text" else {"delta": delta}
    choice: Json = {"index": piece.group, **said, "finish_reason": None}
    return {name: one for name, one in event.items() if name != "usage"} | {"choices": [choice]}


def ended(dialect: Dialect, event: Json) -> Iterator[Hashable]:
    """The groups of text that an event ends."""
    match dialect:
        case Chat() | Completions():
            choices = map(mapping, listing(event.get("choices")))
            return (one.get("index") for one in choices if one.get("finish_reason"))
        case Gemini():
            candidates = map(mapping, listing(event.get("candidates")))
            return (one.get("index", 0) for one in candidates if one.get("finishReason"))
        case Responses():
            return _ended_items(event)
        case _:
            return _ended_blocks(event)


def _ended_items(event: Json) -> Iterator[Hashable]:
    kind = str(event.get("type", ""))
    if kind in {"response.completed", "response.incomplete", "response.failed"}:
        yield ALL
    elif kind.endswith(".done"):
        yield event.get("item_id") or mapping(event.get("item")).get("id")


def _ended_blocks(event: Json) -> Iterator[Hashable]:
    kind = event.get("type")
    if kind == "content_block_stop":
        yield event.get("index")
    elif kind in {"message_delta", "message_stop"}:
        yield ALL


def _chat(event: Json) -> Iterator[Piece]:
    for raw in listing(event.get("choices")):
        choice = mapping(raw)
        delta: Any = choice.get("delta")
        if not isinstance(delta, dict):
            continue
        delta = cast("Json", delta)
        group = choice.get("index")
        for field in ("content", "refusal", "reasoning_content", "reasoning"):
            if isinstance(delta.get(field), str):
                yield Piece(group, (field, 0), delta, field, event)
        for place, one in enumerate(listing(delta.get("tool_calls"))):
            call = mapping(one)
            made: Any = call.get("function")
            if isinstance(mapping(made).get("arguments"), str):
                yield Piece(group, ("arguments", call.get("index", place)), made, "arguments", event)


def _completions(event: Json) -> Iterator[Piece]:
    for choice in map(mapping, listing(event.get("choices"))):
        if isinstance(choice.get("text"), str):
            yield Piece(choice.get("index"), ("text", 0), choice, "text", event)


def _gemini(event: Json) -> Iterator[Piece]:
    for candidate, part in parts_of(event):
        if isinstance(part.get("text"), str):
            yield Piece(candidate.get("index", 0), ("text", part.get("thought") is True), part, "text", event)


def _responses(event: Json) -> Iterator[Piece]:
    if str(event.get("type", "")).endswith(".delta") and isinstance(event.get("delta"), str):
        name = (event["type"], event.get("content_index"), event.get("summary_index"))
        yield Piece(event.get("item_id"), name, event, "delta", event)


def _messages(event: Json) -> Iterator[Piece]:
    delta = mapping(event.get("delta"))
    for field in ("text", "partial_json"):
        if event.get("type") == "content_block_delta" and isinstance(delta.get(field), str):
            yield Piece(event.get("index"), (field,), event["delta"], field, event)
