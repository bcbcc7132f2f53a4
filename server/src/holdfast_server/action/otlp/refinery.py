"""Refining, in this process or in one beside it; what another process dies of is set aside.

Reading spans is Python's work and takes most of the time, so a process of its own leaves this one free for
requests, and a second core for itself.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Final, Protocol

import msgspec
import structlog

from holdfast_server.action.otlp.blocks import Block, BlockInFiles, BlockInMemory, Packed
from holdfast_server.action.otlp.orders import Order, Post, Refined
from holdfast_server.errors import Unavailable
from holdfast_server.record.spans.journal import read_frames

log = structlog.get_logger(__name__)

MODULE: Final = "holdfast_server.action.otlp.worker"
WORK_S_MAX: Final = 300.0
"""A block takes a second or two; a worker that takes so long is stuck."""
DEATHS_MAX: Final = 2
"""A single frame of which a worker has died so often is set aside."""


class Refinery(Protocol):
    """Turns stretches of the journal into blocks, one after the other."""

    def begin(self, place: int) -> None:
        """Get ready to go on from this place."""
        ...

    async def refine(self, start: int, end: int, *, spans_max: int) -> Block:
        """The next stretch, up to `end` or to so many spans.

        Raises:
            Unavailable: it could not be done now.
        """
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


class RefineryHere:
    """Refines in a thread of this process."""

    def __init__(self, post: Post) -> None:
        from holdfast_server.action.otlp.worker import make_refiner

        self._refiner = make_refiner(msgspec.structs.replace(post, warm_to=post.warm_from))
        self._thread = ThreadPoolExecutor(1, "refine")

    def begin(self, place: int) -> None:
        """It is ready."""

    async def refine(self, start: int, end: int, *, spans_max: int) -> Block:
        """Refine it in the thread."""
        work = asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: self._refiner.refine(start, end, spans_max=spans_max)
        )
        try:
            return BlockInMemory(await work)
        except Exception as error:  # it must be seen, and must not stop the server
            log.exception("refining_failed")
            raise Unavailable(f"spans cannot be read: {error}") from error

    async def close(self) -> None:
        """Let the thread go."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class RefineryApart:
    """Refines in a process of its own, which is started when it is first needed, and again when it dies."""

    def __init__(self, post: Post) -> None:
        # A worker of a server that was killed may be at work for a second yet: it must not write here.
        self._journal, self._blocks = Path(post.journal), Path(post.blocks) / secrets.token_hex(4)
        shutil.rmtree(post.blocks, ignore_errors=True)
        self._blocks.mkdir(parents=True)
        self._post = msgspec.structs.replace(post, blocks=str(self._blocks))
        self._thread = ThreadPoolExecutor(1, "refine")
        self._worker: subprocess.Popen[bytes] | None = None
        self._deaths = 0

    def begin(self, place: int) -> None:
        """Start the process now, because it takes a second."""
        self._thread.submit(self._started, place)

    async def refine(self, start: int, end: int, *, spans_max: int) -> Block:
        """Let the process refine it.

        Raises:
            Unavailable: the process died of it; the next try is more careful.
        """
        work = asyncio.get_running_loop().run_in_executor(self._thread, self._refine, start, end, spans_max)
        try:
            return await asyncio.wait_for(asyncio.shield(work), WORK_S_MAX)
        except TimeoutError:
            self._kill()
            return await work

    async def close(self) -> None:
        """End the process."""
        self._kill()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _refine(self, start: int, end: int, spans_max: int) -> Block:
        if self._deaths > DEATHS_MAX:
            return self._set_aside(start, end)
        worker = self._started(start)
        # After a death frames come one by one, so that the one at fault is known.
        order = Order(start, end, 1 if self._deaths else spans_max)
        try:
            _pipe(worker.stdin).write(msgspec.json.encode(order) + b"\n")
            _pipe(worker.stdin).flush()
            line = _pipe(worker.stdout).readline()
        except OSError:
            line = b""
        if not line:
            self._deaths += 1
            self._kill()
            raise Unavailable(f"the process that reads spans died {self._deaths} times", retry_after_s=1)
        self._deaths = 0
        return BlockInFiles(msgspec.json.decode(line, type=Packed), self._blocks)

    def _set_aside(self, start: int, end: int) -> Block:
        """Skip one frame that nobody survives, and keep it for a person to look at."""
        frame = next(read_frames(self._journal, start, end))
        aside = self._journal.parent / "set-aside"
        aside.mkdir(exist_ok=True)
        (aside / f"{start}.otlp").write_bytes(frame.body)
        log.error("request_set_aside", path=str(aside / f"{start}.otlp"), bytes=len(frame.body))
        self._deaths = 0
        return BlockInMemory(Refined(start, frame.end, [], [], [], 0))

    def _started(self, place: int) -> subprocess.Popen[bytes]:
        worker = self._worker
        if worker is None or worker.poll() is not None:
            self._kill()
            # What a worker died of must not be the first thing that the next one reads.
            warm_from = place if self._deaths else self._post.warm_from
            post = msgspec.structs.replace(self._post, warm_from=warm_from, warm_to=place)
            command = [sys.executable, "-m", MODULE]
            worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  # our own module
            _pipe(worker.stdin).write(msgspec.json.encode(post) + b"\n")
            _pipe(worker.stdin).flush()
            self._worker = worker
        return worker

    def _kill(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()
            worker.wait()
            _pipe(worker.stdin).close()
            _pipe(worker.stdout).close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None, "asked for when the process was started"
    return pipe
