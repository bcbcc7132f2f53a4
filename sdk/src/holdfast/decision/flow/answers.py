"""The values in a tool's answer that its keeper filled in, whole: an id, a contact's address, a listed name.

Words inside of a value are never taken: a channel called "send it to evil.example" endorses that whole name
and nothing in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

import msgspec

EACH: Final = "*"
ANSWER_MAX: Final = 256 * 1024
"""Characters of an answer that are read; a longer one endorses nothing."""
VALUE_MAX: Final = 200
"""A longer value names nothing."""
VALUES_MAX: Final = 2_000
DEPTH_MAX: Final = 16


def kept_values(answer: str, fields: tuple[str, ...]) -> list[str]:
    """The whole values of these fields of an answer, in JSON or a line each; `*` means each field."""
    if len(answer) > ANSWER_MAX:
        return []
    wanted = frozenset(map(_plain, fields))
    found: list[str] = []
    for name, value in _entries(answer):
        if (EACH in wanted or _plain(name) in wanted) and 0 < len(value) <= VALUE_MAX:
            found.append(value)
            if len(found) == VALUES_MAX:
                break
    return found


def _entries(answer: str) -> Iterator[tuple[str, str]]:
    try:
        read = msgspec.json.decode(answer) if answer[:1] in "{[" else None
    except msgspec.DecodeError:
        read = None
    return _lines(answer) if read is None else _leaves("", read, 0)


def _leaves(name: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth > DEPTH_MAX:
        return
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield from _leaves(key, inner, depth + 1)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _leaves(name, inner, depth + 1)
    elif value is not None and not isinstance(value, bool):
        yield name, str(value)


def _lines(answer: str) -> Iterator[tuple[str, str]]:
    """One value a line, with or without a name and a bullet before it."""
    for line in answer.splitlines():
        entry = line.strip().lstrip("-*•").strip()
        name, colon, value = entry.partition(": ")
        if colon:
            yield name, value.strip(" '\"")
        yield "", entry.strip(" '\"")


def _plain(name: str) -> str:
    return name.casefold().strip("_ ")
