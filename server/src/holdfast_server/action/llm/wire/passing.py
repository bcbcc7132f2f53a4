"""What goes to a client on credit: passed on at once, and told to its call together, later.

Nearly every chunk of a stream is of this kind, so its way is short: from the connection it came on straight
into what leaves, as it came. It is known by its length, its beginning and its end; what is in it is looked at
when it is told of, many at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns
from typing import Final

from holdfast_server.action.llm.seam import Call, Credit
from holdfast_server.action.llm.wire.chunks import SIZE_LINES, chunk_of
from holdfast_server.action.llm.wire.known import LINE
from holdfast_server.action.llm.wire.sides import Client

NS_PER_S: Final = 1_000_000_000


class Passing:
    """The pieces of one stream that passed, and how far its credit goes on."""

    __slots__ = (
        "_before",
        "_chunks",
        "_client",
        "_end",
        "_gap_ns",
        "_last_ns",
        "_left",
        "_spared",
        "_within",
        "_without",
        "_write",
    )

    def __init__(self, client: Client) -> None:
        self._client, self._write = client, client.way or _nowhere
        self._left = self._spared = self._last_ns = self._gap_ns = 0
        self._before, self._end = b"", LINE
        self._within = self._without = b""
        self._chunks: list[bytes] = []

    def lend(self, credit: Credit) -> None:
        """Go by this from now on."""
        self._left, self._before, self._end = credit.size, credit.before, credit.after + LINE
        self._within, self._without = credit.within, credit.without
        self._spared = len(credit.before) + len(credit.within) + len(self._end)
        self._last_ns, self._gap_ns = monotonic_ns(), 0

    @property
    def way(self) -> Callable[[bytes], bool] | None:
        """What passes chunks on as they come; None where the client gets none."""
        return None if self._write is _nowhere else self._take_chunk

    def _take_chunk(self, chunk: bytes) -> bool:
        """Pass on a chunk in its plainest form, if this is one and nothing else; False when it may not."""
        line = SIZE_LINES.get(len(chunk))
        if line is None:
            return False
        said = len(chunk) - len(line) - self._spared
        if not (
            0 < said < self._left
            and chunk.startswith(line)
            and chunk.startswith(self._before, len(line))
            and chunk.endswith(self._end)
            and self._within in chunk
            and not (self._without and self._without in chunk)
        ):
            return False
        now = monotonic_ns()
        gap_ns, self._last_ns = now - self._last_ns, now
        if gap_ns > self._gap_ns:  # noqa: PLR1730  # calling `max` takes as long as all the rest
            self._gap_ns = gap_ns
        self._left -= said
        self._chunks.append(chunk)
        self._write(chunk)
        return True

    def take(self, data: bytes, chunk: bytes = b"") -> bool:
        """Pass a piece on, with the chunk it came in if that is one that can go on; False when it may not."""
        chunk = chunk or chunk_of(data)
        said = len(data) + len(LINE) - self._spared
        if not (
            0 < said < self._left
            and data.startswith(self._before)
            and chunk.endswith(self._end)
            and self._within in data
            and not (self._without and self._without in data)
        ):
            return False
        now = monotonic_ns()
        self._gap_ns, self._last_ns = max(self._gap_ns, now - self._last_ns), now
        self._left -= said
        self._chunks.append(chunk)
        self._client.piece(data, chunk)
        return True

    def silent_s(self) -> float:
        """Seconds since a piece passed."""
        return (monotonic_ns() - self._last_ns) / NS_PER_S

    def account(self, call: Call) -> None:
        """Tell a call of what passed."""
        chunks = self._chunks
        if chunks:
            self._left, self._chunks = 0, []
            pieces = [chunk[chunk.index(LINE) + 2 : -2] for chunk in chunks]
            call.passed(pieces, self._last_ns, self._gap_ns)


def _nowhere(chunk: bytes) -> None:
    """Where chunks go that nobody gets."""
    raise AssertionError(f"{len(chunk)} bytes have no way")
