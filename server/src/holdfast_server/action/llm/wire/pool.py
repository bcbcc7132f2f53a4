"""Connections to one upstream: the last one used is taken first, and no more than allowed are open."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Iterator
from typing import Final, Protocol

from holdfast_server.action.llm.config import Limits
from holdfast_server.action.llm.seam import Failure, Upstream
from holdfast_server.action.llm.wire.clock import Clock
from holdfast_server.action.llm.wire.heads import host_of
from holdfast_server.action.llm.wire.limits import KEPT_S
from holdfast_server.action.llm.wire.outbox import Outbox
from holdfast_server.action.llm.wire.sides import Caller
from holdfast_server.action.llm.wire.tls import context_of
from holdfast_server.action.llm.wire.upstream import Up

POOLS_MAX: Final = 256
"""When so many upstreams were met, pools without a connection are forgotten."""


class Waiting:
    """A request that has no connection yet."""

    __slots__ = ("_pool", "caller", "deadline", "request")

    def __init__(self, pool: Pool, caller: WaitingCaller, request: bytes, deadline: float) -> None:
        self._pool = pool
        self.caller = caller
        self.request = request
        self.deadline = deadline

    def drop(self) -> None:
        """It is not wanted any more."""
        self._pool.forget(self)

    def pause(self) -> None:
        """Nothing flows yet."""

    def resume(self) -> None:
        """Nothing flows yet."""

    def expired(self) -> None:
        """No connection became free in time."""
        self._pool.forget(self)
        self.caller.broke("connect", "no connection was free in time")


class WaitingCaller(Caller, Protocol):
    """A caller that may have to wait for its connection."""

    def connected(self, up: Up) -> None:
        """Its request left on this connection."""
        ...


class Pool:
    """The connections to one upstream."""

    __slots__ = (
        "_clock",
        "_dials",
        "_idle",
        "_limits",
        "_loop",
        "_open",
        "_upstream",
        "_waiting",
        "host",
        "outbox",
    )

    def __init__(
        self,
        upstream: Upstream,
        *,
        loop: asyncio.AbstractEventLoop,
        clock: Clock,
        outbox: Outbox,
        limits: Limits,
    ) -> None:
        self._upstream = upstream
        self.outbox = outbox
        self._loop = loop
        self._clock = clock
        self._limits = limits
        self._idle: list[Up] = []
        self._open: set[Up] = set()
        self._dials: set[asyncio.Task[None]] = set()
        self._waiting: deque[Waiting] = deque()
        self.host = host_of(upstream.host, upstream.port, tls=upstream.tls)
        """The value of the header `host`."""

    def send(self, caller: WaitingCaller, request: bytes) -> Up | Waiting:
        """Send a request on a free connection, or as soon as there is one."""
        idle = self._idle
        while idle:
            up = idle.pop()
            if not up.transport.is_closing():
                up.begin(caller, request)
                return up
        # A TLS handshake may take as long again as connecting did.
        waiting = Waiting(self, caller, request, self._clock.now + 2 * self._upstream.connect_s + 1)
        self._waiting.append(waiting)
        self._clock.watch(waiting)
        self._open_one()
        return waiting

    def forget(self, waiting: Waiting) -> None:
        """It waits no longer."""
        self._clock.forget(waiting)
        if waiting in self._waiting:
            self._waiting.remove(waiting)

    def give_back(self, up: Up) -> None:
        """A connection is free."""
        waiting = self._next_waiting() if self._waiting else None
        if waiting is None:
            self._idle.append(up)
            return
        up.begin(waiting.caller, waiting.request)
        waiting.caller.connected(up)

    def lost(self, up: Up) -> None:
        """A connection closed."""
        self._open.discard(up)
        if up in self._idle:
            self._idle.remove(up)
        if self._waiting:
            self._open_one()

    @property
    def is_unused(self) -> bool:
        """Whether nothing would miss it."""
        return not self._open and not self._dials

    def close(self) -> None:
        """Close what nobody uses; what is in use closes with its call."""
        for dial in self._dials:
            dial.cancel()
        for up in tuple(self._idle):
            up.transport.abort()

    def _open_one(self) -> None:
        if len(self._open) + len(self._dials) < self._upstream.connections_max:
            dial = self._loop.create_task(self._dial())
            self._dials.add(dial)
            dial.add_done_callback(self._dials.discard)

    async def _dial(self) -> None:
        upstream = self._upstream
        try:
            context = context_of(upstream)
            async with asyncio.timeout(upstream.connect_s * (2 if context else 1)):
                _, up = await self._loop.create_connection(
                    lambda: Up(upstream, self, self._clock, self._limits),
                    upstream.host,
                    upstream.port,
                    ssl=context,
                    server_hostname=(upstream.server_name or upstream.host) if context else None,
                    ssl_handshake_timeout=upstream.connect_s if context else None,
                )
        except (ssl.SSLError, ssl.CertificateError) as error:
            self._failed("tls", str(error))
        except TimeoutError:
            self._failed("connect", f"no connection within {upstream.connect_s:g} s")
        except OSError as error:
            self._failed("connect", str(error))
        else:
            self._dialed(up)

    def _dialed(self, up: Up) -> None:
        if up.transport.is_closing():
            self._failed("connect", "closed as soon as it was open")
            return
        self._open.add(up)
        up.deadline = self._clock.now + KEPT_S
        self.give_back(up)

    def _failed(self, kind: Failure, detail: str) -> None:
        if waiting := self._next_waiting():
            waiting.caller.broke(kind, detail)

    def _next_waiting(self) -> Waiting | None:
        if not self._waiting:
            return None
        waiting = self._waiting.popleft()
        self._clock.forget(waiting)
        return waiting


class Pools:
    """One pool for each upstream."""

    __slots__ = ("_clock", "_limits", "_loop", "_outbox", "_pools")

    def __init__(
        self, *, loop: asyncio.AbstractEventLoop, clock: Clock, outbox: Outbox, limits: Limits
    ) -> None:
        self._loop = loop
        self._outbox = outbox
        self._clock = clock
        self._limits = limits
        self._pools: dict[Upstream, Pool] = {}

    def of(self, upstream: Upstream) -> Pool:
        """Its pool, made when there is none."""
        return self._pools.get(upstream) or self._make(upstream)

    def __iter__(self) -> Iterator[Pool]:
        return iter(self._pools.values())

    def close(self) -> None:
        """Close every unused connection."""
        for pool in self._pools.values():
            pool.close()

    def _make(self, upstream: Upstream) -> Pool:
        if len(self._pools) >= POOLS_MAX:
            self._pools = {known: pool for known, pool in self._pools.items() if not pool.is_unused}
        pool = Pool(upstream, loop=self._loop, clock=self._clock, outbox=self._outbox, limits=self._limits)
        self._pools[upstream] = pool
        return pool
