"""What goes to a client on credit: passed on at once, and told to its call together, later.

Nearly every chunk of a stream is of this kind, so its way is short: from the connection it came on straight
into what leaves.
"""

from __future__ import annotations

import time

from holdfast_server.action.llm.seam import NO_CREDIT, Call, Credit
from holdfast_server.action.llm.wire.sides import Client


class Passing:
    """The pieces of one stream that passed, and how far its credit goes on."""

    __slots__ = ("_client", "_credit", "_left", "_pieces", "_spared", "_times_ns", "_write")

    def __init__(self, client: Client) -> None:
        self._client, self._write = client, client.way
        self._credit = NO_CREDIT
        self._left = self._spared = 0
        self._pieces: list[bytes] = []
        self._times_ns: list[int] = []

    def lend(self, credit: Credit) -> None:
        """Go by this from now on."""
        self._credit, self._left = credit, credit.size
        self._spared = len(credit.before) + len(credit.after)

    def take(self, data: bytes, chunk: bytes = b"") -> bool:
        """Pass a piece on, with the chunk it came in if that is one that can go on; False when it may not."""
        size, credit = len(data) - self._spared, self._credit
        if not 0 < size < self._left or not data.startswith(credit.before) or not data.endswith(credit.after):
            return False
        self._left -= size
        self._pieces.append(data)
        self._times_ns.append(time.monotonic_ns())
        if chunk and self._write is not None:
            self._write(chunk)
        else:
            self._client.piece(data, chunk)
        return True

    def account(self, call: Call) -> None:
        """Tell a call of what passed."""
        pieces, times_ns = self._pieces, self._times_ns
        if pieces:
            self._left, self._pieces, self._times_ns = 0, [], []
            call.passed(pieces, times_ns)
