"""What the wire and the exchange say to each other: bytes below this line, meaning above it.

The wire (`wire/`) moves HTTP/1.1 and knows nothing of JSON, models or money. The exchange (`exchange/`) knows
all of that and touches no socket. For one request the wire drives one `Call`:

```text
admit ──► Reply                                       answered without a provider
     └──► Call ──► next ──► Reply
                      └───► Send ──► head ──► Forward ──► feed … feed ──► end
                                       │  ├──► Hold ────► whole ──► Reply, or Again
                                       │  └──► Again ───► next, after wait_s
                                       └ failed ────────► next, Reply, or a stream's last bytes
```

`gone` and `stop` may come at any time after `admit`; after either of them, after `end`, after a `Reply` or
after bytes from `failed`, the wire never calls that object again. Everything is called on the worker's event
loop and must not block. What may be awaited is awaited in a task; the hot path returns plain values.
"""

from __future__ import annotations

from collections.abc import Awaitable, Set
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

Headers: TypeAlias = list[tuple[bytes, bytes]]
"""Name and value as received: order and case kept.

Hop-by-hop and framing headers never cross the seam, in either direction (`connection`, `keep-alive`, `te`,
`trailer`, `transfer-encoding`, `upgrade`, `proxy-…`, what `connection` names, `content-length`, `host`,
`expect`): the wire takes them off what arrives and makes its own for what leaves."""

Failure: TypeAlias = Literal["connect", "tls", "timeout", "reset", "malformed", "stall"]
"""Why a try failed.

`connect`: no connection, nothing was sent. `tls`: the handshake or the certificate. `timeout`: nothing of a
body within `first_byte_s`. `reset`: closed too early. `malformed`: not HTTP, or over a bound. `stall`: a body
that stood still for `idle_s`."""


class Request(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One request of a client, whole."""

    method: bytes
    """In capitals: `GET`, `POST`, `PUT`, `PATCH` or `DELETE`."""
    target: bytes
    """Path and query as sent; begins with `/`."""
    headers: Headers
    body: bytes
    """As sent, without its transfer coding."""
    peer: str
    """The client's address."""
    began_ns: int
    """`time.monotonic_ns()` when its first byte was read."""


class Reply(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A whole answer, made or judged by us; the wire adds `content-length`."""

    status: int
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where a provider is and how long it may take; equal ones share a pool of connections.

    Make one per provider when the configuration arrives and pass the same object in every `Send`.
    """

    name: str
    host: str
    port: int
    tls: bool = True
    verify: bool = True
    """False is for a person who asked for it by name; the certificate is then not looked at."""
    ca_file: str = ""
    """PEM of the authorities to trust instead of the system's."""
    server_name: str = ""
    """The name the certificate must bear, and SNI; empty means `host`."""
    connect_s: float = 5.0
    """Connecting, the TLS handshake and waiting for a free connection, each."""
    first_byte_s: float = 600.0
    """From the request's last byte to the first of the answer's body; a head alone is no answer."""
    idle_s: float = 300.0
    """The longest silence after that."""
    connections_max: int = 512
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.name, self.host, self.port, self.tls, self.ca_file)))

    def __hash__(self) -> int:
        return self._hash


class Send(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One try: what goes to which upstream; the wire adds `host` and `content-length`."""

    upstream: Upstream
    method: bytes
    target: bytes
    """The provider's path and query."""
    headers: Headers
    body: bytes = b""
    """May be the very bytes of the request."""


class Forward(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Relay the body piece by piece through `Call.feed`; this head goes to the client with the first of them.

    Until then nothing was sent: a try that ends before its first piece has `failed` like any other. When a
    stream already began on an earlier try (mid-stream fallback), the head that went out stands.
    """

    status: int
    headers: Headers


class Hold:
    """Gather the whole body, then ask `Call.whole`."""

    __slots__ = ()


class Again(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Drop this answer and ask `Call.next`, `wait_s` seconds from now."""

    wait_s: float = 0.0


class Credit(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Pieces of a forwarded body that may go to the client as they come: those that begin and end so."""

    size: int
    """Fewer bytes than this, of all of them together, beside what they have in common."""
    before: bytes = b""
    after: bytes = b""
    within: bytes = b""
    """What stands in each of them, between the two."""
    without: bytes = b""
    """What none of them may hold; empty for nothing."""


HOLD: Final = Hold()
NO_CREDIT: Final = Credit(0)


class Call(Protocol):
    """One admitted request: what the exchange gives the wire. Hashable by identity."""

    streamed: bool
    """The client asked for a stream."""
    over: bool
    """Set by `feed` when its bytes are the last: the wire aborts the upstream and ends the message."""
    hedge_s: float
    """How long its upstream may be silent before `hedge` is asked; 0 for never."""
    outrun: bool
    """Set by the wire before `gone` when another try of the same request answered first."""

    def hedge(self) -> Call | None:
        """A second try of the same request, while this one is silent; None where nobody else can be asked."""
        ...

    def next(self) -> Send | Reply | Awaitable[Send | Reply]:
        """The first target, then, after a failed try, the one after it. A `Reply` ends the call."""
        ...

    def head(self, status: int, headers: Headers) -> Forward | Hold | Again:
        """The upstream's head arrived."""
        ...

    def feed(self, data: bytes) -> bytes:
        """A piece of a forwarded body; what goes to the client now, normally the very same object."""
        ...

    @property
    def credit(self) -> Credit:
        """What may go to the client before `passed` tells of it; asked after `feed`."""
        ...

    def passed(self, pieces: list[bytes], last_ns: int, gap_ns: int) -> None:
        """These went to the client on credit: when the last of them did, and the longest pause before one."""
        ...

    def whole(self, status: int, headers: Headers, body: bytes) -> Reply | Again | Awaitable[Reply | Again]:
        """A held body is complete; `Again` drops it and asks `next`."""
        ...

    def end(self) -> bytes | Awaitable[bytes]:
        """The forwarded body is complete; what the client still gets."""
        ...

    def failed(self, kind: Failure, detail: str) -> bytes | Reply | None:
        """This try failed.

        Returns:
            None to ask `next`; a `Reply` when nothing was sent yet; else what ends the stream well-formed.
        """
        ...

    def gone(self) -> None:
        """The client went away, the upstream is aborted: settle what was produced."""
        ...

    def stop(self, reason: str) -> bytes | Reply:
        """End it now (kill, drain): a stream's last bytes, or the `Reply` when nothing was sent yet."""
        ...


class Governor(Protocol):
    """Who admits requests."""

    @property
    def calls(self) -> Set[Call]:
        """Live ones; whoever stops calls gives the wire (`Stop`) those to end."""
        ...

    def admit(self, request: Request) -> Call | Reply:
        """Make a call of a whole request under `/v1/` or `/v1beta/`, or say at once why there is none."""
        ...

    def refuse(self, target: bytes, status: int, code: str, message: str) -> Reply:
        """What the wire itself refuses (too large, not HTTP, too busy), typed in the dialect of the path."""
        ...


class Stop(Protocol):
    """How the worker ends a live call: the wire asks `Call.stop` and delivers what it returns."""

    def __call__(self, call: Call, reason: str) -> bool:
        """End it; False when it had already ended."""
        ...
