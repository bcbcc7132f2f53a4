"""The strings of a call's arguments, with the names they stand under; bounded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final, cast

STRINGS_MAX: Final = 2_000
"""More strings than this in one call are more than a person could review: projecting fails, which refuses."""
UNREADABLE: Final = "?"
"""Stands for what cannot be read; no allow-list holds it, so it is refused."""


def texts(arguments: Mapping[str, Any], *, leave_out: tuple[str, ...] = ()) -> list[str]:
    """Every string anywhere in the arguments, keys of inner objects included.

    Raises:
        ValueError: there are more than a person could review.
    """
    found: list[str] = []
    for name, value in arguments.items():
        if type(value) is str:
            if name not in leave_out:
                found.append(value)
        elif isinstance(value, (dict, list)) and name not in leave_out:
            found.extend(islice(_walk(value), STRINGS_MAX + 1))
    if len(found) > STRINGS_MAX:
        raise ValueError(f"more than {STRINGS_MAX} strings in one call")
    return found


def named_texts(arguments: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every string with the name it stands under, lower case; the items of a list have the list's name.

    Raises:
        ValueError: there are more than a person could review.
    """
    found: list[tuple[str, str]] = []
    for name, value in arguments.items():
        if type(value) is str:
            found.append((name.lower(), value))
        elif isinstance(value, (dict, list)):
            found.extend(islice(_walk_named(name.lower(), value), STRINGS_MAX + 1))
    if len(found) > STRINGS_MAX:
        raise ValueError(f"more than {STRINGS_MAX} strings in one call")
    return found


def _walk(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in cast("dict[str, Any]", value).items():
            yield name
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _walk(inner)


def _walk_named(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for inner_name, inner in cast("Mapping[str, Any]", value).items():
            yield from _walk_named(inner_name.lower(), inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _walk_named(name, inner)
