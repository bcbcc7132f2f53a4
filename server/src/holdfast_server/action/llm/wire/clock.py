"""One timer for all connections: a deadline is an attribute, so that moving it costs nothing."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from holdfast_server.action.llm.wire.limits import TICK_S

NEVER: Final = float("inf")


class Party(Protocol):
    """Something with a deadline."""

    deadline: float

    def expired(self) -> None:
        """Its deadline is past; called again every tick until it moves the deadline or leaves."""
        ...


class Clock:
    """Coarse time of the loop, and whoever waits for it."""

    __slots__ = ("_handle", "_loop", "_parties", "_tick_s", "now")

    def __init__(self, loop: asyncio.AbstractEventLoop, *, tick_s: float = TICK_S) -> None:
        self._loop = loop
        self._tick_s = tick_s
        self._parties: set[Party] = set()
        self.now = loop.time()
        """Seconds, at most one tick old."""
        self._handle = loop.call_later(tick_s, self._tick)

    def watch(self, party: Party) -> None:
        """Look at its deadline from now on."""
        self._parties.add(party)

    def forget(self, party: Party) -> None:
        """Look no longer; fine when it was not watched."""
        self._parties.discard(party)

    def close(self) -> None:
        """Stop."""
        self._handle.cancel()
        self._parties.clear()

    def _tick(self) -> None:
        self._handle = self._loop.call_later(self._tick_s, self._tick)
        self.now = now = self._loop.time()
        for party in [party for party in self._parties if party.deadline <= now]:
            party.expired()
