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
        "_last_ns",
        "_left",
        "_spared",
        "_times_ns",
        "_without",
        "_write",
    )

    def __init__(self, client: Client) -> None:
        self._client, self._write = client, client.way or _nowhere
        self._left = self._spared = self._last_ns = 0
        self._before, self._end, self._without = b"", LINE, b""
        self._chunks: list[bytes] = []
        self._times_ns: list[int] = []

    def lend(self, credit: Credit) -> None:
        """Go by this from now on."""
        self._left, self._before, self._end = credit.size, credit.before, credit.after + LINE
        self._spared, self._without = len(credit.before) + len(self._end), credit.without

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
            and not (self._without and self._without in chunk)
        ):
            return False
        self._left -= said
        self._chunks.append(chunk)
        self._times_ns.append(monotonic_ns())
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
            and not (self._without and self._without in data)
        ):
            return False
        self._left -= said
        self._chunks.append(chunk)
        self._times_ns.append(monotonic_ns())
        self._client.piece(data, chunk)
        return True

    def silent_s(self) -> float:
        """Seconds since a piece passed."""
        return (monotonic_ns() - (self._times_ns[-1] if self._times_ns else self._last_ns)) / NS_PER_S

    def account(self, call: Call) -> None:
        """Tell a call of what passed."""
        chunks, times_ns = self._chunks, self._times_ns
        if chunks:
            self._left, self._last_ns, self._chunks, self._times_ns = 0, times_ns[-1], [], []
            call.passed([chunk[chunk.index(LINE) + 2 : -2] for chunk in chunks], times_ns)


def _nowhere(chunk: bytes) -> None:
    """Where chunks go that nobody gets."""
    raise AssertionError(f"{len(chunk)} bytes have no way")
