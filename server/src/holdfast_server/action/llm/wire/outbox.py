"""What leaves: written together when a turn of the loop is over, or sooner when it is much.

To write to somebody who sleeps costs several times what a write costs, because they have to be woken. Whoever
is written to between two calls has long fallen asleep again; whoever is written to together is woken once. So
it is with requests and whole answers; the pieces of a stream are written when they come.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sized
from typing import Final

FEW: Final = 2
"""With so many calls under way a write has no company to wait for."""
TOGETHER: Final = 16
"""So many writes wait for each other at most: meanwhile as many reads are worked at."""


class Outbox:
    """The writes of one loop."""

    __slots__ = ("_calls", "_expect", "_soon", "_waiting")

    def __init__(
        self, soon: Callable[[Callable[[], None]], object], calls: Sized, expect: Callable[[], object]
    ) -> None:
        """Begin.

        Args:
            soon: does something once this turn of the loop is over.
            calls: those under way.
            expect: told when something left to which an answer may come at once.
        """
        self._soon, self._calls, self._expect = soon, calls, expect
        self._waiting: dict[asyncio.WriteTransport, bytes] = {}

    def put(self, transport: asyncio.WriteTransport, data: bytes) -> None:
        """Write this before the loop waits again, after what was put for the same reader."""
        waiting = self._waiting
        if not waiting:
            if len(self._calls) <= FEW:
                transport.write(data)
                self._expect()
                return
            self._soon(self.flush)
        waiting[transport] = waiting[transport] + data if transport in waiting else data
        if len(waiting) >= TOGETHER:
            self.flush()

    def holds(self, transport: asyncio.WriteTransport) -> bool:
        """Whether something was put for it and has not left."""
        return transport in self._waiting

    def flush(self) -> None:
        """Write what waits, now: before somebody closes a transport that something was put for."""
        waiting, self._waiting = self._waiting, {}
        for transport, data in waiting.items():
            if not transport.is_closing():
                transport.write(data)
