"""What is on its way out: a bounded queue that costs its caller next to nothing, emptied by one thread.

The thread takes slices, has them encoded, and posts them. While the server is away parcels go to the disk
instead and are delivered first, in order, once it is back. What finds no room is dropped and counted. Nothing
here ever raises into the caller or waits without a limit.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import math
import os
import random
import threading
import time
import weakref
from collections import deque
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

from holdfast.client.spool import BYTES_MAX, Parcel, Room, Spool, adopt, begin

T = TypeVar("T")

SLICE_MAX: Final = 512
QUEUE_MAX: Final = 50_000
INTERVAL_S: Final = 0.2
BACKOFF_S: Final = (0.1, 3.0)
CLOSE_S: Final = 2.0

_log = logging.getLogger(__name__)


class Delivery(Enum):
    """What became of a parcel."""

    DONE = "done"
    """The server has it."""
    REFUSED = "refused"
    """The server will never take it; sending it again cannot help."""
    AWAY = "away"
    """Nobody has it; keep it and try again."""


class Sender(Protocol[T]):
    """How items become parcels and travel; called by the outbox's thread only."""

    def encode(self, items: list[T]) -> list[Parcel]:
        """The parcels that carry these items."""
        ...

    def deliver(self, parcel: Parcel) -> Delivery:
        """Post one parcel."""
        ...

    def delivered(self, parcel: Parcel) -> None:
        """Note that the server has a parcel."""
        ...

    def idle(self) -> bool:
        """Use the time when nothing waits and the server is there; True when there is more to do."""
        ...

    def abort(self) -> None:
        """Give up a delivery that is under way; called by the thread that closes the outbox."""
        ...

    def close(self) -> None:
        """Let the connection go; nothing will be delivered any more."""
        ...

    def renew(self) -> None:
        """Start afresh in the child of a fork."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may wait, and how long."""

    queue_max: int = QUEUE_MAX
    slice_max: int = SLICE_MAX
    spool_bytes_max: int = BYTES_MAX
    interval_s: float = INTERVAL_S
    backoff_s: tuple[float, float] = BACKOFF_S


class Outbox(Generic[T]):
    """A queue, a thread and a spool; one for spans and one for records."""

    def __init__(self, name: str, sender: Sender[T], *, root: Path | None, limits: Limits = Limits()) -> None:
        self._name = name
        self._sender = sender
        self._root = root
        self._limits = limits
        self._backoff = random.Random()  # noqa: S311  # spreads retries, guards nothing
        self._reset()
        reference = weakref.WeakMethod(self._after_fork)
        os.register_at_fork(after_in_child=lambda: (method := reference()) and method())
        atexit.register(_close, weakref.ref(self))

    @property
    def dropped(self) -> int:
        """How many items were lost for want of room, or refused, since the start."""
        return self._dropped

    @property
    def waiting(self) -> int:
        """How many items are in the queue; those on the disk are not among them."""
        return len(self._queue)

    def put(self, item: T) -> None:
        """Leave an item to the outbox: an append and two comparisons."""
        queue = self._queue
        if len(queue) >= self._limits.queue_max or self._closed:
            self._drop(1)
            return
        queue.append(item)
        if self._thread is None:
            self._run()

    def start(self) -> None:
        """Start the thread before the first item: there may be something left from before."""
        if self._thread is None:
            self._run()

    def flush(self, timeout_s: float) -> bool:
        """Try now, backoff or not, until everything is delivered; False when time runs out first."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            if self._thread is None or (not self._queue and self._settled.is_set()):
                return True
            self._retry_at = 0.0
            self._wake.set()
            self._settled.wait(0.02)
            time.sleep(0.002)
        return False

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Deliver what can be delivered in time and spool the rest; twice is the same as once."""
        if self._closed:
            return
        self._closed = True
        self._wake.set()
        thread = self._thread
        if thread is None:
            return
        thread.join(timeout_s / 2)
        if thread.is_alive():
            # The server is too slow for a process that wants to end: what is left goes to the disk.
            self._retry_at = math.inf
            self._sender.abort()
            thread.join(timeout_s / 2)

    def _reset(self) -> None:
        self._queue: deque[T] = deque()
        self._dropped = 0
        self._closed = False
        self._counting = threading.Lock()
        self._wake = threading.Event()
        self._settled = threading.Event()
        self._thread: threading.Thread | None = None
        self._retry_at = 0.0
        self._failures = 0
        self._spools: list[Spool] = []

    def _after_fork(self) -> None:
        """The child begins with nothing: what waited is the parent's to send."""
        for spool in self._spools:
            spool.abandon()
        self._reset()
        self._sender.renew()

    def _drop(self, count: int) -> None:
        with self._counting:
            self._dropped += count

    def _run(self) -> None:
        with self._counting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=f"holdfast-{self._name}", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        """The life of the thread: nothing that goes wrong in one turn may end it."""
        self._open_spools()
        while not self._closed:
            self._wake.wait(self._limits.interval_s)
            self._wake.clear()
            self._turn()
        self._turn()
        self._finish()

    def _turn(self) -> None:
        self._settled.clear()
        try:
            self._replay()
            self._empty_queue()
            if not self._queue and self._reachable and not self._spools_wait():
                while not self._closed and not self._queue and self._sender.idle():
                    pass
                self._settled.set()
        except Exception:  # noqa: BLE001  # logged, and the next turn tries again
            _log.exception("holdfast: the %s outbox stumbled; it goes on", self._name)

    @property
    def _reachable(self) -> bool:
        return time.monotonic() >= self._retry_at

    def _spools_wait(self) -> bool:
        return any(not spool.empty for spool in self._spools)

    def _replay(self) -> None:
        """Deliver what waits on the disk, oldest process first."""
        for spool in list(self._spools):
            while self._reachable and (parcel := spool.peek()) is not None:
                if not self._send(parcel):
                    return
                spool.pop()
            if spool is not self._spools[-1] and spool.empty:
                self._spools.remove(spool)
                spool.close()

    def _empty_queue(self) -> None:
        queue = self._queue
        while queue:
            items = [queue.popleft() for _ in range(min(len(queue), self._limits.slice_max))]
            parcels = self._encode(items)
            for parcel in parcels:
                straight = self._reachable and not self._spools_wait()
                if not (straight and self._send(parcel)) and not self._keep(parcel):
                    self._drop(parcel.items)

    def _encode(self, items: list[T]) -> list[Parcel]:
        try:
            return self._sender.encode(items)
        except Exception:  # noqa: BLE001  # logged, and the next turn tries again
            _log.exception("holdfast: %d items of the %s outbox could not be encoded", len(items), self._name)
            self._drop(len(items))
            return []

    def _keep(self, parcel: Parcel) -> bool:
        return bool(self._spools) and self._spools[-1].append(parcel)

    def _send(self, parcel: Parcel) -> bool:
        """Whether the parcel is off our hands."""
        match self._sender.deliver(parcel):
            case Delivery.DONE:
                self._failures = 0
                self._sender.delivered(parcel)
                return True
            case Delivery.REFUSED:
                self._failures = 0
                self._drop(parcel.items)
                return True
            case Delivery.AWAY:
                self._failures += 1
                low, high = self._limits.backoff_s
                pause = min(high, low * 2 ** min(self._failures, 16))
                again = time.monotonic() + pause * self._backoff.uniform(0.5, 1.0)
                self._retry_at = max(self._retry_at, again)
                return False

    def _open_spools(self) -> None:
        """Adopt what processes that are gone left behind, then begin a folder of our own."""
        if self._root is None:
            return
        try:
            room = Room(self._limits.spool_bytes_max)
            self._spools = [*adopt(self._root, room), begin(self._root, room)]
        except OSError:
            _log.exception(
                "holdfast: no spool in %s; what cannot be sent will be dropped and counted", self._root
            )

    def _finish(self) -> None:
        """The last turn is over: what the queue still holds is lost, what the disk holds is not."""
        self._drop(len(self._queue))
        self._sender.close()
        for spool in self._spools:
            with contextlib.suppress(OSError):
                spool.close()


def _close(reference: weakref.ref[Outbox[T]]) -> None:
    outbox = reference()
    if outbox is not None:
        outbox.close()
