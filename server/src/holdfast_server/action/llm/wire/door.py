"""The listener: who may come in, what all connections share, and how the last of them leave."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from holdfast_server.action.llm.config import Limits
from holdfast_server.action.llm.seam import Call, Governor
from holdfast_server.action.llm.wire.clock import Clock
from holdfast_server.action.llm.wire.downstream import Down
from holdfast_server.action.llm.wire.limits import BACKLOG, TICK_S, Room, seats
from holdfast_server.action.llm.wire.outbox import Outbox
from holdfast_server.action.llm.wire.polling import BusyPoll
from holdfast_server.action.llm.wire.pool import Pools
from holdfast_server.action.llm.wire.racing import Runner

STOPPED_S = 1.0
"""How long the last bytes of stopped calls may take to leave."""


class Door:
    """A listening socket and everything that came in by it."""

    def __init__(
        self,
        governor: Governor,
        *,
        limits: Limits,
        loop: asyncio.AbstractEventLoop,
        tick_s: float = TICK_S,
    ) -> None:
        self.governor = governor
        self.limits = limits
        self.loop = loop
        self.clock = Clock(loop, tick_s=tick_s)
        self.room = Room()
        self.seats = seats()
        self.relays: dict[Call, Runner] = {}
        """Calls under way."""
        poll = BusyPoll(loop.call_soon, within_us=limits.busy_poll_us)
        self.outbox = Outbox(loop.call_soon, self.relays, poll.expect)
        self.pools = Pools(loop=loop, clock=self.clock, outbox=self.outbox, limits=limits)
        self.connections: set[Down] = set()
        self.requests = 0
        """Since it opened."""
        self.draining = False
        self._left = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def open(self, listening: socket.socket) -> None:
        """Accept from now on."""
        self._server = await self.loop.create_server(lambda: Down(self), sock=listening, backlog=BACKLOG)

    def stop(self, call: Call, reason: str) -> bool:
        """End a live call; False when it had already ended."""
        relay = self.relays.get(call)
        return relay is not None and relay.stop(reason)

    async def drain(self, within_s: float) -> None:
        """Accept no more, let calls end, and stop those that are still there when the time is up."""
        self.draining = True
        if self._server is not None:
            self._server.close()
        for down in tuple(self.connections):
            down.retire()
        if not await self._emptied(within_s):
            for call in tuple(self.relays):
                self.stop(call, "drain")
            await self._emptied(STOPPED_S)
        self.close()

    def close(self) -> None:
        """Drop everything."""
        if self._server is not None:
            self._server.close()
        self.outbox.flush()
        for down in tuple(self.connections):
            down.transport.abort()
        self.pools.close()
        self.clock.close()

    # What connections tell

    def arrived(self, down: Down) -> bool:
        """A connection is there; False when it is one too many."""
        self.connections.add(down)
        return len(self.connections) <= min(self.limits.connections, self.seats)

    def left(self, down: Down) -> None:
        """It is closed."""
        self.connections.discard(down)
        if self.draining:
            self._left.set()

    async def _emptied(self, within_s: float) -> bool:
        deadline = self.loop.time() + within_s
        while self.connections and (left := deadline - self.loop.time()) > 0:
            self._left.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._left.wait(), left)
        return not self.connections
