"""Which detectors need to read a text at all: automata over everything that could make one of them speak.

They tell only which families may be there; the detectors themselves say what is. One automaton a family,
because all in one are twice as slow as one after the other, and a rule seldom asks for all families.
"""

from __future__ import annotations

import logging
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, cast

from holdfast.decision.content import TEXT_MAX, Family
from holdfast.decision.content.hints import Hint, hints, plain

if TYPE_CHECKING:
    from hyperscan import Database

log = logging.getLogger(__name__)

_ODD: Final = frozenset("\u0130\u0131\u017f\u212a")
"""Letters that Python takes for i, s and k where case does not count: a text with one is read in full."""


class Automaton(Protocol):
    """Tells which families may stand in a text: perhaps too many, never too few."""

    def families(
        self, text: str, wanted: frozenset[Family], *, outside: bool, deep: bool
    ) -> frozenset[Family]:
        """Those of the wanted families whose detectors must read the text.

        Args:
            text: what is to be read.
            wanted: what is looked for.
            outside: whether the text came from a document or a tool.
            deep: whether disguises are looked under.
        """
        ...


class Exhaustive:
    """Everything may always be there: for where there is no automaton, or not yet."""

    def families(
        self, text: str, wanted: frozenset[Family], *, outside: bool, deep: bool
    ) -> frozenset[Family]:
        """All that are wanted."""
        del text, outside, deep
        return wanted


class _About(NamedTuple):
    """What one automaton is about."""

    family: Family | None
    wide: bool
    outside: bool
    paired: bool
    """Whether something else must stand in the text, too."""


class Automata:
    """What hyperscan makes of the hints."""

    def __init__(self) -> None:
        """Compile; takes about a second of one processor.

        Raises:
            ImportError: there is no hyperscan here.
            hyperscan.error: it cannot work here.
        """
        grouped: dict[_About, list[Hint]] = {}
        for hint in hints():
            about = _About(hint.family, hint.wide, hint.outside, bool(hint.also))
            grouped.setdefault(about, []).append(hint)
        self._made: Final[Mapping[_About, Database]] = {
            about: _compile(group) for about, group in grouped.items()
        }
        self._lock = threading.Lock()

    def families(
        self, text: str, wanted: frozenset[Family], *, outside: bool, deep: bool
    ) -> frozenset[Family]:
        """Those of the wanted families whose detectors must read the text."""
        text = text[:TEXT_MAX]
        ascii_only = text.isascii()
        if not ascii_only and not _ODD.isdisjoint(text):
            return wanted
        if deep and not ascii_only and not unicodedata.is_normalized("NFKC", text):
            return wanted
        reading = _Reading(plain(text), None if ascii_only else text.encode("utf-8", "replace"), outside)
        with self._lock:  # an automaton notes down where it is
            if deep and self._stands(None, reading):
                return wanted
            return frozenset([family for family in wanted if self._stands(family, reading)])

    def _stands(self, family: Family | None, reading: _Reading) -> bool:
        for about in _ABOUT[family]:
            data = reading.wide if about.wide else reading.narrow
            made = self._made.get(about)
            if data is None or made is None or (about.outside and not reading.outside):
                continue
            hits: set[int] = set()
            made.scan(data, _note, context=hits)
            if len(hits) > about.paired:
                return True
        return False


class _Reading(NamedTuple):
    """A text as automata read it."""

    narrow: bytes
    wide: bytes | None
    outside: bool


_ABOUT: Final[Mapping[Family | None, Sequence[_About]]] = {
    family: tuple(
        _About(family, wide, outside, paired)
        for wide in (False, True)
        for outside in (False, True)
        for paired in (False, True)
    )
    for family in (None, *Family)
}


def _note(id: int, start: int, end: int, flags: int, context: object) -> None:  # noqa: A002  # hyperscan's word
    del start, end, flags
    cast("set[int]", context).add(id)


def _compile(group: Sequence[Hint]) -> Database:
    """One automaton; a match has the id 0, and 1 when it is what must stand there besides."""
    import hyperscan

    also = {hint.also for hint in group if hint.also}
    rows = [(hint.pattern, 0, _flags(hint)) for hint in group]
    rows += [(pattern, 1, hyperscan.HS_FLAG_SINGLEMATCH) for pattern in also]
    made = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    patterns, ids, flags = zip(*rows, strict=True)
    made.compile([pattern.encode() for pattern in patterns], ids=ids, elements=len(rows), flags=flags)
    return made


def _flags(hint: Hint) -> int:
    import hyperscan

    caseless = hyperscan.HS_FLAG_CASELESS if hint.caseless else 0
    wide = hyperscan.HS_FLAG_UTF8 if hint.wide else 0
    return hyperscan.HS_FLAG_SINGLEMATCH | caseless | wide
