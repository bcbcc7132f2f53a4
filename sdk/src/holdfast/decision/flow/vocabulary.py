"""Closed vocabularies: a schema whose every value was thought of beforehand, so that no text gets through it.

What passes one carries choices but no words; it is how a quarantined agent may answer without its labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

CHOICES_MAX: Final = 1_000
ITEMS_MAX: Final = 100
PROPERTIES_MAX: Final = 50
DEPTH_MAX: Final = 8
SPAN_MAX: Final = 1_000_000
"""More numbers than this could spell something."""
PLAIN: Final = frozenset({"boolean", "null"})


def openings(schema: Any, where: str = "$") -> list[str]:
    """Where a schema lets text through that nobody thought of; none when it is closed."""
    return list(_openings(schema, where, 0))


def _openings(schema: Any, where: str, depth: int) -> Iterator[str]:
    if not isinstance(schema, dict) or depth > DEPTH_MAX:
        yield f"{where}: anything is allowed here"
        return
    said = cast("dict[str, Any]", schema)
    if "const" in said or "enum" in said:
        choices = cast("list[Any]", said.get("enum", [said.get("const")]))
        if len(choices) > CHOICES_MAX:
            yield f"{where}: more than {CHOICES_MAX} choices"
        return
    kind = said.get("type")
    if kind == "object":
        yield from _of_object(said, where, depth)
    elif kind == "array":
        if not 0 <= said.get("maxItems", -1) <= ITEMS_MAX:
            yield f"{where}: set maxItems to at most {ITEMS_MAX}"
        yield from _openings(said.get("items"), f"{where}[]", depth + 1)
    elif kind == "integer":
        if not 0 <= said.get("maximum", SPAN_MAX + 1) - said.get("minimum", 0) <= SPAN_MAX:
            yield f"{where}: set minimum and maximum, at most {SPAN_MAX:,} apart"
    elif kind not in PLAIN:
        yield f"{where}: {kind or 'a value'} can hold any text; use enum"


def _of_object(said: dict[str, Any], where: str, depth: int) -> Iterator[str]:
    if said.get("additionalProperties") is not False:
        yield f"{where}: set additionalProperties: false"
    properties = cast("dict[str, Any]", said.get("properties") or {})
    if len(properties) > PROPERTIES_MAX:
        yield f"{where}: more than {PROPERTIES_MAX} properties"
    for name, inner in properties.items():
        yield from _openings(inner, f"{where}.{name}", depth + 1)
