"""Arguments against a contract's JSON Schema: nothing fetched, nothing unnamed, nothing slow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NoReturn, cast

import jsonschema_rs

from holdfast.action import Contract
from holdfast.action.contracts import check_bounds, check_weight
from holdfast.errors import Misconfigured

PROBLEMS_MAX: Final = 5
PATTERN_BYTES_MAX: Final = 1024 * 1024
"""How large one compiled pattern may be: counted repetitions of repetitions grow without end."""
MESSAGE_MAX: Final = 200
COMPOSED: Final = frozenset({"$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "not"})

Validator = jsonschema_rs.Draft202012Validator


def make_validator(contract: Contract) -> Validator:
    """Compile the schema of a contract's arguments.

    Raises:
        Misconfigured: the schema is not one, is too large, refers outside of itself, or needs a slow
            regex engine.
    """
    return _compile(contract.parameters if contract.open else close(contract.parameters), contract.tool)


def make_result_validator(tool: str, schema: Mapping[str, Any]) -> Validator:
    """Compile the schema of a result, which may hold more than it names: nobody is judged by it.

    Raises:
        Misconfigured: as for arguments.
    """
    return _compile(dict(schema), tool)


def _compile(schema: dict[str, Any], tool: str) -> Validator:
    check_bounds(schema, tool=tool)
    check_weight(schema, tool=tool)
    try:
        return Validator(
            schema,
            retriever=_refuse,
            pattern_options=jsonschema_rs.RegexOptions(
                size_limit=PATTERN_BYTES_MAX, dfa_size_limit=PATTERN_BYTES_MAX
            ),
            validate_formats=True,
        )
    except (ValueError, jsonschema_rs.ValidationError) as error:
        reason = str(error).partition("\n")[0]
        raise Misconfigured(
            f"the schema of {tool} cannot be used: {reason[:MESSAGE_MAX]}",
            hint="Use JSON Schema 2020-12 without remote references, look-around or backreferences.",
        ) from error


def close(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema, every object closed that does not say otherwise: what no schema names, no policy sees."""
    closed = {name: _close_inside(name, inner) for name, inner in schema.items()}
    describes = closed.get("type") == "object" or "properties" in closed
    if (
        describes
        and not {"additionalProperties", "unevaluatedProperties", "patternProperties"} & closed.keys()
    ):
        # A composed object's properties may be named in its parts; only `unevaluated…` looks into those.
        word = "unevaluatedProperties" if COMPOSED & closed.keys() else "additionalProperties"
        closed[word] = False
    return closed


def problems(validator: Validator, arguments: Any) -> list[str]:
    """What is wrong with the arguments or a result, each with its path, the first few only."""
    found: list[str] = []
    for error in validator.iter_errors(arguments):
        path = "$" + "".join(
            f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path
        )
        found.append(f"{path}: {error.message[:MESSAGE_MAX]}")
        if len(found) == PROBLEMS_MAX:
            break
    return found


def _close_inside(name: str, value: Any) -> Any:
    if name in {"properties", "$defs", "definitions"} and isinstance(value, dict):
        inner = cast("dict[str, Any]", value)
        return {key: _close_nested(one, name) for key, one in inner.items()}
    return _close_nested(value, name) if name == "items" else value


def _close_nested(value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        return value
    schema = cast("dict[str, Any]", value)
    # A free-form map, and a definition that others extend by composition, stay as they are.
    if "properties" not in schema and "items" not in schema:
        return schema
    return close(schema) if name != "definitions" or not COMPOSED & schema.keys() else schema


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"remote reference refused: {uri}")
