"""Server-sent events: one hub, many followers, nobody can slow it down.

A follower that reads too slowly is let go with a `resync` event; it comes back with `Last-Event-ID` and
gets what it missed from a bounded ring, or another `resync` when the ring has moved on.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Final

import msgspec

from holdfast_server.errors import Unavailable

RING: Final = 4096
QUEUE: Final = 1024
PING_S: Final = 5.0


class Event(msgspec.Struct, frozen=True):
    """One thing that happened; `data` is JSON."""

    type: str
    data: str
    id: str = ""

    def encode(self) -> bytes:
        """As it travels."""
        head = f"id: {self.id}\n" if self.id else ""
        return f"{head}event: {self.type}\ndata: {self.data}\n\n".encode()


RESYNC: Final = Event("resync", "{}")
PING: Final = Event("ping", "{}")


class Hub:
    """Publishes events to whoever follows."""

    def __init__(self, *, followers_max: int) -> None:
        self._epoch = secrets.token_hex(4)
        self._numbers = itertools.count(1)
        self._ring: deque[tuple[int, Event]] = deque(maxlen=RING)
        self._followers: set[asyncio.Queue[Event | None]] = set()
        self._followers_max = followers_max
        self._closed = False

    @property
    def followed(self) -> bool:
        """Whether anybody listens."""
        return bool(self._followers)

    def publish(self, kind: str, data: str) -> None:
        """Tell everybody; never waits."""
        number = next(self._numbers)
        event = Event(kind, data, f"{self._epoch}-{number}")
        self._ring.append((number, event))
        for queue in tuple(self._followers):
            self._offer(queue, event)

    def follow(
        self, last_event_id: str = "", *, hello: Callable[[], list[Event]] = list
    ) -> AsyncIterator[bytes]:
        """Everything from here on, after what was missed since `last_event_id`.

        Args:
            last_event_id: where the follower stopped reading; empty for a new one.
            hello: what to say first; asked in the instant of the subscription, so nothing falls between.

        Raises:
            Unavailable: too many follow already.
        """
        if self._closed or len(self._followers) >= self._followers_max:
            raise Unavailable("too many event streams are open", retry_after_s=5)
        queue: asyncio.Queue[Event | None] = asyncio.Queue(QUEUE)
        self._followers.add(queue)
        return self._frames(queue, [*hello(), *self._missed(last_event_id)])

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        for queue in tuple(self._followers):
            self._dismiss(queue)

    async def _frames(self, queue: asyncio.Queue[Event | None], first: list[Event]) -> AsyncIterator[bytes]:
        try:
            yield b"retry: 1000\n\n"
            for event in first:
                yield event.encode()
            while True:
                try:
                    event = await asyncio.wait_for(queue.get(), PING_S)
                except TimeoutError:
                    event = PING
                if event is None:
                    return
                yield event.encode()
        finally:
            self._followers.discard(queue)

    def _missed(self, last_event_id: str) -> list[Event]:
        epoch, _, number = last_event_id.partition("-")
        if not last_event_id:
            return []
        if epoch != self._epoch or not number.isdecimal():
            return [RESYNC]
        last = int(number)
        missed = [event for place, event in self._ring if place > last]
        complete = not self._ring or self._ring[0][0] <= last + 1
        return missed if complete else [RESYNC]

    def _offer(self, queue: asyncio.Queue[Event | None], event: Event) -> None:
        try:
            queue.put_nowait(event)
        except asyncio.QueueFull:
            self._dismiss(queue)

    def _dismiss(self, queue: asyncio.Queue[Event | None]) -> None:
        """Let a follower go: what it has not read is replaced by the marker and the end."""
        self._followers.discard(queue)
        slow = queue.full()
        while slow and not queue.empty():
            queue.get_nowait()
        for last in (RESYNC, None):
            if not queue.full():
                queue.put_nowait(last)
