"""What the supervisor and a worker say to each other, over a socket pair that only the two of them hold.

```text
frame = u32 length, big-endian · msgpack of one message
```

A message is a tagged struct. What the worker asks carries a number, and the answer carries the same one;
everything else is simply told. A frame over `FRAME_BYTES_MAX` ends the connection, and with it the worker.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

from holdfast.decision.budgets.exchange import Ask, Borrower, Leased
from holdfast_server.action.llm.config import Snapshot

FRAME_BYTES_MAX: Final = 64 * 1024 * 1024
SOCKET_ENV: Final = "HOLDFAST_GATEWAY_SOCKET"
"""The number of the worker's end of the pair; the only thing a worker is told from outside it."""
_LENGTH: Final = struct.Struct(">I")
UpstreamState = Literal["closed", "open", "half-open"]


class Message(msgspec.Struct, frozen=True, tag=True, tag_field="is"):
    """Anything that is said."""


# From the supervisor


class Start(Message, frozen=True):
    """The first word: where to listen and to write. The `Snapshot` follows."""

    name: str
    host: str
    port: int
    """To be shared by SO_REUSEPORT."""
    folder: str
    """This worker's own: `journal/` and `ledger/` stand in it."""
    ledger_keys: str
    """Where the signing key of ledgers is kept."""


class Configure(Message, frozen=True):
    """Decide by this from now on; calls under way end as they began."""

    snapshot: Snapshot


class Controlled(Message, frozen=True):
    """Kills in force, and whether the control plane was heard. Told at once, and every second."""

    kills: frozenset[tuple[str, str]]
    heard: bool = True
    """False while the control plane is away: the lease of its authority runs out meanwhile."""
    ordered_ns: int = 0
    """When the newest kill was ordered; 0 for none."""


class Lent(Message, frozen=True):
    """The answer to `Lend`."""

    ask: int
    leases: tuple[Leased, ...] | None
    """In the order of what was asked; None when nobody can be asked now."""
    ttl_s: float = 60.0


class Answered(Message, frozen=True):
    """The answer to `AskPerson`, once there is one or the time is up."""

    ask: int
    state: Literal["pending", "approved", "refused", "expired", "used", "withdrawn", "away"]
    """`pending`: the time is up. `away`: nobody could be asked."""
    approval: str = ""
    digest: str = ""
    """Of the arguments that were approved."""
    arguments: dict[str, Any] | None = None
    """Edited ones; to be judged again."""
    roles: tuple[str, ...] = ()
    by: str = ""
    note: str = ""


class Used(Message, frozen=True):
    """The answer to `UseApproval`."""

    ask: int
    ok: bool


class Resting(Message, frozen=True):
    """Upstreams that another worker found to be down, or was asked to leave alone."""

    until_ns: dict[str, int]
    """By `provider/model`, since the epoch."""


class Drain(Message, frozen=True):
    """Take no new connections, let streams end, then leave. SIGTERM says the same."""

    within_s: float


# From a worker


class Ready(Message, frozen=True):
    """It listens."""

    pid: int
    port: int


class Failed(Message, frozen=True):
    """It cannot go on, and why; it leaves."""

    reason: str


class Lend(Message, frozen=True):
    """What it used of budgets, and what more it needs."""

    ask: int
    borrower: Borrower
    asks: tuple[Ask, ...]


class AskPerson(Message, frozen=True):
    """A person must say whether this may be."""

    ask: int
    request: dict[str, Any]
    """The body of `POST /v1/approvals`."""
    wait_s: float


class UseApproval(Message, frozen=True):
    """Spend an approval, once, on exactly what was approved."""

    ask: int
    approval: str
    digest: str
    step: str


class KillSeen(Message, frozen=True):
    """Every call that a kill covers has ended."""

    scope: str
    target: str
    took_ms: float


class LiveCall(msgspec.Struct, frozen=True):
    """A call as people see it."""

    id: str
    """Of its step."""
    run: str = ""
    agent: str = ""
    key: str = ""
    """The id of the key."""
    route: str = ""
    provider: str = ""
    model: str = ""
    state: Literal[
        "waiting", "asked", "sending", "streaming", "done", "refused", "failed", "halted", "cancelled"
    ] = "done"
    streamed: bool = False
    began_ns: int = 0
    ttft_us: int | None = None
    own_us: int | None = None
    upstream_us: int | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_micro_usd: int | None = None
    verdict: str = ""
    cache: str = ""
    """`exact`, `semantic` or empty."""


class Health(msgspec.Struct, frozen=True):
    """How one upstream does."""

    name: str
    state: UpstreamState = "closed"
    errors: int = 0
    requests: int = 0
    p50_ms: float | None = None
    ttft_ms: float | None = None
    back_ns: int = 0
    """Until when it rests, since the epoch; past, when it does not."""


class CacheUse(msgspec.Struct, frozen=True):
    """What the caches did."""

    hits: int = 0
    misses: int = 0
    sampled: int = 0
    false_hits: int = 0
    avoided_micro_usd: int = 0


class Shed(msgspec.Struct, frozen=True):
    """What was left out of the records for want of room; never money or verdicts."""

    payloads: int = 0
    spans: int = 0


class Stats(Message, frozen=True):
    """How the worker does; told every second."""

    connections: int = 0
    streams: int = 0
    requests: int = 0
    """Since it began."""
    rate: float = 0.0
    """Requests a second, lately."""
    p50_ms: float | None = None
    own_us: float | None = None
    """Median of what was spent here, not upstream."""
    rss_mb: float = 0.0
    shed: Shed = Shed()
    providers: tuple[Health, ...] = ()
    cache: CacheUse = CacheUse()
    calls: tuple[LiveCall, ...] = ()
    """Those under way, then the latest that ended; at most 200."""
    used: tuple[str, ...] = ()
    """Ids of the keys that were used since the last word."""
    turned_away: dict[str, int] = {}
    """Requests that became no call, by the code of their error."""


ToWorker = Start | Configure | Controlled | Lent | Answered | Used | Resting | Drain
FromWorker = Ready | Failed | Lend | AskPerson | UseApproval | KillSeen | Stats

_encode = msgspec.msgpack.Encoder().encode


def pack(message: Message) -> bytes:
    """A message as it travels.

    Raises:
        ValueError: it is over the limit.
    """
    body = _encode(message)
    if len(body) > FRAME_BYTES_MAX:
        raise ValueError(f"a message of {len(body)} bytes is over {FRAME_BYTES_MAX}")
    return _LENGTH.pack(len(body)) + body


class Frames:
    """Cuts what arrives into frames."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The bodies that are whole now.

        Raises:
            ValueError: one is over the limit.
        """
        waiting = self._waiting
        waiting += data
        while len(waiting) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(waiting)
            if length > FRAME_BYTES_MAX:
                raise ValueError(f"a frame of {length} bytes is over {FRAME_BYTES_MAX}")
            end = _LENGTH.size + length
            if len(waiting) < end:
                return
            body = bytes(waiting[_LENGTH.size : end])
            del waiting[:end]
            yield body


_to_worker = msgspec.msgpack.Decoder(ToWorker)
_from_worker = msgspec.msgpack.Decoder(FromWorker)


def read_to_worker(body: bytes) -> ToWorker:
    """What the supervisor said.

    Raises:
        msgspec.MsgspecError: it is no such message.
    """
    return _to_worker.decode(body)


def read_from_worker(body: bytes) -> FromWorker:
    """What a worker said.

    Raises:
        msgspec.MsgspecError: it is no such message.
    """
    return _from_worker.decode(body)
