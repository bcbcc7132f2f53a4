"""Arguments against a contract's JSON Schema: nothing fetched, nothing unnamed, nothing slow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NoReturn, cast

import jsonschema_rs
from msgspec.json import encode

from holdfast.action import Contract
from holdfast.action.contracts import check_bounds, check_weight
from holdfast.errors import Misconfigured

PROBLEMS_MAX: Final = 5
PATTERN_BYTES_MAX: Final = 1024 * 1024
"""How large one compiled pattern may be: counted repetitions of repetitions grow without end."""
MESSAGE_MAX: Final = 200
COMPOSED: Final = frozenset({"$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "not"})

REFERS: Final = b'ef":'
"""Ends `$ref` and `$dynamicRef`: a schema that may refer to itself is taken as it is."""

Validator = jsonschema_rs.Draft202012Validator
Diagnose = Callable[[dict[str, Any]], list[str]]
"""What is wrong with arguments, each with its path; nothing when they fit."""


def make_validator(contract: Contract) -> Validator:
    """Compile the schema of a contract's arguments.

    Raises:
        Misconfigured: the schema is not one, is too large, refers outside of itself, or needs a slow
            regex engine.
    """
    return _compile(_schema(contract), contract.tool)


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


def make_diagnosis(contract: Contract, validator: Validator) -> Diagnose:
    """`problems` of a contract's arguments, with a short way to the commonest: something is missing.

    The library makes an exception of each problem, with copies of the arguments and of the schema, which
    takes longer than all the rest of a refusal.
    """
    schema = _schema(contract)
    required: list[str] = schema.get("required", [])
    if not required or REFERS in encode(schema):
        return partial(problems, validator)
    lenient = _compile({name: one for name, one in schema.items() if name != "required"}, contract.tool)
    said = {name: f"{encode(name).decode()} is a required property"[:MESSAGE_MAX] for name in required}

    def diagnose(arguments: dict[str, Any]) -> list[str]:
        if not lenient.is_valid(arguments):
            return problems(validator, arguments)
        return [f"$: {said[name]}" for name in required if name not in arguments][:PROBLEMS_MAX]

    return diagnose


def _schema(contract: Contract) -> dict[str, Any]:
    return contract.parameters if contract.open else close(contract.parameters)


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
