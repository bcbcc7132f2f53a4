"""Tokens that stand for values: `⟨email:7Q2KXW⟩`. What they stand for, only the vault of a session knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

OPEN: Final = "\N{MATHEMATICAL LEFT ANGLE BRACKET}"
CLOSE: Final = "\N{MATHEMATICAL RIGHT ANGLE BRACKET}"
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No letter or digit that is easily taken for another."""
SIZE: Final = 6
DEPTH_MAX: Final = 32
_token = re.compile(rf"{OPEN}(?P<kind>[a-z0-9-]{{1,32}}):(?P<id>[{ALPHABET}]{{{SIZE}}}){CLOSE}")


def write(kind: str, id: str) -> str:  # noqa: A002  # the token's own word
    """The token of a kind and an id."""
    return f"{OPEN}{kind}:{id}{CLOSE}"


def replace(value: Any, find: Callable[[str, str], str | None]) -> tuple[Any, int]:
    """Plain data with tokens exchanged for what `find(kind, id)` knows of them, and how many were.

    A token nobody knows stays as it is.
    """
    return _Exchange(find).of(value)


class _Exchange:
    def __init__(self, find: Callable[[str, str], str | None]) -> None:
        self._find = find
        self._count = 0

    def of(self, value: Any) -> tuple[Any, int]:
        return self._walk(value, 0), self._count

    def _walk(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return _token.sub(self._one, value) if OPEN in value else value
        if depth >= DEPTH_MAX:
            return value
        if isinstance(value, Mapping):
            return {
                key: self._walk(inner, depth + 1) for key, inner in cast("Mapping[Any, Any]", value).items()
            }
        if isinstance(value, list | tuple):
            return [self._walk(inner, depth + 1) for inner in cast("list[Any]", value)]
        return value

    def _one(self, match: re.Match[str]) -> str:
        found = self._find(match["kind"], match["id"])
        if found is None:
            return match[0]
        self._count += 1
        return found
