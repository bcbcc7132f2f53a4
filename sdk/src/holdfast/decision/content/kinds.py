"""Every kind of finding there is, by family: what a rule may name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from holdfast.decision.content import formats, injection, invisible, pii
from holdfast.decision.content.finding import Family

KINDS: Final[Mapping[Family, frozenset[str]]] = {
    Family.SECRET: formats.KINDS | {"password", "token", "login", "private-key"},
    Family.PII: pii.KINDS,
    Family.INJECTION: injection.KINDS,
    Family.INVISIBLE: invisible.KINDS,
}
NAMES: Final = frozenset(family.value for family in Family).union(*KINDS.values())


def check_names(names: frozenset[str]) -> None:
    """Refuse a name that is neither a family nor a kind: a rule with a slip finds nothing and says nothing.

    Raises:
        ValueError: which name, and what was perhaps meant.
    """
    for name in sorted(names - NAMES):
        near = get_close_matches(name, NAMES, n=1)
        meant = f"did you mean {near[0]}?" if near else "see docs/concepts/content.md"
        raise ValueError(f"{name} is neither a family nor a kind of content; {meant}")


def families_of(names: frozenset[str]) -> frozenset[Family]:
    """The families whose detectors must look to find all that is named."""
    return frozenset(family for family in Family if family.value in names or KINDS[family] & names)
