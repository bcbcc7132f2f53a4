"""One worker, minded: started with its end of a socket pair, told what it needs, started anew if it dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import sys
import time
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
import structlog

from holdfast_server.action.llm.desk.report import WorkerReport, WorkerState
from holdfast_server.action.llm.messages import (
    SOCKET_ENV,
    Configure,
    Controlled,
    Drain,
    Failed,
    Frames,
    FromWorker,
    Message,
    Ready,
    Start,
    Stats,
    pack,
    read_from_worker,
)
from holdfast_server.action.llm.slots import Slot

log = structlog.get_logger(__name__)

MODULE: Final = "holdfast_server.action.llm.worker"
READ_BYTES: Final = 256 * 1024
UNSENT_MAX: Final = 128 * 1024 * 1024
"""A worker that leaves so much unread is stuck."""
STUCK_S: Final = 15.0
"""A worker that says nothing for so long is stuck; it speaks every second."""
START_S: Final = 20.0
SOON_S: Final = 0.05
LATEST_S: Final = 5.0
WELL_S: Final = 10.0
"""A worker that lived so long died of something new: it is started again at once."""
KILLED_S: Final = 2.0
_secret = re.compile(r"^HOLDFAST_|(?:_KEY|_TOKEN|_SECRET|_PASSWORD)$").search

Hear = Callable[["Minder", FromWorker], None]


class Minder:
    """Keeps one worker running until it is told to stop."""

    def __init__(self, start: Start, slot: Slot, *, hear: Hear) -> None:
        self._start, self._slot, self._hear = start, slot, hear
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._stopping = False
        self._began = 0.0
        self._spoke = 0.0
        self.port = 0
        self.state: WorkerState = "starting"
        self.started_ns = time.time_ns()
        self.restarts = 0
        self.stats = Stats()
        self.failure = ""

    @property
    def name(self) -> str:
        """The worker's."""
        return self._start.name

    @property
    def pid(self) -> int:
        """Of its process; 0 when there is none."""
        return self._process.pid if self._process is not None else 0

    def report(self) -> WorkerReport:
        """How it does."""
        return WorkerReport(self.name, self.pid, self.state, self.started_ns, self.restarts, self.stats)

    def tell(self, message: Message) -> None:
        """Say something; nothing happens when nobody is there."""
        if self._writer is None or self._writer.is_closing():
            return
        if self._writer.transport.get_write_buffer_size() > UNSENT_MAX:
            log.error("gateway_worker_stuck", worker=self.name, unread=UNSENT_MAX)
            self._kill()
            return
        self._writer.write(pack(message))

    async def mind(self, latest: Callable[[], tuple[Configure, Controlled]]) -> None:
        """Keep it running.

        Args:
            latest: what a fresh worker is told first.
        """
        pause_s = SOON_S
        while not self._stopping:
            self._began = time.monotonic()
            try:
                await self._live(latest)
            except OSError as error:
                self.failure = f"it cannot be started: {error}"
                log.exception("gateway_worker_not_started", worker=self.name)
            self.state = "gone"
            if self._stopping:
                return
            lived_s = time.monotonic() - self._began
            pause_s = SOON_S if lived_s > WELL_S else min(LATEST_S, pause_s * 2)
            log.warning(
                "gateway_worker_died", worker=self.name, lived_s=round(lived_s, 1), again_in_s=pause_s
            )
            await asyncio.sleep(pause_s)
            self.restarts += 1

    async def stop(self, within_s: float) -> None:
        """Let streams end, then let it go."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        self.state = "draining"
        self.tell(Drain(within_s))
        try:
            async with asyncio.timeout(within_s + KILLED_S):
                await process.wait()
        except TimeoutError:
            log.warning("gateway_worker_killed", worker=self.name)
            self._kill()
            await process.wait()

    async def _live(self, latest: Callable[[], tuple[Configure, Controlled]]) -> None:
        """One life of it."""
        self.state, self.started_ns, self.stats = "starting", time.time_ns(), Stats()
        ours, theirs = socket.socketpair()
        with contextlib.closing(theirs):
            theirs.set_inheritable(True)
            environ = _without_secrets(os.environ) | {SOCKET_ENV: str(theirs.fileno())}
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", MODULE), pass_fds=(theirs.fileno(), self._slot.lock), env=environ,
                stdin=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            self._slot.note(self._process.pid)
        reader, self._writer = await asyncio.open_connection(sock=ours)
        self._spoke = time.monotonic()
        for message in (self._start, *latest()):
            self._writer.write(pack(message))
        watching = asyncio.create_task(self._watch())
        try:
            await self._listen(reader)
        finally:
            watching.cancel()
            self._writer.close()
            self._writer = None
            await self._end()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        frames = Frames()
        while data := await _read(reader):
            for body in frames.feed(data):
                try:
                    said = read_from_worker(body)
                except msgspec.MsgspecError as error:
                    log.error("gateway_worker_garbled", worker=self.name, error=str(error))  # noqa: TRY400  # its fault, not ours
                    return
                self._take(said)

    def _take(self, said: FromWorker) -> None:
        self._spoke = time.monotonic()
        match said:
            case Ready():
                self.state, self.port, self.failure = "ready", said.port, ""
                log.info("gateway_worker_ready", worker=self.name, pid=said.pid, port=said.port)
            case Failed():
                self.failure = said.reason
                log.error("gateway_worker_failed", worker=self.name, reason=said.reason)
            case Stats():
                self.stats = said
            case _:
                pass
        self._hear(self, said)

    async def _watch(self) -> None:
        """Kill it when it says nothing: nobody can tell such a worker from a dead one."""
        while True:
            await asyncio.sleep(1.0)
            silent_s = time.monotonic() - self._spoke
            if silent_s > (START_S if self.state == "starting" else STUCK_S):
                log.error("gateway_worker_stuck", worker=self.name, silent_s=round(silent_s, 1))
                self._kill()
                return

    async def _end(self) -> None:
        """Wait until it is gone; one that closed its ears is helped."""
        assert self._process is not None, "it was started"
        if self._stopping:
            return  # `stop` waits for it
        try:
            async with asyncio.timeout(KILLED_S):
                await self._process.wait()
        except TimeoutError:
            self._kill()
            await self._process.wait()

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(READ_BYTES)
    except ConnectionError:
        return b""


def _without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """A worker gets its secrets over the socket; what it inherits anybody on the machine could read."""
    return {name: value for name, value in environ.items() if not _secret(name)}
