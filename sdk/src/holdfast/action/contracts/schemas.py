"""JSON Schemas from elsewhere: bounded before anybody compiles them, and asked what they name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from holdfast.errors import Misconfigured

BYTES_MAX: Final = 256 * 1024
DEPTH_MAX: Final = 48
NODES_MAX: Final = 20_000
"""Objects and arrays in one schema; compiling one of this size takes tens of milliseconds."""
PATTERN_MAX: Final = 1_000
HOPS_MAX: Final = 16
"""References followed one after the other."""

Schema = Mapping[str, Any]
TYPES: Final[dict[type, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
    list: "array",
    dict: "object",
}


def check_bounds(schema: Schema, *, tool: str) -> None:
    """Refuse a schema that is too large, too deep or no plain JSON, before it costs anything.

    Raises:
        Misconfigured: which limit it passes.
    """
    nodes = 0
    waiting: list[tuple[Any, int]] = [(schema, 1)]
    while waiting:
        value, depth = waiting.pop()
        if not isinstance(value, dict | list | tuple):
            continue
        nodes += 1
        if depth > DEPTH_MAX:
            raise _refused(tool, f"is nested deeper than {DEPTH_MAX}")
        if nodes > NODES_MAX:
            raise _refused(tool, f"has more than {NODES_MAX} parts")
        if isinstance(value, dict):
            pattern = cast("dict[str, Any]", value).get("pattern")
            if isinstance(pattern, str) and len(pattern) > PATTERN_MAX:
                raise _refused(tool, f"has a pattern longer than {PATTERN_MAX} characters")
            waiting.extend((inner, depth + 1) for inner in cast("dict[str, Any]", value).values())
        else:
            waiting.extend((inner, depth + 1) for inner in cast("list[Any]", value))
    try:
        size = len(msgspec.json.encode(schema))
    except (TypeError, ValueError, msgspec.MsgspecError) as error:
        raise _refused(tool, f"is not plain JSON: {error}") from error
    if size > BYTES_MAX:
        raise _refused(tool, f"takes {size} bytes; the limit is {BYTES_MAX}")


def properties_of(schema: Schema, root: Schema | None = None) -> dict[str, Schema]:
    """The properties that an object's schema names, those of its parts included; empty when it names none."""
    root = schema if root is None else root
    schema = follow(schema, root)
    found: dict[str, Schema] = {}
    for word in ("allOf", "anyOf", "oneOf"):
        for part in cast("list[Any]", schema.get(word) or ()):
            if isinstance(part, Mapping) and part is not schema:
                found |= _own_properties(follow(cast("Schema", part), root))
    return found | _own_properties(schema)


def is_open(schema: Schema, root: Schema | None = None) -> bool:
    """Whether an object may hold what its schema does not name."""
    schema = follow(schema, schema if root is None else root)
    if schema.get("patternProperties"):
        return True
    return schema.get("additionalProperties") not in {None, False} if schema.get("properties") else True


def at(schema: Schema, steps: tuple[str, ...], root: Schema | None = None) -> Schema | None:
    """The schema at the end of the way; `{}` when anything may stand there, None when nothing can."""
    root = schema if root is None else root
    for step in steps:
        schema = follow(schema, root)
        if schema.get("type") == "array" or ("items" in schema and "properties" not in schema):
            items = schema.get("items", {})
            if not step.isdecimal() or not isinstance(items, Mapping):
                return None if not step.isdecimal() else {}
            schema = cast("Schema", items)
            continue
        named = properties_of(schema, root)
        if step in named:
            schema = named[step]
        elif is_open(schema, root) and types_of(schema, root) in {None, frozenset({"object"})}:
            return {}
        else:
            return None
    return follow(schema, root)


def types_of(schema: Schema, root: Schema | None = None) -> frozenset[str] | None:
    """The JSON types that a schema allows; None when it does not say."""
    schema = follow(schema, schema if root is None else root)
    said = schema.get("type")
    if isinstance(said, str):
        return frozenset({said})
    if isinstance(said, list | tuple):
        return frozenset(str(one) for one in cast("list[Any]", said))
    return frozenset({"object"}) if "properties" in schema else None


def type_of_value(value: Any) -> str:
    """The JSON type of a value."""
    return TYPES.get(type(value), "object")  # pyright: ignore[reportUnknownArgumentType]  # any JSON value


def fit(given: frozenset[str] | None, wanted: frozenset[str] | None) -> bool:
    """Whether something of these types can be what is wanted; what nobody says is not held against it."""
    if given is None or wanted is None:
        return True
    if "number" in wanted:
        wanted |= {"integer"}
    if "number" in given:
        given |= {"integer"}
    return not given.isdisjoint(wanted)


def follow(schema: Schema, root: Schema) -> Schema:
    """The schema that a local reference points to; `{}` when it leads nowhere or in circles."""
    for _ in range(HOPS_MAX):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        found = find_pointer(root, reference)
        if not isinstance(found, Mapping):
            return {}
        schema = cast("Schema", found)
    return {}


def find_pointer(document: Any, reference: str) -> Any:
    """What a local JSON pointer (`#/a/b`) points to; None when there is nothing."""
    if not reference.startswith("#"):
        return None
    value = document
    for part in reference[1:].split("/")[1:]:
        word = part.replace("%25", "%").replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping):
            value = cast("Mapping[str, Any]", value).get(word)
        elif isinstance(value, list) and word.isdecimal() and int(word) < len(cast("list[Any]", value)):
            value = cast("list[Any]", value)[int(word)]
        else:
            return None
    return value


def _own_properties(schema: Schema) -> dict[str, Schema]:
    said = schema.get("properties")
    if not isinstance(said, Mapping):
        return {}
    named = cast("Mapping[str, Any]", said)
    return {
        name: cast("Schema", inner) if isinstance(inner, Mapping) else {} for name, inner in named.items()
    }


def _refused(tool: str, why: str) -> Misconfigured:
    return Misconfigured(
        f"the schema of {tool} {why}", hint="Describe the arguments that matter, and no more."
    )
