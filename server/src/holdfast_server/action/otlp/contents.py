"""What went into a step and what came out of it, wherever the dialect puts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from holdfast_server.action.otlp.dialects.lookup import find_entry
from holdfast_server.action.otlp.messages import assemble, read_events
from holdfast_server.action.otlp.understanding import Understood, Values
from holdfast_server.record.spans.chat import list_in, object_in

Event = tuple[str, int, dict[str, Any]]
"""Name, time, attributes."""


class Contents(NamedTuple):
    """Both sides as text, and the attributes that stand there whole and so need not be kept twice."""

    given: str = ""
    made: str = ""
    consumed: frozenset[str] = frozenset()


NUMBERED: Final = "numbered attributes"
EVENTS: Final = "events"
_MODEL: Final = (("messages_in", NUMBERED, EVENTS, "input"), ("messages_out", NUMBERED, EVENTS, "output"))
_TOOL: Final = (("arguments", "input", "messages_in", EVENTS), ("result", "output", "messages_out", EVENTS))
_OTHER: Final = (
    ("input", "messages_in", "arguments", NUMBERED, EVENTS),
    ("output", "messages_out", "result", NUMBERED, EVENTS),
)
PLACES: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {"model": _MODEL, "tool": _TOOL}
"""For a kind of step: where its two sides stand, the place that is believed first first."""
_NONE: Final = Contents()


def read_contents(kind: str, read: Understood, said: Values, events: Sequence[Event]) -> Contents:
    """Both sides of a step."""
    known, parts = read.known, read.parts
    spoken = events and any(name.startswith("gen_ai.") for name, _, _ in events)
    if not (parts or spoken or not _FIELDS.isdisjoint(known)):
        return _NONE
    into, out = PLACES.get(kind, _OTHER)
    heard = read_events((name, about) for name, _, about in events) if spoken else (None, None)
    given, given_at = _find(into, known, parts.get("input") if parts else None, heard[0])
    made, made_at = _find(out, known, parts.get("output") if parts else None, heard[1])
    if kind == "model" and not _APART.isdisjoint(known) and made_at in {"", "output"}:
        made, made_at = _put_together(known, made), ""
    consumed = {read.sources[place] for place in (given_at, made_at) if place in read.sources}
    if parts and NUMBERED in (given_at, made_at):
        consumed |= {name for name in said if _stands_whole(name, given_at, made_at)}
    return Contents(write(given), write(made), frozenset(consumed))


def write(value: Any) -> str:
    """A value as text: strings as they are, everything else as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else _ENCODER.encode(value).decode()


def _find(places: tuple[str, ...], known: Values, numbered: Any, heard: Any) -> tuple[Any, str]:
    for place in places:
        value = heard if place is EVENTS else numbered if place is NUMBERED else known.get(place)
        if value:
            return (assemble(value) if place is NUMBERED else value), place
    return None, ""


def _put_together(known: Values, text: Any) -> Any:
    """An answer whose text, thoughts and calls are attributes of their own."""
    parts: list[dict[str, Any]] = []
    if thoughts := known.get("reasoning_out"):
        parts.append({"type": "reasoning", "content": thoughts})
    if text:
        parts.append({"type": "text", "content": text})
    called = map(object_in, list_in(known.get("calls_out")) or ())
    parts += [{**one, "type": "tool_call"} for one in called if one]
    return [{"role": "assistant", "parts": parts}] if parts else None


def _stands_whole(name: str, given_at: str, made_at: str) -> bool:
    """Whether a numbered attribute is told whole by the messages that were put together."""
    part = find_entry(name).part
    if part is None:
        return False
    side, _, _, whole = part
    return whole and (given_at if side == "input" else made_at) is NUMBERED


_APART: Final = frozenset({"calls_out", "reasoning_out"})
_FIELDS: Final = (
    frozenset({place for sides in (*PLACES.values(), _OTHER) for side in sides for place in side}) | _APART
)
_ENCODER: Final = msgspec.json.Encoder()
