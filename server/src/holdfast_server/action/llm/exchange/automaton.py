"""Which detectors need to read a text at all: automata over everything that could make one of them speak.

They tell only which families may be there; the detectors themselves say what is. One automaton a family,
because all in one are twice as slow as one after the other, and a rule seldom asks for all families.
"""

from __future__ import annotations

import logging
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, cast

from holdfast.decision.content import TEXT_MAX, Family
from holdfast.decision.content.hints import Hint, hints, plain

if TYPE_CHECKING:
    from hyperscan import Database

log = logging.getLogger(__name__)

SEAM: Final = "\n\r\r\n"
"""Stands between texts that are read in one go; one that has it itself is read more closely, no less."""
_BEGINNING: Final = r"(?:\A|\n\r\r\n)"
_ODD: Final = frozenset("\u0130\u0131\u017f\u212a")
"""Letters that Python takes for i, s and k where case does not count: a text with one is read in full."""


class Automaton(Protocol):
    """Tells which families may stand in a text: perhaps too many, never too few."""

    def families(
        self, text: str, wanted: frozenset[Family], *, outside: bool, deep: bool
    ) -> frozenset[Family]:
        """Those of the wanted families whose detectors must read the text.

        Args:
            text: what is to be read; several texts when `SEAM` stands between them.
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


class _Made(NamedTuple):
    """One automaton."""

    scan: Callable[..., None]
    wide: bool
    outside: bool
    also: Callable[..., None] | None
    """Of what must stand in the text, too."""


class Automata:
    """What hyperscan makes of the hints."""

    def __init__(self) -> None:
        """Compile; takes about a second of one processor.

        Raises:
            ImportError: there is no hyperscan here.
            hyperscan.error: it cannot work here.
        """
        self._made: Final[Mapping[Family | None, Sequence[_Made]]] = {
            family: tuple(_make(family)) for family in (None, *Family)
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
        for made in self._made[family]:
            data = reading.wide if made.wide else reading.narrow
            if data is None or (made.outside and not reading.outside):
                continue
            if _matches(made.scan, data) and (made.also is None or _matches(made.also, data)):
                return True
        return False


class _Reading(NamedTuple):
    """A text as automata read it."""

    narrow: bytes
    wide: bytes | None
    outside: bool


def _matches(scan: Callable[..., None], data: bytes) -> bool:
    hits: list[int] = []
    scan(data, _note, context=hits)
    return bool(hits)


def _note(id: int, start: int, end: int, flags: int, context: object) -> None:  # noqa: A002  # hyperscan's word
    del start, end, flags
    cast("list[int]", context).append(id)


def _make(family: Family | None) -> Iterator[_Made]:
    grouped: dict[tuple[bool, bool, str], list[Hint]] = {}
    for hint in hints():
        if hint.family is family:
            grouped.setdefault((hint.wide, hint.outside, hint.also), []).append(hint)
    for (wide, outside, also), group in grouped.items():
        beside = _compile([Hint(family, also)]).scan if also else None
        yield _Made(_compile(group).scan, wide, outside, beside)


def _compile(group: Sequence[Hint]) -> Database:
    import hyperscan

    made = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    made.compile(
        [hint.pattern.replace(r"\A", _BEGINNING).encode() for hint in group],
        ids=range(len(group)),  # with one id for all it is half as fast
        elements=len(group),
        flags=[_flags(hint) for hint in group],
    )
    return made


def _flags(hint: Hint) -> int:
    import hyperscan

    caseless = hyperscan.HS_FLAG_CASELESS if hint.caseless else 0
    wide = hyperscan.HS_FLAG_UTF8 if hint.wide else 0
    return hyperscan.HS_FLAG_SINGLEMATCH | caseless | wide
