"""The types of Cedar, and the type of Cedar that a JSON Schema has."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple, cast

DEPTH_MAX: Final = 8
"""Deeper arguments stay invisible to policies."""


class Type(StrEnum):
    """A type of Cedar; `UNKNOWN` is checked when the policy runs."""

    UNKNOWN = "Unknown"
    BOOL = "Boolean"
    LONG = "Long"
    STRING = "String"
    SET = "Set"
    RECORD = "Record"
    ENTITY = "Entity"
    DECIMAL = "decimal"
    DATETIME = "datetime"
    DURATION = "duration"
    ADDRESS = "ipaddr"


class Shape(NamedTuple):
    """The type of a value and of everything inside it."""

    type: Type
    element: Shape | None = None
    """Of a set."""
    attributes: Mapping[str, Attribute] = {}  # a NamedTuple default, never changed
    """Of a record."""


class Attribute(NamedTuple):
    """An attribute of a record."""

    shape: Shape
    required: bool = True


UNKNOWN: Final = Shape(Type.UNKNOWN)
BOOL: Final = Shape(Type.BOOL)
LONG: Final = Shape(Type.LONG)
STRING: Final = Shape(Type.STRING)
DECIMAL: Final = Shape(Type.DECIMAL)
STRINGS: Final = Shape(Type.SET, STRING)

SCALARS: Final = {"boolean": BOOL, "integer": LONG, "number": DECIMAL, "string": STRING}


def record(**attributes: Shape) -> Shape:
    """A record whose attributes are all required."""
    return Shape(Type.RECORD, None, {name: Attribute(shape) for name, shape in attributes.items()})


def shape_of(schema: Mapping[str, Any]) -> Shape:
    """The record that arguments of this JSON Schema make; what Cedar cannot hold is left out."""
    return _record(schema, schema, 0)


def _record(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Shape:
    required = frozenset(schema.get("required", ()))
    found: dict[str, Attribute] = {}
    for name, inner in schema.get("properties", {}).items():
        shape, nullable = _shape(inner, root, depth + 1)
        if shape is not None:
            found[name] = Attribute(shape, required=name in required and not nullable)
    return Shape(Type.RECORD, None, found)


def _shape(schema: Any, root: Mapping[str, Any], depth: int) -> tuple[Shape | None, bool]:
    """The shape, if there is one, and whether null may stand in its place."""
    schema, nullable = _resolve(schema, root)
    kind = schema.get("type")
    if depth > DEPTH_MAX:
        return None, nullable
    if isinstance(kind, list):
        kinds = cast("list[str]", kind)
        nullable = nullable or "null" in kinds
        rest = [one for one in kinds if one != "null"]
        kind = rest[0] if len(rest) == 1 else None
    if kind == "array":
        element, holes = _shape(schema.get("items", {}), root, depth + 1)
        return (Shape(Type.SET, element) if element and not holes else None), nullable
    if kind == "object":
        return (_record(schema, root, depth) if "properties" in schema else None), nullable
    if kind is None and _all_text(schema.get("enum", (schema.get("const"),))):
        return STRING, nullable
    return SCALARS.get(str(kind)), nullable


def _all_text(values: Any) -> bool:
    return bool(values) and all(isinstance(value, str) for value in values)


def _resolve(schema: Any, root: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """Follow local references and look through `anyOf [x, null]`."""
    nullable = False
    for _ in range(DEPTH_MAX):
        if not isinstance(schema, dict):
            return {}, nullable
        schema = cast("dict[str, Any]", schema)
        if "$ref" in schema:
            schema = _referred(str(schema["$ref"]), root)
        elif "anyOf" in schema or "oneOf" in schema:
            options: list[Any] = schema.get("anyOf") or schema.get("oneOf") or []
            rest = [one for one in options if one != {"type": "null"}]
            nullable = nullable or len(rest) < len(options)
            schema = rest[0] if len(rest) == 1 else {}
        else:
            return schema, nullable
    return {}, nullable


def _referred(reference: str, root: Mapping[str, Any]) -> Any:
    if not reference.startswith("#/"):
        return {}
    found: Any = root
    for step in reference[2:].split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        found = cast("dict[str, Any]", found).get(name, {}) if isinstance(found, dict) else {}
    return found
