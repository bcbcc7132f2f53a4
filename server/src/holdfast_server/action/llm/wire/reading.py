"""How bytes of a client become whole requests, within bounds; what is not HTTP/1.1 beyond doubt is refused.

llhttp in its strict mode refuses what smuggling is made of: both lengths, two lengths, folded lines, bare
line feeds, spaces before colons, chunk sizes that are no numbers. The rest of it is refused here, and nothing
of a request's framing is passed on: upstream it gets a length of our own. A head that says the same as the
one before it on its connection was found right then, and is not parsed again (`known.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, NamedTuple

import httptools

from holdfast_server.action.llm.config import Limits
from holdfast_server.action.llm.seam import Headers, Request
from holdfast_server.action.llm.wire.heads import (
    CONNECTION,
    EXPECT,
    HOST,
    OWN,
    TRANSFER_ENCODING,
    USUAL,
    without_named,
)
from holdfast_server.action.llm.wire.known import LESSONS_MAX, Known, learn
from holdfast_server.action.llm.wire.limits import BODY_RATE_MIN, Room, framing_fits

METHODS: Final = frozenset({b"GET", b"POST", b"PUT", b"PATCH", b"DELETE"})
WISH: Final = b"\r\nUpgrade:"


class Wrong(NamedTuple):
    """Why a request is refused before anybody judges it."""

    status: int
    code: str
    message: str


CODING: Final = Wrong(501, "transfer_coding", "The only transfer coding understood here is chunked.")
EXPECTATION: Final = Wrong(417, "expectation", "The only expectation met here is 100-continue.")
FRAMING: Final = Wrong(400, "malformed_request", "The framing of the body is out of proportion.")
HEAD: Final = Wrong(431, "head_too_large", "The request's head is too large.")
HOSTS: Final = Wrong(400, "malformed_request", "A request names exactly one host.")
METHOD: Final = Wrong(405, "method_not_allowed", "This method is not understood here.")
OVERLOADED: Final = Wrong(503, "overloaded", "Too many large requests are under way; try again.")
TARGET: Final = Wrong(400, "malformed_request", "A target begins with a slash.")
TIMEOUT: Final = Wrong(408, "request_timeout", "The request did not arrive in time.")
UPGRADE: Final = Wrong(501, "upgrade", "This gateway does not upgrade connections.")
VERSION: Final = Wrong(505, "http_version", "This gateway speaks HTTP/1.1.")


class Arrived(NamedTuple):
    """A request that was read, and what its answer may look like."""

    request: Request
    keep: bool
    """Whether the connection may serve another."""
    chunks: bool
    """Whether the client understands chunks."""
    roomy: int
    """Bytes it took of the room; to be given back."""


class Reader:
    """Reads the requests of one connection."""

    __slots__ = (
        "_arrived",
        "_began_ns",
        "_body",
        "_connection",
        "_due",
        "_head",
        "_headers",
        "_hosts",
        "_keep",
        "_known",
        "_lessons",
        "_limits",
        "_method",
        "_parser",
        "_parts",
        "_peer",
        "_read",
        "_received",
        "_room",
        "_roomy",
        "_version",
        "expects",
        "reading",
        "target",
        "wrong",
    )

    def __init__(
        self, arrived: Callable[[Request, bool, bool, int], None], *, peer: str, limits: Limits, room: Room
    ) -> None:
        """Begin.

        Args:
            arrived: is told every request, as in `Arrived`.
            peer: the client's address.
            limits: of heads and bodies.
            room: the memory of large bodies.
        """
        self._arrived = arrived
        self._peer = peer
        self._limits = limits
        self._room = room
        self._read = self._roomy = self._due = self._lessons = 0
        self._known: Known | None = None
        self._parser = httptools.HttpRequestParser(self)
        self.wrong: Wrong | None = None
        """Why the connection cannot go on after what was read before."""
        self.reading = False
        """Whether a request has begun and is not complete."""
        self.expects = False
        """Whether the client waits to be told to send the body."""
        self._reset()

    def feed(self, data: bytes) -> None:
        """Read; every request that is complete now is told."""
        if self.wrong is not None:
            return
        if self._due:
            self._continue(data)
        elif self.reading or self._known is None or not self._recognise(data, self._known):
            self._parse(data)
        if self.reading and self.wrong is None:
            self.wrong = self._out_of_bounds()

    @property
    def in_body(self) -> bool:
        """Whether a head is complete and its body is not."""
        return self._head

    def close(self) -> None:
        """Nothing more is read: what was read of a request is let go."""
        self._room.give(self._roomy)
        self._roomy = 0
        self._parts = []

    def _parse(self, data: bytes) -> None:
        fresh = not self.reading
        if fresh and WISH in data:
            data = _without_wish(data)
        self._read = len(data)
        self._received += self._read
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            assert self.wrong is not None, "its head was refused"
        except httptools.HttpParserError as error:
            self.wrong = self.wrong or Wrong(400, "malformed_request", f"This is not HTTP/1.1: {error}.")
        if fresh:
            self._known = self._learn(data)

    def _learn(self, data: bytes) -> Known | None:
        """What to know of this head; the first on a connection may be the only one."""
        self._lessons += 1
        if not 1 < self._lessons <= LESSONS_MAX or not self._head or not self._keep or self.wrong is not None:
            return None
        return learn(data, b"%b %b HTTP/1.1" % (self._method, self.target), self._headers)

    # What the parser tells

    def on_message_begin(self) -> None:
        self._reset()
        # What one read brought counts for the message that it began with; pipelined ones begin at nothing.
        self._received, self._read = self._read, 0
        self._began_ns = time.monotonic_ns()
        self.reading = True

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._head:
            return  # trailers are not passed on
        lower = name.lower()
        if lower not in OWN:
            self._headers.append((name, value))
        elif lower == HOST:
            self._hosts += 1
        elif lower == CONNECTION:
            if value.lower() not in USUAL:
                self._connection = value
        elif lower == EXPECT:
            self.expects = True
            if value.strip().lower() != b"100-continue":
                self.wrong = EXPECTATION
        elif lower == TRANSFER_ENCODING and value.strip().lower() != b"chunked":
            self.wrong = CODING

    def on_headers_complete(self) -> None:
        self._head = True
        parser = self._parser
        self._method, self._version = parser.get_method(), parser.get_http_version()
        if self.wrong is None:
            self.wrong = self._wrong_head()
        self._keep = parser.should_keep_alive()
        if self._connection:
            self._headers = without_named(self._headers, self._connection)

    def on_body(self, data: bytes) -> None:
        if self.wrong is not None:
            return
        size = self._body = self._body + len(data)
        if size > self._limits.body_bytes:
            self.wrong = self._too_large()
        elif self._parts and not self._take(len(data)):
            self.wrong = OVERLOADED
        else:
            self._parts.append(data)

    def on_message_complete(self) -> None:
        self.reading = False
        self._read = 0
        if self.wrong is not None:
            return
        parts, roomy = self._parts, self._roomy
        self._roomy = 0
        self._tell(parts[0] if len(parts) == 1 else b"".join(parts), roomy)

    def _tell(self, body: bytes, roomy: int) -> None:
        request = Request(self._method, self.target, self._headers, body, self._peer, self._began_ns)
        self._arrived(request, self._keep, self._version == "1.1", roomy)

    # Heads that are known

    def _recognise(self, data: bytes, known: Known) -> bool:
        """Read a request that begins as the one before it did; False leaves it to the parser."""
        body = known.find(data)
        due = known.length + body - len(data)
        limits = self._limits
        if not body or due < 0 or body > limits.head_bytes or known.length > limits.body_bytes:
            return False
        self._lessons, self._headers = 1, known.headers
        self._began_ns = time.monotonic_ns()
        if not due:
            self._tell(data[body:], 0)
            return True
        self._parts = []
        self._received, self._body = len(data), 0
        self._due, self._head, self.reading, self.expects = due, True, True, False
        if body < len(data):
            self.on_body(data[body:])
        return True

    def _continue(self, data: bytes) -> None:
        """More of the body of a request whose head was known."""
        due = self._due
        self._due = max(0, due - len(data))
        self._received += len(data)
        self.on_body(data if len(data) <= due else data[:due])
        if not self._due:
            self.on_message_complete()
            if len(data) > due:
                self.feed(data[due:])

    # Bounds

    def _reset(self) -> None:
        self.target = b""
        self._headers: Headers = []
        self._parts: list[bytes] = []
        self._connection = b""
        self._head = self.expects = False
        self._hosts = self._body = self._received = self._began_ns = 0

    def _take(self, size: int) -> bool:
        if not self._room.take(size):
            return False
        self._roomy += size
        return True

    def _wrong_head(self) -> Wrong | None:
        limits, version = self._limits, self._version
        if version not in {"1.1", "1.0"}:
            return VERSION
        if self._hosts > 1 or (not self._hosts and version == "1.1"):
            return HOSTS
        if len(self._headers) > limits.headers or self._head_size() > limits.head_bytes:
            return HEAD
        if self._method not in METHODS:
            return METHOD
        if self._parser.should_upgrade():
            return UPGRADE
        return None if self.target.startswith(b"/") else TARGET

    def _head_size(self) -> int:
        """Looked at closely only when one read brought more than a head may have."""
        if self._received <= self._limits.head_bytes:
            return 0
        return len(self.target) + sum(len(name) + len(value) + 4 for name, value in self._headers)

    def _too_large(self) -> Wrong:
        size = self._limits.body_bytes
        return Wrong(413, "body_too_large", f"A request's body has at most {size} bytes here.")

    def _out_of_bounds(self) -> Wrong | None:
        """What is wrong with a request that is not complete yet."""
        limits, received = self._limits, self._received
        if not self._head:
            return HEAD if received > limits.head_bytes else None
        if not framing_fits(received, self._body, limits):
            return FRAMING
        seconds = (time.monotonic_ns() - self._began_ns) / 1e9
        return TIMEOUT if seconds > limits.body_s + received / BODY_RATE_MIN else None


def _without_wish(data: bytes) -> bytes:
    """A request that begins here, without its wish for another protocol, which may be ignored (RFC 9110 7.8).

    The parser would take the wish as granted and leave the body unread; under the name of another header that
    stays on its connection it means nothing.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return head.replace(WISH, b"\r\nKeep-Alive:") + end + rest if end else data
