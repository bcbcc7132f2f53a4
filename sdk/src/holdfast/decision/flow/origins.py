"""Where things came from: the labelled texts that a session met, so that a value can be traced to the first.

Matching is evidence for people and a reason to label more, never a reason to allow: any encoding defeats it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import msgspec

SIGHTINGS_MAX: Final = 32
"""Labelled texts kept in a session; the oldest are forgotten first."""
TEXT_MAX: Final = 8 * 1024
"""Characters kept of each."""
EXCERPT_MAX: Final = 120
SHINGLE: Final = 16
PIECES_MAX: Final = 32
"""Pieces of a long value that are looked for."""
ECHO: Final = 48
"""So much in one piece is an echo; a shorter piece, like an address or a name, occurs in many places."""


class Sighting(msgspec.Struct, frozen=True, gc=False):
    """A labelled text that came in."""

    step: str
    tool: str
    labels: tuple[str, ...]
    text: str


class Trace(msgspec.Struct, frozen=True, gc=False):
    """Where a value first appeared."""

    step: str
    tool: str
    excerpt: str

    def __str__(self) -> str:
        return f'first seen in {self.tool} (step {self.step}): "{self.excerpt}"'


class Origins:
    """What came into one session under labels, and when each label first did."""

    __slots__ = ("_sightings", "since")

    def __init__(self) -> None:
        self._sightings: list[Sighting] = []
        self.since: dict[str, tuple[str, str]] = {}
        """For each label the step and the tool that brought it first."""

    def see(self, step: str, tool: str, labels: tuple[str, ...], text: str) -> None:
        """Remember a labelled text."""
        for label in labels:
            if label not in self.since:
                self.since[label] = (step, tool)
        if text:
            self._sightings.append(Sighting(step, tool, labels, text[:TEXT_MAX]))
            del self._sightings[:-SIGHTINGS_MAX]

    def trace(self, value: Any) -> Trace | None:
        """Where this value first appeared, word for word or nearly; None when nothing kept shows it."""
        wanted = str(value).casefold()
        folded = [(sighting, sighting.text.casefold()) for sighting in self._sightings]
        for piece in (wanted, *islice(_pieces(wanted), PIECES_MAX)):
            for sighting, text in folded:
                at = _find(text, piece)
                if at >= 0:
                    return Trace(sighting.step, sighting.tool, _excerpt(sighting.text, at, len(piece)))
        return None

    def tell(self, label: str) -> str:
        """With what this label came in first, for people; empty when nobody knows."""
        step, tool = self.since.get(label, ("", ""))
        return f"{label} came in with {tool}{f' (step {step})' if step else ''}" if tool else ""

    def echoes(self, text: str) -> frozenset[str]:
        """Labels of the texts that this one repeats a long piece of."""
        if len(text) < ECHO or not self._sightings:
            return frozenset()
        windows = {text[at : at + ECHO] for at in range(min(len(text), TEXT_MAX) - ECHO + 1)}
        return frozenset(
            label
            for sighting in self._sightings
            if any(piece in windows for piece in _pieces(sighting.text, ECHO))
            for label in sighting.labels
        )

    def __bool__(self) -> bool:
        return bool(self._sightings)


def _pieces(text: str, length: int = SHINGLE) -> Iterator[str]:
    for at in range(0, len(text) - length + 1, length):
        yield text[at : at + length]


def _find(text: str, piece: str) -> int:
    """Where the piece stands by itself: `1` is not seen in `2019`."""
    at = text.find(piece) if piece else -1
    while at >= 0 and len(piece) < SHINGLE:
        end = at + len(piece)
        if not (text[max(0, at - 1) : at].isalnum() or text[end : end + 1].isalnum()):
            return at
        at = text.find(piece, at + 1)
    return at


def _excerpt(text: str, at: int, length: int) -> str:
    room = max(0, EXCERPT_MAX - length) // 2
    start, end = max(0, at - room), at + min(length, EXCERPT_MAX) + room
    shown = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{shown}{'…' if end < len(text) else ''}"
