"""Sets of names, each worked out once: an instrumentation sends the same again and again."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Final

import msgspec

from holdfast_server.action.otlp.dialects.lookup import RANKS, find_entry

SHAPES_MAX: Final = 2_000
NAMES_MAX: Final = 256
"""More names than an instrumentation sends."""


class Shape(msgspec.Struct, gc=False):
    """What the attributes of these names come to."""

    whole: bool = False
    """Whether they come to it whatever they say, as long as each says something."""
    pick: Any = None
    """From what is said to the values of `fields`, followed by those of names that are believed less."""
    fields: tuple[str, ...] = ()
    words: Mapping[str, str] | None = None
    """What the values of `operation` mean."""
    sources: dict[str, str] = {}
    """Field → the name that fills it."""
    ranks: dict[str, int] = {}
    dialects: int = 0
    strange: tuple[str, ...] = ()


def shape_of(names: tuple[str, ...]) -> Shape:
    """What is known of these names, in this order."""
    shape = _SHAPES.get(names)
    if shape is None:
        shape = _work_out(names)
        if len(_SHAPES) >= SHAPES_MAX:
            _SHAPES.clear()
        if len(names) <= NAMES_MAX:
            _SHAPES[names] = shape
    return shape


def _work_out(names: tuple[str, ...]) -> Shape:
    entries = {name: find_entry(name) for name in names}
    filling = {name: entry for name, entry in entries.items() if entry.field}
    telling = [entry for entry in filling.values() if entry.words is not None]
    hinging = any(entry.part or entry.nothing for entry in entries.values())
    if hinging or len(telling) > 1 or len(filling) < 2:  # one value alone is picked bare
        return _UNEVEN
    ranked = sorted(filling, key=lambda name: filling[name].rank)
    best = {filling[name].field: name for name in reversed(ranked)}
    if telling and filling[best["operation"]] is not telling[0]:
        return _UNEVEN
    dialects = 0
    for entry in filling.values():
        dialects |= 1 << entry.rank // RANKS
    return Shape(
        whole=True,
        pick=itemgetter(*best.values(), *(name for name in ranked if name not in best.values())),
        fields=tuple(best),
        words=telling[0].words if telling else None,
        sources=best,
        ranks={field: filling[name].rank for field, name in best.items()},
        dialects=dialects,
        strange=tuple(name for name, entry in entries.items() if not entry.understood),
    )


_UNEVEN: Final = Shape()
"""It depends on what each of them says."""
_SHAPES: Final[dict[tuple[str, ...], Shape]] = {}
