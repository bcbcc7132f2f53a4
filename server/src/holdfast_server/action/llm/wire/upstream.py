"""One connection to a provider: it serves one call at a time and is kept for the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

import httptools

from holdfast_server.action.llm.config import Limits
from holdfast_server.action.llm.seam import Headers, Upstream
from holdfast_server.action.llm.wire.chunks import body_of
from holdfast_server.action.llm.wire.clock import NEVER, Clock
from holdfast_server.action.llm.wire.heads import (
    BODILESS,
    CONNECTION,
    CONTENT_LENGTH,
    OWN,
    TRANSFER_ENCODING,
    USUAL,
    without_named,
)
from holdfast_server.action.llm.wire.known import LESSONS_MAX, LINE, Known, learn
from holdfast_server.action.llm.wire.limits import (
    ANSWER_HEAD_BYTES,
    ANSWER_HEADERS,
    KEPT_S,
    framing_fits,
)
from holdfast_server.action.llm.wire.outbox import Outbox
from holdfast_server.action.llm.wire.passing import Passing
from holdfast_server.action.llm.wire.sides import Caller


class Keeper(Protocol):
    """Whoever keeps connections between calls."""

    @property
    def outbox(self) -> Outbox:
        """Where requests are put."""
        ...

    def give_back(self, up: Up) -> None:
        """It is free."""
        ...

    def lost(self, up: Up) -> None:
        """It is closed."""
        ...


class Up(asyncio.Protocol):
    """A connection to one upstream.

    What a read brings is parsed first and told afterwards, a head, one piece and an end at most: the caller
    may drop the connection at any of the three. Two kinds of reads need no parser: a whole answer whose head
    is known, and one chunk, whole and in its plainest form, right after another.
    """

    __slots__ = (
        "_aligned",
        "_body",
        "_caller",
        "_clock",
        "_complete",
        "_connection",
        "_dirty",
        "_framed",
        "_head",
        "_headers",
        "_keeper",
        "_known",
        "_lessons",
        "_limits",
        "_outbox",
        "_parser",
        "_parts",
        "_passing",
        "_received",
        "_status",
        "_strange",
        "_take",
        "_told",
        "_upstream",
        "_used",
        "deadline",
        "transport",
    )

    def __init__(self, upstream: Upstream, keeper: Keeper, clock: Clock, limits: Limits) -> None:
        self._upstream = upstream
        self._keeper, self._outbox = keeper, keeper.outbox
        self._clock = clock
        self._limits = limits
        self._caller: Caller | None = None
        self._used = self._lessons = 0
        self._known: Known | None = None
        self._dirty = False
        self.deadline = NEVER
        self._reset()

    def _reset(self) -> None:
        self._headers: Headers = []
        self._parts: list[bytes] = []
        self._connection = b""
        self._passing: Passing | None = None
        self._take: Callable[[bytes], bool] | None = None
        self._framed = self._head = self._told = self._complete = self._strange = self._aligned = False
        self._received = self._body = self._status = 0

    def begin(self, caller: Caller, request: bytes) -> None:
        """Send a request; its answer goes to the caller."""
        self._caller = caller
        if self._used:
            self._reset()
        self.deadline = self._clock.now + self._upstream.first_byte_s
        self._outbox.put(self.transport, request)

    def pass_to(self, passing: Passing) -> None:
        """Offer every read that may be one chunk to this first; the caller gets what it does not take."""
        self._passing = passing
        self._take = passing.way if self._aligned else None

    def drop(self) -> None:
        """The caller wants no more: the provider sees the connection close at once."""
        self._caller = self._take = None
        self.transport.abort()

    def pause(self) -> None:
        """Read no more until `resume`: the client is slower than the provider."""
        self.deadline = NEVER
        self.transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        self.deadline = self._clock.now + self._upstream.idle_s
        self.transport.resume_reading()

    # What the loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # what uvloop gives is one in all but name
        self._parser = httptools.HttpResponseParser(self)
        self._clock.watch(self)

    def data_received(self, data: bytes) -> None:
        take = self._take
        if take is not None and take(data):
            return
        caller = self._caller
        if caller is None:
            # Nobody asked: whatever it is, it must never be taken for the answer to the next request.
            self.transport.abort()
        elif self._aligned and (body := body_of(data)):
            self._put_off()
            caller.body(body, data)
        elif not self._received and self._outbox.holds(self.transport):
            # It spoke before it was asked: likewise.
            self.drop()
            caller.broke("reset", "stale: it spoke before it was asked")
        elif self._received or self._known is None or not self._recognise(data, self._known):
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        first = not self._received
        self._received += len(data)
        try:
            self._parser.feed_data(data)
            wrong = self._out_of_bounds() if self._received > ANSWER_HEAD_BYTES else ""
        except httptools.HttpParserUpgrade:
            wrong = "the upstream switched protocols"
        except httptools.HttpParserError as error:
            wrong = "" if self._complete else f"not HTTP: {error}"
            self._dirty = True
        # The end of a chunk's data and the end of a size line look alike.
        self._aligned &= data.endswith(LINE)
        self._take = self._passing.way if self._aligned and self._passing is not None else None
        if first:
            self._known = self._learn(data) or self._known
        self._tell(wrong)

    def eof_received(self) -> None:
        """Nothing to do: the transport closes, and `connection_lost` says what it means."""

    def connection_lost(self, exc: Exception | None) -> None:
        self._clock.forget(self)
        self._keeper.lost(self)
        caller, self._caller, self._take = self._caller, None, None
        if caller is None:
            return
        if self._head and not self._framed and exc is None:
            caller.ended()  # its end is the connection's (RFC 9112, 6.3)
        else:
            stale = "stale: " if self._used and not self._received else ""
            caller.broke("reset", f"{stale}{exc or 'closed before the answer was complete'}")

    def expired(self) -> None:
        """Too long without a first byte, without another, or without work."""
        caller, passing = self._caller, self._passing
        if caller is not None and passing is not None:
            # What passes does not move the deadline.
            left_s = self._upstream.idle_s - passing.silent_s()
            if left_s > 0:
                self.deadline = self._clock.now + left_s
                return
        self._caller = self._take = None
        self.deadline = NEVER
        self.transport.abort()
        if caller is None:
            return
        if self._body:
            caller.broke("stall", f"nothing came for {self._upstream.idle_s:g} s")
        else:
            caller.broke("timeout", f"no answer within {self._upstream.first_byte_s:g} s")

    # Heads that are known

    def _recognise(self, data: bytes, known: Known) -> bool:
        """Read a whole answer that begins as the one before it did; False leaves it to the parser."""
        begin = known.find(data)
        if not begin or len(data) - begin != known.length or begin > ANSWER_HEAD_BYTES:
            return False
        caller, self._caller = self._caller, None
        assert caller is not None, "who asked is told"
        self._lessons, self._received = 1, len(data)
        self._free()
        caller.whole(int(data[9:12]), known.headers, data[begin:])
        return True

    def _learn(self, data: bytes) -> Known | None:
        """What to know of this head; the first on a connection may be the only one."""
        self._lessons += 1
        fits = self._complete and self._framed and not self._dirty and self._status not in BODILESS
        if not fits or not 1 < self._lessons <= LESSONS_MAX:
            return None
        return learn(data, b"HTTP/1.1 %d " % self._status, self._headers)

    # What the parser tells

    def on_message_begin(self) -> None:
        if self._complete:
            self._dirty = True

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if lower not in OWN:
            if not self._head:  # trailers are not relayed
                self._headers.append((name, value))
        elif lower == CONTENT_LENGTH:
            self._framed = True
        elif lower == TRANSFER_ENCODING:
            self._framed = True
            self._strange |= value.strip().lower() != b"chunked"
        elif lower == CONNECTION and value.lower() not in USUAL:
            self._connection = value

    def on_headers_complete(self) -> None:
        if self._complete:
            return
        status = self._parser.get_status_code()
        if 100 <= status < 200:
            self._headers = []  # an interim answer: the real one follows
            return
        self._status = status
        self._head = True

    def on_chunk_header(self) -> None:
        self._aligned = False

    def on_chunk_complete(self) -> None:
        self._aligned = True

    def on_body(self, data: bytes) -> None:
        if not self._complete:
            self._parts.append(data)
            self._body += len(data)

    def on_message_complete(self) -> None:
        if self._head:
            self._complete, self._aligned = True, False
            self._dirty |= not self._parser.should_keep_alive()

    # What the caller hears

    def _out_of_bounds(self) -> str:
        """What is wrong with so long an answer; a shorter one is within every bound."""
        if self._complete:
            return ""
        if not self._head:
            return "its head is too large"
        if not framing_fits(self._received, self._body, self._limits):
            return "its framing is out of proportion"
        return ""

    def _tell(self, wrong: str) -> None:
        if self._head and not self._told:
            self._tell_head()
        if self._parts:
            self._tell_body()
        caller = self._caller
        if caller is None:
            return
        if wrong:
            self.drop()
            caller.broke("malformed", wrong)
        elif self._complete:
            self._caller = None
            self._free()
            caller.ended()

    def _tell_head(self) -> None:
        caller, self._told = self._caller, True
        assert caller is not None
        status = self._status
        self._framed |= status in BODILESS
        headers = self._headers
        if self._connection:
            headers = without_named(headers, self._connection)
        if wrong := self._wrong_head():
            self.drop()
            caller.broke("malformed", wrong)
        else:
            caller.answered(status, headers)

    def _wrong_head(self) -> str:
        if self._strange:
            return "its transfer coding is not chunked"
        if not 200 <= self._status <= 599:
            return f"{self._status} is no status"
        return "it has too many headers" if len(self._headers) > ANSWER_HEADERS else ""

    def _tell_body(self) -> None:
        parts, self._parts = self._parts, []
        caller = self._caller
        if caller is None or not self._told:
            return
        self._put_off()
        caller.body(parts[0] if len(parts) == 1 else b"".join(parts))

    def _put_off(self) -> None:
        """Something came: wait as long for the next, unless it is the client that is waited for."""
        if self.deadline != NEVER:
            self.deadline = self._clock.now + self._upstream.idle_s

    def _free(self) -> None:
        transport = self.transport
        self._used += 1
        # An answer before its request had left, or bytes after its end: not to be trusted with another.
        if self._dirty or transport.get_write_buffer_size():
            transport.abort()
        else:
            self.deadline = self._clock.now + KEPT_S
            self._keeper.give_back(self)
