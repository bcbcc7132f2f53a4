"""Find everything a text holds, in one pass over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from typing import Final

import msgspec

from holdfast.decision.content import fields, formats, pii
from holdfast.decision.content.anchors import Anchors, flatten
from holdfast.decision.content.finding import EVERYTHING, SECRETS, TEXT_MAX, Family, Finding, settle
from holdfast.decision.content.formats import worth_reading
from holdfast.decision.content.injection import TRIGGERS, injection
from holdfast.decision.content.invisible import invisible
from holdfast.decision.content.logins import FAR
from holdfast.decision.content.provider_names import NAMES
from holdfast.decision.content.secrets import MARKS, secrets
from holdfast.decision.content.shapes import RUN_MIN, runs
from holdfast.decision.content.views import ENCODED_MIN, views

DISGUISE_MIN: Final = 32
"""Nothing worth finding fits into fewer characters of an encoding."""
SHORT: Final = 256
"""A shorter text without any anchor is not read further."""

_Stretches = Sequence[tuple[int, int]]
_Found = Mapping[str, Sequence[tuple[int, str]]]


@lru_cache(maxsize=16)
def _anchors(families: frozenset[Family]) -> Anchors:
    groups: dict[str, Iterable[str]] = {}
    if Family.SECRET in families:
        groups |= {"field": fields.WORDS, "inner": formats.INNER, "mark": MARKS, "provider": NAMES}
    if Family.PII in families:
        groups |= {"pii": pii.MARKS}
    if Family.INJECTION in families:
        groups |= {"injection": TRIGGERS}
    return Anchors(**groups)


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
    if not text:
        return ()
    text = text[:TEXT_MAX]
    flat = flatten(text)
    stretches = list(runs(flat)) if len(text) >= RUN_MIN else ()
    if families is SECRETS and len(text) < SHORT and _says_nothing(text, flat, stretches):
        return ()
    findings = list(_read(text, flat, stretches, families, outside=outside))
    if Family.INVISIBLE in families:
        findings += invisible(text, flat)
    if deep and len(text) >= DISGUISE_MIN:
        findings += _under(text, stretches, families, outside=outside)
    return settle(findings)


@lru_cache(maxsize=1)
def _far() -> Anchors:
    return Anchors(far=FAR)


def announced(text: str) -> list[tuple[int, int, int]]:
    """Words in a text that announce a secret far behind: where one begins, ends, and how far it reaches."""
    found = _far().find(flatten(text)).get("far", ())
    return [(start, start + len(word), start + FAR[word]) for start, word in found]


def _says_nothing(text: str, flat: bytes, stretches: _Stretches) -> bool:
    """Whether nothing stands in a text that a pattern could begin at, as in most attributes."""
    for start, end in stretches:
        if end - start >= ENCODED_MIN or text[end : end + 1] in {"+", "/", "="} or text[start - 1] in "+/":
            return False
        if worth_reading(text, start, end):
            return False
    return text.isascii() and "%" not in text and "&" not in text and not _anchors(SECRETS).find(flat)


def _read(
    text: str, flat: bytes, stretches: _Stretches, families: Set[Family], *, outside: bool
) -> Iterator[Finding]:
    found: _Found = _anchors(families if isinstance(families, frozenset) else frozenset(families)).find(flat)
    if Family.SECRET in families:
        yield from secrets(text, stretches, found)
    if Family.PII in families:
        yield from pii.personal(text, flat, found)
    if Family.INJECTION in families:
        yield from injection(text, found, outside=outside)


def _under(text: str, stretches: _Stretches, families: Set[Family], *, outside: bool) -> Iterator[Finding]:
    """What stands under one layer of disguise, at the place where the disguise stands."""
    for view in views(text, stretches):
        below = flatten(view.text)
        for found in _read(view.text, below, list(runs(below)), families, outside=outside):
            start, end = view.span(found.start, found.end)
            yield msgspec.structs.replace(found, start=start, end=end)
