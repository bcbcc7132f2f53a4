"""One worker of the gateway: a process that serves clients by what its supervisor told it last.

It is started with one end of a socket pair and nothing else. `Start` says where to listen and to write,
`Configure` what to decide by; then it listens. When the pair is cut it goes on by what it knows, until its
leases run out.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Final, assert_never

import msgspec
import structlog
import uvloop

from holdfast_server.action.llm.config import Snapshot
from holdfast_server.action.llm.exchange.governor import Gateway
from holdfast_server.action.llm.figures import Figures
from holdfast_server.action.llm.front import Front
from holdfast_server.action.llm.line import Line
from holdfast_server.action.llm.messages import (
    SOCKET_ENV,
    Answered,
    Configure,
    Controlled,
    Drain,
    Failed,
    KillSeen,
    Lent,
    Ready,
    Resting,
    Start,
    Stats,
    ToWorker,
    Used,
)
from holdfast_server.action.llm.ports import bind
from holdfast_server.action.llm.wire.door import Door
from holdfast_server.kit.logging import configure

log = structlog.get_logger(__name__)
WORK_S: Final = 0.02
"""Between two looks whether much piled up that is to be written down; it is written at one go."""
TURNS: Final = 5
"""After so many looks little is written, too, and what is due is renewed: a turn of its own costs more than
what there is to do in it."""
TELL_S: Final = 1.0
FILES_MAX: Final = 1_048_576
COLLECT_AFTER: Final = (2_000, 500, 50)
"""Calls leave no cycles behind: looking for some after every 700 objects is time taken from streams.

All calls wait while it is looked: 0.6 ms for 2,000 new objects, and 20 streams that begin are as many."""
LEDGER_KEY: Final = "ledger.ed25519"


class Worker:
    """Serves until it is told to leave."""

    def __init__(self) -> None:
        self._line = Line(heard=self._take, cut=self._cut)
        self._start: Start | None = None
        self._gateway: Gateway | None = None
        self._figures: Figures | None = None
        self._door: Door | None = None
        self._snapshot = Snapshot(0)
        self._kills: frozenset[tuple[str, str]] = frozenset()
        self._heard_at = time.monotonic()
        self._lent = True
        self._opening = self._renewing = False
        self._turns = 0
        self._next_look: asyncio.TimerHandle | None = None
        self._leave = asyncio.Event()
        self._within_s: float | None = None
        self._jobs: set[asyncio.Task[None]] = set()

    async def run(self, end: socket.socket) -> None:
        """Serve, drain, and write down the rest."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._leave.set)
        await self._line.open(end)
        await self._leave.wait()
        for job in tuple(self._jobs):
            job.cancel()
        if self._next_look is not None:
            self._next_look.cancel()
        if self._door is not None:
            within_s = self._within_s
            await self._door.drain(self._snapshot.behaviour.drain_s if within_s is None else within_s)
        if self._gateway is not None:
            await self._gateway.close()
        self._line.close()

    # What the supervisor says

    def _take(self, message: ToWorker) -> None:
        try:
            self._obey(message)
        except Exception as error:
            # Before the first configuration nothing can be served; later, the last good one stays in force.
            log.exception("gateway.worker.message_failed", message=type(message).__name__)
            if self._door is None:
                self._fail(str(error))

    def _obey(self, message: ToWorker) -> None:
        match message:
            case Start():
                self._begin(message)
            case Configure():
                self._configure(message.snapshot)
            case Controlled():
                self._control(message)
            case Resting():
                if self._gateway is not None:
                    self._gateway.rest(message.until_ns)
            case Drain():
                self._within_s = message.within_s
                self._leave.set()
            case Lent() | Answered() | Used():
                raise AssertionError("the line keeps answers to itself")
            case _:
                assert_never(message)

    def _begin(self, start: Start) -> None:
        keys = Path(start.ledger_keys)
        if keys.suffix != Path(LEDGER_KEY).suffix:
            start = msgspec.structs.replace(start, ledger_keys=str(keys / LEDGER_KEY))
        self._start = start
        self._gateway = Gateway(start, self._line)
        self._figures = Figures(self._gateway)

    def _configure(self, snapshot: Snapshot) -> None:
        assert self._gateway is not None, "the first word is where to write"
        self._gateway.configure(snapshot)
        self._snapshot = snapshot
        self._put_in_force(snapshot.kills, ordered_ns=0)
        if self._door is not None:
            self._door.limits = snapshot.limits
        elif not self._opening:
            self._opening = True
            self._do(self._open())

    def _control(self, said: Controlled) -> None:
        if said.heard:
            self._heard_at = time.monotonic()
        self._put_in_force(said.kills, ordered_ns=said.ordered_ns)

    def _put_in_force(self, kills: frozenset[tuple[str, str]], *, ordered_ns: int) -> None:
        new, self._kills = kills - self._kills, kills
        self._lent = self._is_lent()
        if self._gateway is None:
            return
        self._gateway.controlled(kills, heard=self._lent)
        # What a kill covers that stands already was stopped then, or was judged under it since.
        for call in self._gateway.covered(new):
            if self._door is not None:
                self._door.stop(call, "killed")
        if not ordered_ns:
            return
        took_ms = max(0.0, (time.time_ns() - ordered_ns) / 1e6)
        for scope, target in new:
            self._line.tell(KillSeen(scope, target, took_ms))

    def _is_lent(self) -> bool:
        """Whether the authority that the control plane lent still holds."""
        return time.monotonic() - self._heard_at < self._snapshot.behaviour.lease_s

    def _cut(self) -> None:
        if not self._leave.is_set():
            log.warning("gateway.worker.alone")
        if self._door is None:
            self._leave.set()

    # Serving

    async def _open(self) -> None:
        start, gateway, figures = self._start, self._gateway, self._figures
        assert start is not None
        assert gateway is not None
        assert figures is not None
        loop = asyncio.get_running_loop()
        front = Front(
            gateway, name=start.name, ready=lambda: not self._leave.is_set(), stats=lambda: figures.last
        )
        door = Door(front, limits=self._snapshot.limits, loop=loop)
        try:
            listening = bind(start.host, start.port, shared=True)
            await door.open(listening)
        except OSError as error:
            door.close()
            self._fail(f"port {start.port} on {start.host} cannot be had: {error}")
            return
        self._door = door
        gc.collect()
        gc.freeze()
        self._line.tell(Ready(os.getpid(), listening.getsockname()[1]))
        self._work(gateway)
        self._do(self._report())

    def _work(self, gateway: Gateway) -> None:
        """Look what there is to do, and again after a while: no task wakes up when there is nothing."""
        self._next_look = asyncio.get_running_loop().call_later(WORK_S, self._work, gateway)
        self._turns += 1
        if self._turns < TURNS and not gateway.is_busy:
            return
        self._turns = 0
        try:
            gateway.note()
            if gateway.is_due and not self._renewing:
                self._renewing = True
                self._do(self._renew(gateway))
        except Exception:
            log.exception("gateway.worker.work_failed")

    async def _renew(self, gateway: Gateway) -> None:
        try:
            await gateway.work()
        except Exception:
            log.exception("gateway.worker.work_failed")
        finally:
            self._renewing = False

    async def _report(self) -> None:
        while True:
            self._line.tell(self._look())
            if self._lent != self._is_lent():
                self._put_in_force(self._kills, ordered_ns=0)
            await asyncio.sleep(TELL_S)

    def _look(self) -> Stats:
        if self._door is None or self._figures is None:
            return Stats()
        return self._figures.take(self._door)

    def _fail(self, reason: str) -> None:
        self._line.tell(Failed(reason[:2000]))
        self._leave.set()

    def _do(self, work: Coroutine[None, None, None]) -> None:
        job = asyncio.get_running_loop().create_task(work)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)


def main() -> None:
    """Serve on the end of a pair that was handed over.

    Raises:
        SystemExit: nobody handed one over.
    """
    configure()
    number = os.environ.get(SOCKET_ENV, "")
    if not number.isdecimal():
        sys.exit("A worker of the gateway is started by its supervisor: holdfast serve --role gateway")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor hears it too, and says when to leave
    gc.set_threshold(*COLLECT_AFTER)
    _raise_files()
    uvloop.run(Worker().run(socket.socket(fileno=int(number))))


def _raise_files() -> None:
    """Take as many open files as the system gives: two for every stream."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, FILES_MAX)
    if soft < most:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


if __name__ == "__main__":
    main()
