"""One automaton over a text: where any of some dozens of words stands, found in a single pass.

Everything expensive is anchored at such a word, so most text costs this one pass and nothing else. The text
is searched as one byte a character, in lower case, so that places are the text's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ahocorasick_rs import BytesAhoCorasick, Implementation


class Anchors:
    """Some groups of words, searched for together."""

    def __init__(self, **groups: Iterable[str]) -> None:
        self._of: list[tuple[str, str]] = [(group, word) for group, words in groups.items() for word in words]
        # A table of a megabyte, which is twice as fast as what it would choose.
        self._find = BytesAhoCorasick(
            [flatten(word) for _, word in self._of],
            implementation=Implementation.DFA,
        ).find_matches_as_indexes
        self._groups: Final = tuple(groups)

    def find(self, flat: bytes) -> dict[str, list[tuple[int, str]]]:
        """Where the words of each group stand, in the order of the text; a group without any is left out."""
        found: dict[str, list[tuple[int, str]]] = {}
        of = self._of
        for which, start, _ in self._find(flat, overlapping=True):
            group, word = of[which]
            places = found.get(group)
            if places is None:
                found[group] = [(start, word)]
            else:
                places.append((start, word))
        return found


def flatten(text: str) -> bytes:
    """The text in lower case as one byte a character: what is not Latin-1 becomes a question mark."""
    return text.encode("latin-1", "replace").lower()


def around(places: Iterable[int], before: int, after: int) -> Iterator[tuple[int, int]]:
    """The stretches around places that stand in order; those that meet are one, so none is read twice."""
    start, end = 0, None
    for place in places:
        if end is None or place - before > end:
            if end is not None:
                yield start, end
            start = max(0, place - before)
        end = place + after
    if end is not None:
        yield start, end
