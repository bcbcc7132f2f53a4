"""The door to the detectors: their patterns are compiled when a text is first read, not at import.

Compiling them takes as long as importing everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from functools import cache
from typing import Protocol

from holdfast.decision.content.finding import EVERYTHING, Family, Finding


class Look(Protocol):
    """Finds what a text holds as `scan` does, perhaps sooner."""

    def __call__(
        self, text: str, families: Set[Family], /, *, outside: bool = True, deep: bool = True
    ) -> tuple[Finding, ...]:
        """The findings in a text, in its order, none overlapping another."""
        ...


def scan(
    text: str, families: Set[Family] = EVERYTHING, *, outside: bool = True, deep: bool = True
) -> tuple[Finding, ...]:
    """The findings in a text, in its order, none overlapping another.

    Args:
        text: what to read; only its first `TEXT_MAX` characters are.
        families: what to look for.
        outside: whether the text came from a document or a tool, rather than from a person.
        deep: whether to look under one layer of disguise, too: encodings, hidden and look-alike characters.
    """
    return _scan()(text, families, outside=outside, deep=deep)


def announced(text: str) -> list[tuple[int, int, int]]:
    """Words in a text that announce a secret far behind: where one begins, ends, and how far it reaches."""
    return _announced()(text)


def names_a_secret(name: str) -> bool:
    """Whether whatever stands in a field of this name is a secret."""
    return _names_a_secret()(name)


def check_names(names: frozenset[str]) -> None:
    """Refuse a name that is neither a family nor a kind: a rule with a slip finds nothing and says nothing.

    Raises:
        ValueError: which name, and what was perhaps meant.
    """
    if not names <= EVERYTHING:
        from holdfast.decision.content import kinds

        kinds.check_names(names)


def families_of(names: frozenset[str]) -> frozenset[Family]:
    """The families whose detectors must look to find all that is named."""
    if names <= EVERYTHING:
        return frozenset(map(Family, names))
    from holdfast.decision.content import kinds

    return kinds.families_of(names)


@cache
def _scan() -> Callable[..., tuple[Finding, ...]]:
    from holdfast.decision.content import scanning

    return scanning.scan


@cache
def _announced() -> Callable[[str], list[tuple[int, int, int]]]:
    from holdfast.decision.content import scanning

    return scanning.announced


@cache
def _names_a_secret() -> Callable[[str], bool]:
    from holdfast.decision.content import names

    return names.names_a_secret
