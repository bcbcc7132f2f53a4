"""Bytes nobody foresaw, from clients and from upstreams: mutated from what is right, cut anywhere."""

from __future__ import annotations

import random
from typing import Any

import h11
import pytest

from holdfast_server.action.llm.config import Limits
from holdfast_server.action.llm.seam import HOLD, Credit, Forward, Reply, Send, Upstream
from holdfast_server.action.llm.wire.downstream import Down
from holdfast_server.action.llm.wire.heads import host_of, request_bytes
from holdfast_server.action.llm.wire.limits import Room
from holdfast_server.action.llm.wire.outbox import FEW, Outbox
from holdfast_server.action.llm.wire.upstream import Up

ROUNDS = 4000
UPSTREAM = Upstream("main", "provider.example", 443)
LIMITS = Limits(head_bytes=4096, body_bytes=4096, pipelined=4)
REQUESTS = (
    b"POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello",
    (
        b"POST /v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n"
    ),
    b"GET /v1/models?limit=1 HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n\r\n",
    b'POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 15\r\n\r\n{"stream":true}',
    b"POST /v1/x HTTP/1.0\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab",
)
ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    (
        b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
        b"HTTP/1.1 429 Too Many\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
    ),
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end",
)
SPICES = (
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b";", b",", b"0", b"ffffffffffffffff", b"-1",
    b"\xff\xfe",
    b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: b\r\n", b"Upgrade: h2c\r\n",
    b"Connection: upgrade\r\n", b"Expect: 100-continue\r\n", b"HTTP/1.1 ", b"0\r\n\r\n", b"X: " + b"a" * 5000,
)  # fmt: skip


class Transport:
    """Keeps what is written; a closed one takes nothing more."""

    def __init__(self) -> None:
        self.out = b""
        self.closed = False
        self.ended = False

    def write(self, data: bytes) -> None:
        assert not self.ended, "nothing is written after the end was announced"
        self.out += data if not self.closed else b""

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, _: str) -> Any:
        return ("127.0.0.1", 1)

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


class Clock:
    now = 0.0

    def watch(self, _: Any) -> None: ...
    def forget(self, _: Any) -> None: ...


class Loop:
    """Runs what is asked for soon when told to."""

    def __init__(self) -> None:
        self.soon: list[Any] = []

    def call_soon(self, what: Any) -> None:
        self.soon.append(what)

    def run(self) -> None:
        while self.soon:
            self.soon.pop(0)()


class Home:
    """A door whose upstream answers at once; every request that leaves is read by another parser."""

    def __init__(self, *, crowded: bool = False) -> None:
        self.loop = Loop()
        self.clock = Clock()
        self.governor = self
        self.limits = LIMITS
        self.room = Room()
        self.relays: dict[Any, Any] = {}
        calls = range(FEW + 1) if crowded else self.relays
        self.outbox = Outbox(self.loop.call_soon, calls, lambda: None)
        self.pools = self
        self.host = host_of(UPSTREAM.host, UPSTREAM.port, tls=True)
        self.requests = self.sent = 0
        self.draining = False

    def arrived(self, _: Any) -> bool:
        return True

    def left(self, _: Any) -> None: ...

    def of(self, _: Any) -> Home:
        return self

    def admit(self, request: Any) -> Any:
        return Call(request)

    def refuse(self, target: bytes, status: int, code: str, message: str) -> Reply:
        del target, code
        return Reply(status, [], message.encode())

    def send(self, caller: Any, request: bytes) -> Any:
        self.sent += 1
        read_as_one_request(request, caller.call.request)
        transport = Transport()
        up = Up(UPSTREAM, self, self.clock, LIMITS)
        up.connection_made(transport)
        up.begin(caller, request)
        self.loop.call_soon(lambda: None if transport.closed else up.data_received(ANSWERS[0]))
        return up

    def give_back(self, _: Any) -> None: ...

    def lost(self, _: Any) -> None: ...


class Call:
    over = outrun = False
    hedge_s = 0.0
    credit = Credit(9)
    streamed = False

    def __init__(self, request: Any) -> None:
        self.request = request
        self.ends = 0

    def next(self) -> Send:
        request = self.request
        return Send(UPSTREAM, request.method, request.target, request.headers, request.body)

    def head(self, status: int, headers: Any) -> Any:
        return Forward(status, headers) if b"stream" in self.request.body else HOLD

    def feed(self, data: bytes) -> bytes:
        return data

    def passed(self, pieces: list[bytes], last_ns: int, gap_ns: int) -> None:
        assert 0 < sum(map(len, pieces)) < self.credit.size
        assert 0 <= gap_ns < last_ns

    def whole(self, status: int, headers: Any, body: bytes) -> Reply:
        self.ends += 1
        return Reply(status, headers, body)

    def end(self) -> bytes:
        self.ends += 1
        return b""

    def failed(self, kind: str, detail: str) -> Reply:
        self.ends += 1
        return Reply(502, [], f"{kind}: {detail}".encode())

    def gone(self) -> None:
        self.ends += 1


def read_as_one_request(raw: bytes, request: Any) -> None:
    """Another parser finds exactly this request in what leaves, and nothing after it."""
    other = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    other.receive_data(raw)
    head = other.next_event()
    assert isinstance(head, h11.Request)
    assert head.target == request.target
    body = b""
    while isinstance(event := other.next_event(), h11.Data):
        body += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage)
    assert body == request.body
    assert other.trailing_data == (b"", False)


def mutate(chance: random.Random, parts: tuple[bytes, ...]) -> bytes:
    """Something right, or a few of them, with a few things wrong."""
    raw = bytearray(b"".join(chance.choices(parts, k=chance.choice((1, 1, 2, 3)))))
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        at = chance.randrange(len(raw) + 1)
        match chance.randrange(4):
            case 0:
                raw[at:at] = chance.choice(SPICES)
            case 1:
                del raw[at : at + chance.choice((1, 1, 2, 10))]
            case 2 if at < len(raw):
                raw[at] = chance.randrange(256)
            case _:
                raw[at:at] = raw[at : at + chance.randrange(30)]
    return bytes(raw)


def pieces(chance: random.Random, raw: bytes) -> list[bytes]:
    cuts = sorted(chance.randrange(len(raw) + 1) for _ in range(chance.choice((0, 1, 3, 8))))
    return [
        piece for begin, end in zip([0, *cuts], [*cuts, len(raw)], strict=True) if (piece := raw[begin:end])
    ]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_a_client_sends_only_whole_requests_leave_and_every_one_ends(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(ROUNDS // 4):
        home, transport = Home(crowded=chance.random() < 0.5), Transport()
        free = home.room.free
        down = Down(home)
        down.connection_made(transport)
        for piece in pieces(chance, mutate(chance, REQUESTS)):
            if not transport.closed:
                down.data_received(piece)
            if chance.random() < 0.7:
                home.loop.run()
        home.loop.run()
        said = transport.out
        assert not said or said.startswith(b"HTTP/1.1 "), said[:100]
        calls = list(home.relays)
        down.connection_lost(None)
        assert not home.relays
        assert home.room.free == free
        assert all(call.ends == 1 for call in calls)


class Caller:
    """Counts what it is told, and asks that nothing comes after the end."""

    def __init__(self) -> None:
        self.heads = self.ends = self.size = 0

    def answered(self, status: int, headers: Any) -> None:
        assert not self.ends
        assert 200 <= status <= 599
        assert all(b"\n" not in name + value for name, value in headers)
        self.heads += 1

    def body(self, data: bytes, chunk: bytes = b"") -> None:
        assert self.heads == 1
        assert not self.ends
        assert chunk in {b"", b"%x\r\n%b\r\n" % (len(data), data)}
        self.size += len(data)

    def ended(self) -> None:
        assert self.heads == 1
        self.ends += 1

    def whole(self, status: int, headers: Any, body: bytes) -> None:
        self.answered(status, headers)
        if body:
            self.body(body)
        self.ended()

    def broke(self, kind: str, detail: str) -> None:
        del kind, detail
        self.ends += 1


@pytest.mark.parametrize("seed", range(4))
def test_whatever_an_upstream_sends_it_has_one_head_and_one_end(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(ROUNDS // 4):
        home, transport, caller = Home(crowded=chance.random() < 0.5), Transport(), Caller()
        up = Up(UPSTREAM, home, home.clock, LIMITS)
        up.connection_made(transport)
        up.begin(caller, request_bytes(Send(UPSTREAM, b"GET", b"/v1/x", []), home.host, b""))
        if chance.random() < 0.9:
            home.loop.run()
        raw = mutate(chance, ANSWERS)
        for piece in pieces(chance, raw):
            if not transport.closed:
                up.data_received(piece)
        up.connection_lost(chance.choice((None, ConnectionResetError())))
        assert caller.ends == 1
        assert caller.heads <= 1
        assert caller.size <= len(raw)


def test_what_a_provider_says_before_it_was_asked_is_no_answer() -> None:
    home, transport, caller = Home(crowded=True), Transport(), Caller()
    up = Up(UPSTREAM, home, home.clock, LIMITS)
    up.connection_made(transport)
    up.begin(caller, b"GET /v1/x HTTP/1.1\r\nhost: a\r\n\r\n")
    up.data_received(ANSWERS[0])
    home.loop.run()
    assert transport.closed
    assert (caller.heads, caller.ends, transport.out) == (0, 1, b"")
