"""One connection of a client: its requests are answered one at a time, in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol, cast

import structlog

from holdfast_server.action.llm.seam import Call, Governor, Headers, Reply, Request
from holdfast_server.action.llm.wire.chunks import chunk_of
from holdfast_server.action.llm.wire.clock import NEVER, Clock
from holdfast_server.action.llm.wire.heads import BODILESS, header_lines, reply_bytes, streaming_head
from holdfast_server.action.llm.wire.limits import LINGER_BYTES, LINGER_S
from holdfast_server.action.llm.wire.outbox import Outbox
from holdfast_server.action.llm.wire.racing import Race, Runner
from holdfast_server.action.llm.wire.reading import TIMEOUT, Arrived, Reader, Wrong
from holdfast_server.action.llm.wire.relay import House, Relay

log = structlog.get_logger(__name__)
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST_CHUNK: Final = b"0\r\n\r\n"
CROWDED: Final = Wrong(503, "overloaded", "This gateway has as many connections as it may have; try again.")
BUSY: Final = Wrong(503, "overloaded", "Too many calls are under way; try again.")
FAILED: Final = Wrong(502, "gateway_error", "The gateway could not answer this.")


class Home(House, Protocol):
    """The listener, as its connections need it."""

    clock: Clock
    governor: Governor
    outbox: Outbox
    relays: dict[Call, Runner]
    requests: int
    draining: bool

    def arrived(self, down: Down) -> bool:
        """A connection is there; False when it is one too many."""
        ...

    def left(self, down: Down) -> None:
        """It is closed."""
        ...


class Down(asyncio.Protocol):
    """A connection of a client."""

    __slots__ = (
        "_chunks",
        "_framed",
        "_home",
        "_keep",
        "_lines",
        "_lingering",
        "_put",
        "_queue",
        "_reader",
        "_relay",
        "_roomy",
        "_sent",
        "deadline",
        "transport",
    )

    def __init__(self, home: Home) -> None:
        self._home = home
        self._put = home.outbox.put
        self._relay: Runner | None = None
        self._queue: deque[Arrived] = deque()
        self._keep = self._chunks = self._framed = True
        self._lingering = self._roomy = 0
        self._sent: Headers | None = None
        self._lines = b""

    @property
    def is_free(self) -> bool:
        """Whether no request is under way."""
        return self._relay is None

    # What the loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # what uvloop gives is one in all but name
        home = self._home
        self.transport.set_write_buffer_limits(high=home.limits.write_bytes)
        name: tuple[str, ...] | str | None = transport.get_extra_info("peername")
        peer = name[0] if isinstance(name, tuple) else ""
        self._reader = Reader(self._arrived, peer=peer, limits=home.limits, room=home.room)
        self.deadline = home.clock.now + home.limits.head_s
        home.clock.watch(self)
        if not home.arrived(self):
            self._refuse(CROWDED)

    def data_received(self, data: bytes) -> None:
        if self._lingering:
            self._lingering -= len(data)
            if self._lingering <= 0:
                self.transport.abort()
            return
        reader = self._reader
        fresh = not reader.reading
        reader.feed(data)
        if reader.reading or reader.wrong is not None:
            self._go_on(fresh=fresh)

    def eof_received(self) -> None:
        """A client that sends no more has gone: nobody pays for an answer that nobody may read."""
        self._home.outbox.flush()
        self._gone()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the loop gives it
        self._gone()
        self._reader.close()
        self._home.clock.forget(self)
        self._home.left(self)

    def pause_writing(self) -> None:
        self.deadline = self._home.clock.now + self._home.limits.write_s
        if self._relay is not None:
            self._relay.pause()

    def resume_writing(self) -> None:
        self._set_deadline()
        if self._relay is not None:
            self._relay.resume()

    def expired(self) -> None:
        """Too slow: in sending a request, in reading an answer, or in leaving."""
        if self._reader.reading and self.is_free and not self._lingering:
            self._refuse(TIMEOUT)
        else:
            self.transport.abort()
            self._gone()

    def retire(self) -> None:
        """Close once what is under way has been answered."""
        self._keep = False
        if self.is_free and not self._reader.reading:
            self._close()

    # A request

    def _go_on(self, *, fresh: bool) -> None:
        home, reader = self._home, self._reader
        if not self.is_free:
            return  # what is under way comes first
        if reader.wrong is not None:
            self._refuse(reader.wrong)
            return
        if reader.expects:
            reader.expects = False
            self._put(self.transport, CONTINUE)
        if not reader.in_body:
            if fresh:
                self.deadline = home.clock.now + home.limits.head_s
        else:
            self.deadline = home.clock.now + home.limits.body_s

    def _arrived(self, request: Request, keep: bool, chunks: bool, roomy: int) -> None:
        if self._relay is None and not self._queue:
            self._admit(request, keep, chunks, roomy)
            return
        self._queue.append(Arrived(request, keep, chunks, roomy))
        if len(self._queue) >= self._home.limits.pipelined:
            self.transport.pause_reading()

    def _admit(self, request: Request, keep: bool, chunks: bool, roomy: int) -> None:
        home = self._home
        home.requests += 1
        self._keep = keep and not home.draining
        self._chunks = chunks
        self._roomy = roomy
        try:
            if len(home.relays) >= home.limits.calls:
                said = home.governor.refuse(request.target, *BUSY)
            else:
                said = home.governor.admit(request)
        except Exception:
            log.exception("gateway.admit.failed")
            self.fail()
            return
        if isinstance(said, Reply):
            self.reply(said)
        else:
            self._start(said)

    def _start(self, call: Call) -> None:
        self._relay = relay = (Race if call.hedge_s else Relay)(call, self, self._home)
        self._home.relays[call] = relay
        self.deadline = NEVER
        relay.start()

    # Its answer

    def lines(self, headers: Headers) -> bytes:
        """Headers as they go upstream; the list of the call before was looked at then."""
        if headers is not self._sent:
            self._lines, self._sent = header_lines(headers), headers
        return self._lines

    def begin(self, status: int, headers: Headers, first: bytes) -> None:
        """The head of a streamed answer, and what there is of its body."""
        self._framed = self._chunks and status not in BODILESS
        self._keep = self._keep and self._chunks
        head = streaming_head(status, headers, chunked=self._framed, keep=self._keep)
        # Of a stream nothing waits for company.
        self._home.outbox.flush()
        self.transport.write(head + self._chunk(first) if first else head)

    @property
    def way(self) -> Callable[[bytes], None] | None:
        """What chunks are written with, where they go on as they come."""
        return self.transport.write if self._framed else None

    def piece(self, data: bytes, chunk: bytes = b"") -> None:
        """Some of its body."""
        self.transport.write(chunk if chunk and self._framed else self._chunk(data))

    def _chunk(self, data: bytes) -> bytes:
        return chunk_of(data) if self._framed else data

    def complete(self) -> None:
        """It is complete."""
        if self._framed:
            self.transport.write(LAST_CHUNK)
        self._finish()

    def reply(self, reply: Reply) -> None:
        """A whole answer."""
        try:
            answer = reply_bytes(reply, keep=self._keep)
        except ValueError:
            log.exception("gateway.reply.failed")
            self.fail()
            return
        self._put(self.transport, answer)
        self._finish()

    def fail(self) -> None:
        """No answer can be given: an error when nothing was said yet, else a cut that shows as one."""
        if self._relay is not None and self._relay.streaming:
            self._free()
            self._home.outbox.flush()
            self.transport.abort()
        else:
            self._refuse(FAILED)

    def _finish(self) -> None:
        self._forget_call()
        if not self._keep:
            self._queue.clear()
            self._close()
        elif self._queue or self._reader.wrong is not None:
            # Not at once: a pipelined request must not grow the stack of the one before it.
            self._home.loop.call_soon(self._next)
        self._set_deadline()

    def _next(self) -> None:
        if not self.is_free or self._lingering or self.transport.is_closing():
            return
        if self._queue:
            arrived = self._queue.popleft()
            self.transport.resume_reading()
            self._admit(*arrived)
        elif self._reader.wrong is not None:
            self._refuse(self._reader.wrong)

    def _refuse(self, wrong: Wrong) -> None:
        """Refuse, and let the client read why before the connection closes."""
        self._free()
        if self.transport.is_closing():
            return
        self._keep = False
        reply = self._home.governor.refuse(self._reader.target, *wrong)
        self._home.outbox.flush()
        self.transport.write(reply_bytes(reply, keep=False))
        self._lingering = LINGER_BYTES
        self.transport.write_eof()
        self.deadline = self._home.clock.now + LINGER_S

    # Its end

    def _close(self) -> None:
        self._home.outbox.flush()
        self.transport.close()

    def _gone(self) -> None:
        relay = self._relay
        self._free()
        if relay is not None:
            relay.gone()

    def _forget_call(self) -> None:
        relay, self._relay = self._relay, None
        if relay is not None:
            del self._home.relays[relay.call]
        if self._roomy:
            self._home.room.give(self._roomy)
            self._roomy = 0

    def _free(self) -> None:
        """Nothing of this connection is under way any more."""
        self._forget_call()
        while self._queue:
            self._home.room.give(self._queue.popleft().roomy)

    def _set_deadline(self) -> None:
        limits, now = self._home.limits, self._home.clock.now
        if self._relay is not None:
            self.deadline = NEVER
        elif self.transport.is_closing():
            self.deadline = now + limits.write_s
        else:
            self.deadline = now + (limits.head_s if self._reader.reading else limits.idle_s)
