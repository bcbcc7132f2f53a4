"""Where text stands in the events of a streamed answer, for each dialect."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any, Final, NamedTuple, cast

from holdfast.record.models.anthropic import Messages
from holdfast.record.models.dialect import Dialect
from holdfast.record.models.openai import Chat, Responses
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
            yield from _chat(event)
        case Responses():
            if str(event.get("type", "")).endswith(".delta") and isinstance(event.get("delta"), str):
                group = event.get("item_id")
                name = (event["type"], event.get("content_index"), event.get("summary_index"))
                yield Piece(group, name, event, "delta", event)
        case _:
            delta = mapping(event.get("delta"))
            for field in ("text", "partial_json"):
                if event.get("type") == "content_block_delta" and isinstance(delta.get(field), str):
                    yield Piece(event.get("index"), (field,), event["delta"], field, event)


def further(piece: Piece, text: str) -> Json:
    """An event with more of a text, such as its maker could have sent."""
    event = piece.template
    if "choices" not in event:
        if piece.holder is event:
            return {**event, "delta": text}
        return {**event, "delta": {**event["delta"], piece.field: text}}
    kind, place = piece.name
    delta: Json = {str(kind): text}
    if kind == "arguments":
        delta = {"tool_calls": [{"index": place, "function": {"arguments": text}}]}
    choice: Json = {"index": piece.group, "delta": delta, "finish_reason": None}
    return {name: one for name, one in event.items() if name != "usage"} | {"choices": [choice]}


def ended(dialect: Dialect, event: Json) -> Iterator[Hashable]:
    """The groups of text that an event ends."""
    kind = str(event.get("type", ""))
    match dialect:
        case Chat():
            for choice in map(mapping, listing(event.get("choices"))):
                if choice.get("finish_reason"):
                    yield choice.get("index")
        case Responses():
            if kind in {"response.completed", "response.incomplete", "response.failed"}:
                yield ALL
            elif kind.endswith(".done"):
                yield event.get("item_id") or mapping(event.get("item")).get("id")
        case Messages():
            if kind == "content_block_stop":
                yield event.get("index")
            elif kind in {"message_delta", "message_stop"}:
                yield ALL
        case _:
            return


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
