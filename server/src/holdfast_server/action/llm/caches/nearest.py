"""Which of the texts that were asked before are closest to this one.

One matrix a frame, searched whole: questions are only compared where everything before them is the same, so
there are hundreds of them and seldom thousands, and a thousand products of vectors take a tenth of a
millisecond.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME_MAX: Final = 4_096
"""Texts of one frame; the oldest makes room."""
FRAMES_MAX: Final = 1_024
LOOKED_AT: Final = 3
"""So many of the closest are compared more closely."""


class Neighbour(NamedTuple):
    """A text that is close."""

    text: str
    exact: bytes
    """The digest under which its answer is kept."""
    score: float
    """The cosine of the angle between the two."""


class Frame:
    """Texts that stand in the same surroundings."""

    __slots__ = ("_next", "_texts", "_vectors")

    def __init__(self, dimensions: int) -> None:
        self._vectors: NDArray[np.float32] = np.zeros((16, dimensions), dtype=np.float32)
        self._texts: list[tuple[str, bytes]] = []
        self._next = 0

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, text: str, exact: bytes, vector: NDArray[np.float32]) -> None:
        """Take one in."""
        place = self._next % FRAME_MAX
        if place >= len(self._vectors):
            self._vectors = np.resize(self._vectors, (min(2 * place, FRAME_MAX), self._vectors.shape[1]))
        self._vectors[place] = vector
        self._texts[place : place + 1] = [(text, exact)]
        self._next = place + 1

    def nearest(self, vector: NDArray[np.float32], least: float) -> list[Neighbour]:
        """The closest that are at least so close, best first."""
        if not self._texts or vector.shape[0] != self._vectors.shape[1]:
            return []
        scores = self._vectors[: len(self._texts)] @ vector
        best = np.argsort(-scores, kind="stable")[:LOOKED_AT]
        return [
            Neighbour(*self._texts[int(place)], float(scores[place]))
            for place in best
            if scores[place] >= least
        ]


class Index:
    """The frames of one route; the one not used for longest makes room."""

    def __init__(self) -> None:
        self._frames: OrderedDict[bytes, Frame] = OrderedDict()

    def add(self, frame: bytes, text: str, exact: bytes, vector: NDArray[np.float32]) -> None:
        """Take in a text that was answered."""
        found = self._frames.get(frame)
        if found is None:
            found = self._frames[frame] = Frame(vector.shape[0])
            if len(self._frames) > FRAMES_MAX:
                self._frames.popitem(last=False)
        self._frames.move_to_end(frame)
        found.add(text, exact, vector)

    def nearest(self, frame: bytes, vector: NDArray[np.float32], least: float) -> list[Neighbour]:
        """The closest in the same surroundings."""
        found = self._frames.get(frame)
        return found.nearest(vector, least) if found else []
