"""What goes to a client on credit: passed on at once, and told to its call together, later."""

from __future__ import annotations

import time

from holdfast_server.action.llm.seam import NO_CREDIT, Call, Credit


class Passing:
    """The pieces of one stream that passed, and how far its credit goes on."""

    __slots__ = ("_credit", "_left", "_pieces", "_spared", "_times_ns")

    def __init__(self) -> None:
        self._credit = NO_CREDIT
        self._left = self._spared = 0
        self._pieces: list[bytes] = []
        self._times_ns: list[int] = []

    def lend(self, credit: Credit) -> None:
        """Go by this from now on."""
        self._credit, self._left = credit, credit.size
        self._spared = len(credit.before) + len(credit.after)

    def takes(self, data: bytes) -> bool:
        """Whether a piece may pass; one that does is counted."""
        size, credit = len(data) - self._spared, self._credit
        if not 0 < size < self._left or not data.startswith(credit.before) or not data.endswith(credit.after):
            return False
        self._left -= size
        self._pieces.append(data)
        self._times_ns.append(time.monotonic_ns())
        return True

    def account(self, call: Call) -> None:
        """Tell a call of what passed."""
        pieces, times_ns = self._pieces, self._times_ns
        if pieces:
            self._left, self._pieces, self._times_ns = 0, [], []
            call.passed(pieces, times_ns)
