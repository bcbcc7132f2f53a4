"""Sections of a policy file that are mappings, each value read at its own place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from holdfast.decision.cedar import did_you_mean
from holdfast.decision.cedar.syntax import is_level
from holdfast.decision.limits import Alarm, Detectors

if TYPE_CHECKING:
    from holdfast.decision.pack.document import Document


def read_each(document: Document, section: str, kind: type[Any]) -> Iterator[tuple[str, Any]]:
    """A section that is a mapping from names to values of one kind."""
    for word in document.read(dict[str, Any], (section,)):
        yield word, document.read(kind, (section, word))


def read_detectors(document: Document) -> dict[str, Any]:
    """What is said of each detector; `off` (or nothing) switches one off."""
    kept: dict[str, Any] = {}
    for word, value in document.read(dict[str, Any], ("detectors",)).items():
        path = ("detectors", word)
        if word not in Detectors.__struct_fields__:
            hint = did_you_mean(word, Detectors.__struct_fields__)
            raise document.problem(f"unknown detector {word}", path, hint=hint)
        if isinstance(getattr(Detectors(), word), bool):
            kept[word] = document.read(bool, path)
        else:
            kept[word] = None if value is None or value == "off" else document.read(Alarm, path)
    return kept


def read_levels(document: Document) -> Iterator[tuple[str, str]]:
    """What is said of how much rules count."""
    for rule, level in read_each(document, "enforcement", str):
        if not is_level(level):
            must = "shadow, warn, sample:<1 to 100> or enforce"
            raise document.problem(f"a rule's level is {must}, not {level!r}", ("enforcement", rule))
        yield rule, level
