"""Answers that were kept, by the digest of what was asked: so many bytes, and for so long."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import msgspec

from holdfast_server.action.llm.seam import Headers

SECOND: Final = 1_000_000_000
OVERHEAD: Final = 1_024
"""What one costs beside its body."""
PART_MAX: Final = 8
"""No answer takes more than this part of a shelf."""


class Kept(msgspec.Struct, frozen=True, gc=False):
    """An answer that may be given again."""

    status: int
    headers: Headers
    body: bytes
    """The whole of it; of a stream, all its events."""
    text: str
    """What it says, to compare it with another."""
    provider: str
    model: str
    tokens_in: int
    tokens_out: int
    cost_micro_usd: int | None
    """What it cost when it was asked; None when nobody knows."""
    kept_ns: int = 0

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return len(self.body) + 4 * len(self.text) + OVERHEAD


class Shelf:
    """The answers of one route; the one not used for longest makes room."""

    __slots__ = ("_bytes", "_kept", "bytes_max", "ttl_ns")

    def __init__(self, bytes_max: int, ttl_s: float) -> None:
        self.bytes_max = bytes_max
        self.ttl_ns = round(ttl_s * SECOND)
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes(self) -> int:
        """What all of them take."""
        return self._bytes

    def find(self, digest: bytes, now_ns: int) -> Kept | None:
        """The answer, while it is not too old."""
        found = self._kept.get(digest)
        if found is None:
            return None
        if not 0 <= now_ns - found.kept_ns <= self.ttl_ns:
            self._drop(digest)
            return None
        self._kept.move_to_end(digest)
        return found

    def put(self, digest: bytes, kept: Kept) -> bool:
        """Keep it; False when it is too large to be kept."""
        if kept.size > self.bytes_max // PART_MAX:
            return False
        if digest in self._kept:
            self._drop(digest)
        self._kept[digest] = kept
        self._bytes += kept.size
        while self._bytes > self.bytes_max:
            self._drop(next(iter(self._kept)))
        return True

    def resize(self, bytes_max: int, ttl_s: float) -> None:
        """Go by other terms from now on."""
        self.bytes_max, self.ttl_ns = bytes_max, round(ttl_s * SECOND)
        while self._bytes > self.bytes_max:
            self._drop(next(iter(self._kept)))

    def _drop(self, digest: bytes) -> None:
        self._bytes -= self._kept.pop(digest).size
