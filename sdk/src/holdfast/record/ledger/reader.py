"""Reading a log: pages of records, and the hashes that proofs are made of."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from holdfast.errors import Invalid, NotFound, Tampered
from holdfast.record.ledger.merkle import CompactRange, leaf_hash, tree_hash
from holdfast.record.ledger.segment import DIGITS, SUFFIX, Frame, frames

PAGE_MAX: Final = 10_000
_TILE: Final = 256
"""Full subtrees of this many leaves are remembered by the reader: 32 bytes for each."""


def segment_files(folder: Path) -> list[tuple[int, Path]]:
    """The segments of a ledger folder with their first index, in order."""
    found = (folder / "segments").glob(f"{'[0-9]' * DIGITS}{SUFFIX}")
    return sorted((int(path.stem), path) for path in found)


class Reader:
    """Reads records and subtree hashes from the segments; safe beside a writer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tiles: list[bytes] = []
        self._filling = threading.Lock()
        self._near: tuple[int, list[bytes]] = (-1, [])
        """The leaf hashes of the tile that was looked at last."""

    def records(self, start: int, count: int) -> list[tuple[int, bytes]]:
        """Up to `count` records (at most 10,000) from `start` on, as `(index, leaf)`."""
        taken = islice(self._frames(start), max(0, min(count, PAGE_MAX)))
        return [(start + place, frame.leaf) for place, frame in enumerate(taken)]

    def subtree(self, start: int, end: int) -> bytes:
        """The tree hash of the leaves from `start` up to `end`.

        Raises:
            NotFound: the log does not reach that far.
        """
        if end - start <= _TILE - start % _TILE:
            return self._hash(start, end)
        if start % _TILE:
            raise Invalid("a run over several tiles begins with a tile")
        # Such a run is its whole tiles, whose roots are the leaves of a tree of their own, and a rest.
        tree = CompactRange()
        for tile in range(start, end - end % _TILE, _TILE):
            tree.push(self._tile(tile))
        if end % _TILE:
            return tree.root_before(self._hash(end - end % _TILE, end))
        return tree.root()

    def _tile(self, start: int) -> bytes:
        place = start // _TILE
        with self._filling:
            if place >= len(self._tiles):
                self._fill_tiles()
        if place >= len(self._tiles):
            raise NotFound(f"the log does not reach record {start + _TILE - 1}")
        return self._tiles[place]

    def _fill_tiles(self) -> None:
        """Hash every whole tile that is new, in one pass over the files."""
        tree = CompactRange()
        for frame in self._frames(len(self._tiles) * _TILE):
            tree.push(leaf_hash(frame.leaf))
            if tree.size == _TILE:
                self._tiles.append(tree.root())
                tree = CompactRange()

    def _hash(self, start: int, end: int) -> bytes:
        """The tree hash of a short run; the runs of one proof lie in one tile, which is read once."""
        tile = start - start % _TILE
        if self._near[0] != tile or tile + len(self._near[1]) < end:
            self._near = (tile, [leaf_hash(frame.leaf) for frame in islice(self._frames(tile), _TILE)])
        hashes = self._near[1][start - tile : end - tile]
        if len(hashes) != end - start:
            raise NotFound(f"the log does not reach record {end - 1}")
        return tree_hash(hashes)

    def _frames(self, start: int) -> Iterator[Frame]:
        """The frames from record `start` on, across segments."""
        files = segment_files(self._folder)
        at = bisect_right(files, start, key=lambda file: file[0]) - 1
        if at < 0 or start < 0:
            return
        index = files[at][0]
        for first, path in files[at:]:
            if first != index:
                raise Tampered(f"records {index} to {first - 1} are missing", index=index)
            for frame in frames(path.read_bytes()):
                if index >= start:
                    yield frame
                index += 1
