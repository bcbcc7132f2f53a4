"""One byte form for arguments, so that one digest stands for them everywhere.

What runs is the decoded canonical form, never the caller's object: nothing can change between the two.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import Annotated, Any, Final

import msgspec

from holdfast.errors import Invalid

BYTES_MAX: Final = 256 * 1024
"""Larger arguments are refused: nobody can judge what nobody can read."""
DEPTH_MAX: Final = 32
INTEGER_MAX: Final = 2**63 - 1
POINT_ZERO: Final = b".0"
"""Stands in every number that is whole and written with a point; rarely elsewhere."""
EXACT_MAX: Final = 2**53
"""Beyond this a float does not say which integer it is."""
ORDINARY_DEPTH: Final = 6
"""Arguments nested no deeper are checked while they are decoded."""

Integer = Annotated[int, msgspec.Meta(ge=-INTEGER_MAX - 1, le=INTEGER_MAX)]
Scalar = Integer | float | str | bool | None


def _nested(depth: int) -> Any:
    inner = _nested(depth - 1) if depth > 1 else Scalar
    return Scalar | list[inner] | dict[str, inner]


_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder().decode
_decode_ordinary = msgspec.json.Decoder(dict[str, _nested(ORDINARY_DEPTH)]).decode


def canonicalise(arguments: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the arguments as plain JSON data and as their one byte form (UTF-8 JSON, keys sorted).

    Raises:
        Invalid: a value has no faithful JSON form (NaN, infinity, a cycle, an integer beyond 64 bits, a live
            object), or the whole is too large or too deep.
    """
    try:
        canonical = _encode(arguments)
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise _not_plain(error) from error
    if len(canonical) > BYTES_MAX:
        raise Invalid(f"arguments take {len(canonical)} bytes; the limit is {BYTES_MAX}")
    try:
        plain = _decode_ordinary(canonical)
    except msgspec.ValidationError:
        plain = _decode_unusual(arguments, canonical)
    else:
        # A non-finite number encodes as null and differs. The walk that names its path costs more than
        # everything above, so only what is not ordinary is sent there.
        if plain != arguments:
            _check(arguments, "$", 0)
    if canonical.find(POINT_ZERO) >= 0:  # a third faster than `in`
        # 1.0 is the integer 1 to JSON Schema, and RFC 8785 writes it so: one value, one digest, one type.
        plain = _whole(plain)
        canonical = _encode(plain)
    return plain, canonical


def digest(kind: str, target: str, canonical: bytes) -> str:
    """SHA-256 over kind, target and canonical arguments, separated by NUL, hex."""
    return hashlib.sha256(b"\0".join((kind.encode(), target.encode(), canonical))).hexdigest()


def parse_arguments(text: str | bytes) -> dict[str, Any]:
    """Read a model's JSON arguments; duplicate keys and non-finite numbers are refused, never guessed.

    Raises:
        Invalid: the text is not one JSON object with unique keys.
    """
    try:
        value = json.loads(
            text or "{}", object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
        )
    except (ValueError, RecursionError) as error:
        raise Invalid(f"arguments are not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Invalid("arguments must be one JSON object")
    return value  # pyright: ignore[reportUnknownVariableType]  # json returns Any by nature


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is more than a number can be")
    return number


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _not_plain(error: Exception) -> Invalid:
    return Invalid(f"arguments are not plain data: {error}", hint="Pass JSON values only.")


def _decode_unusual(arguments: dict[str, Any], canonical: bytes) -> dict[str, Any]:
    """Decode what is nested deeper than usual, or refuse what is too deep or too large, by its path."""
    _check(arguments, "$", 0)
    try:
        return _decode(canonical)
    except msgspec.DecodeError as error:
        raise _not_plain(error) from error


def _whole(value: Any) -> Any:
    """The value with every whole number an integer."""
    match value:
        case float() if value.is_integer() and abs(value) <= EXACT_MAX:
            return int(value)
        case dict():
            return {key: _whole(inner) for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType]  # JSON
        case list():
            return [_whole(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]  # JSON
        case _:
            return value


def _check(value: Any, path: str, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise Invalid(f"arguments are nested deeper than {DEPTH_MAX} at {path}")
    match value:
        case float() if not math.isfinite(value):
            raise Invalid(f"{path} is not a finite number")
        case bool():
            pass
        case int() if not -INTEGER_MAX - 1 <= value <= INTEGER_MAX:
            raise Invalid(f"{path} does not fit into 64 bits")
        case dict():
            for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType]  # any JSON-like object
                _check(inner, f"{path}.{key}", depth + 1)
        case list() | tuple() | set() | frozenset():
            for place, inner in enumerate(value):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # any JSON-like array
                _check(inner, f"{path}[{place}]", depth + 1)
        case _:
            pass
