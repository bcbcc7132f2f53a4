"""How much work a schema's references make: a small one can ask for more than any machine can do.

Twenty definitions that each refer twice to the next mean a million evaluations, and recursion that meets a
value twice doubles at every level. Both are refused before anything is compiled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from holdfast.action.contracts.schemas import find_pointer
from holdfast.errors import Misconfigured

WEIGHT_MAX: Final = 20_000
"""Schemas that one value may meet, every reference followed."""
TARGETS_MAX: Final = 500
IN_PLACE: Final = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else"})
"""Words whose schemas meet the same value."""
BY_NAME: Final = frozenset({"properties", "dependentSchemas", "patternProperties"})
INSIDE: Final = {
    "items": "[]",
    "prefixItems": "[]",
    "contains": "[]",
    "unevaluatedItems": "[]",
    "additionalProperties": "{}",
    "unevaluatedProperties": "{}",
    "propertyNames": "name",
}
"""Words whose schemas meet what is inside a value, and where: what has one place may meet one value."""
ROOT: Final = "#"

Place = tuple[str, ...]
Edges = Counter[tuple[Place, str]]


def check_weight(schema: Mapping[str, Any], *, tool: str) -> None:
    """Refuse references that multiply, turn in circles, or lead outside of the schema.

    Raises:
        Misconfigured: which of these.
    """
    edges: dict[str, Edges] = {}
    sizes: dict[str, int] = {}
    waiting = [ROOT]
    while waiting:
        target = waiting.pop()
        if target in edges:
            continue
        if len(edges) == TARGETS_MAX:
            raise _refused(tool, f"refers to more than {TARGETS_MAX} definitions")
        found = list(_references(find_pointer(schema, target), ()))
        sizes[target] = 1 + len(found)
        edges[target] = Counter((place, _local(one, tool)) for place, one in found)
        waiting += [one for _, one in edges[target]]
    reach = {target: _reached(target, edges) for target in edges}
    _check_circles(edges, reach, tool)
    if _weigh(ROOT, edges, reach, sizes, {}) > WEIGHT_MAX:
        raise _refused(tool, "refers to the same definitions too many times over")


def _references(schema: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Every reference of a schema, with where in a value it applies; references are not followed."""
    if not isinstance(schema, Mapping):
        return
    said = cast("Mapping[str, Any]", schema)
    for word, inner in said.items():
        if word in {"$ref", "$dynamicRef", "$recursiveRef"}:
            yield place, str(inner) if word == "$ref" else word
        elif word in IN_PLACE:
            yield from _all(inner, place)
        elif word in INSIDE:
            yield from _all(inner, (*place, INSIDE[word]))
        elif word in BY_NAME and isinstance(inner, Mapping):
            for name, one in cast("Mapping[str, Any]", inner).items():
                yield from _references(one, place if word == "dependentSchemas" else (*place, name))


def _all(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    for one in cast("list[Any]", value) if isinstance(value, list) else [value]:
        yield from _references(one, place)


def _local(reference: str, tool: str) -> str:
    if reference != ROOT and not reference.startswith("#/"):
        raise _refused(tool, f"refers to {reference!r:.100}; only definitions inside of it can be used")
    return reference


def _reached(start: str, edges: Mapping[str, Edges]) -> set[str]:
    seen: set[str] = set()
    waiting = [target for _, target in edges[start]]
    while waiting:
        target = waiting.pop()
        if target not in seen:
            seen.add(target)
            waiting += [one for _, one in edges[target]]
    return seen


def _check_circles(edges: Mapping[str, Edges], reach: Mapping[str, set[str]], tool: str) -> None:
    for target, found in edges.items():
        back = Counter[Place]()
        for (place, to), times in found.items():
            if target in reach[to] or to == target:
                back[place] += times
        if back[()]:
            # A reference in place that leads back: the same value would be met for ever, unless a step inside
            # lies on the way. Telling these apart is not worth it; nobody needs the latter.
            raise _refused(tool, f"refers from {target} to itself without going into the value")
        if back and max(back.values()) > 1:
            raise _refused(tool, f"meets a value twice at {target}, and doubles at every level")


def _weigh(
    target: str,
    edges: Mapping[str, Edges],
    reach: Mapping[str, set[str]],
    sizes: Mapping[str, int],
    known: dict[str, int],
) -> int:
    if target not in known:
        known[target] = sizes[target] + sum(
            times * _weigh(to, edges, reach, sizes, known)
            for (_, to), times in edges[target].items()
            if target not in reach[to] and to != target
        )
    return known[target]


def _refused(tool: str, why: str) -> Misconfigured:
    return Misconfigured(
        f"the schema of {tool} {why}", hint="Write #/$defs/NAME, and each definition where it is needed."
    )
