"""What a call does not say itself is said by the spans above it: whose it is, for whom it was made."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

import msgspec

from holdfast_server.record.spans.span import Span
from holdfast_server.record.spans.wrapper import ABOVE_MAX

INHERITED: Final = ("agent", "session", "person", "team", "workflow", "customer", "release", "environment")
HEIRS: Final = frozenset({"model", "tool"})
_Said = tuple[str, ...]
_own: Final = attrgetter(*INHERITED)
_NOTHING: Final[_Said] = ("",) * len(INHERITED)


def inherit(spans: Sequence[Span]) -> list[Span]:
    """The same spans; calls of models and tools with what the spans above them in this batch say of them."""
    by_place = {(span.trace_id, span.span_id): span for span in spans}
    known: dict[tuple[str, str], _Said] = {}
    return [
        _fill(span, _said_above(span, by_place, known))
        if span.step_kind in HEIRS and span.parent_id and not span.run
        else span
        for span in spans
    ]


def _said_above(
    span: Span, by_place: dict[tuple[str, str], Span], known: dict[tuple[str, str], _Said]
) -> _Said:
    """What is said by the spans above, the nearest first; remembered for every span on the way."""
    way: list[Span] = []
    place = (span.trace_id, span.parent_id)
    while place not in known and len(way) < ABOVE_MAX and (above := by_place.get(place)) is not None:
        way.append(above)
        place = (span.trace_id, above.parent_id)
    said = known.get(place, _NOTHING)
    for above in reversed(way):
        said = tuple([mine or theirs for mine, theirs in zip(_own(above), said, strict=True)])
        known[above.trace_id, above.span_id] = said
    return said


def _fill(span: Span, said: _Said) -> Span:
    new = {
        name: theirs
        for name, mine, theirs in zip(INHERITED, _own(span), said, strict=True)
        if theirs and not mine
    }
    return msgspec.structs.replace(span, **new) if new else span
