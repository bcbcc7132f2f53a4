"""What the tests of the wire share: a door on uvloop, as in production, an exchange, and an upstream."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
import uvloop

from holdfast_server.action.llm.config import Limits
from holdfast_server.action.llm.seam import (
    HOLD,
    NO_CREDIT,
    Again,
    Call,
    Credit,
    Failure,
    Forward,
    Headers,
    Hold,
    Reply,
    Request,
    Send,
    Upstream,
)
from holdfast_server.action.llm.wire.door import Door

PATIENCE_S = 5.0
TICK_S = 0.02
JSON: Headers = [(b"content-type", b"application/json")]


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


class Plain:
    """A call that forwards what comes, held back unless it is a stream, and writes down what it was told."""

    def __init__(self, exchange: Exchange, request: Request) -> None:
        self.exchange = exchange
        self.request = request
        self.streamed = b'"stream":true' in request.body
        self.over = self.outrun = False
        self.hedge_s = 0.0
        self.log: list[Any] = []
        self.tries = 0

    def next(self) -> Send | Reply | Awaitable[Send | Reply]:
        self.tries += 1
        request = self.request
        upstreams = self.exchange.upstreams
        to = upstreams[min(self.tries, len(upstreams)) - 1]
        return Send(to, request.method, request.target, request.headers, request.body)

    def head(self, status: int, headers: Headers) -> Forward | Hold | Again:
        self.log.append(("head", status))
        if self.exchange.again and self.tries < 2:
            return Again(0.01)
        return Forward(status, headers) if self.streamed else HOLD

    def feed(self, data: bytes) -> bytes:
        self.log.append(("feed", data))
        if b"CUT" in data:
            self.over = True
            return b"cut here"
        return data

    @property
    def credit(self) -> Credit:
        return self.exchange.credit

    def passed(self, pieces: list[bytes], last_ns: int, gap_ns: int) -> None:
        assert 0 <= gap_ns < last_ns <= time.monotonic_ns()
        self.log.append(("passed", b"".join(pieces)))

    def whole(self, status: int, headers: Headers, body: bytes) -> Reply | Awaitable[Reply]:
        self._done()
        self.log.append(("whole", len(body)))
        return Reply(status, headers, body)

    def end(self) -> bytes:
        self._done()
        self.log.append("end")
        return b""

    def failed(self, kind: Failure, detail: str) -> bytes | Reply | None:
        self.log.append(("failed", kind, detail))
        if self.tries < self.exchange.tries:
            return None
        self._done()
        if self._began:
            return b"data: ended\n\n"
        return Reply(504 if kind == "timeout" else 502, JSON, f'{{"kind":"{kind}"}}'.encode())

    def gone(self) -> None:
        self._done()
        self.log.append("gone")

    def stop(self, reason: str) -> bytes | Reply:
        self._done()
        self.log.append(("stop", reason))
        return b"data: stopped\n\n" if self._began else Reply(403, JSON, b"{}")

    @property
    def _began(self) -> bool:
        return any(one[0] == "feed" for one in self.log)

    def _done(self) -> None:
        self.exchange.calls.discard(self)


class Exchange:
    """A governor that admits everything."""

    def __init__(self, *upstreams: Upstream) -> None:
        self.upstreams = upstreams
        self.calls: set[Call] = set()
        self.seen: list[Plain] = []
        self.again = False
        self.tries = 1
        self.credit = NO_CREDIT
        self.refused: list[tuple[bytes, int, str]] = []

    def admit(self, request: Request) -> Call | Reply:
        if request.target == b"/health":
            return Reply(200, JSON, b'{"ok":true}')
        call = Plain(self, request)
        self.calls.add(call)
        self.seen.append(call)
        return call

    def refuse(self, target: bytes, status: int, code: str, message: str) -> Reply:
        self.refused.append((target, status, code))
        return Reply(status, JSON, f'{{"code":"{code}","message":"{message}"}}'.encode())


Script = Callable[["Conversation"], Awaitable[None]]


class Conversation:
    """One request as the upstream sees it, and the means to answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.head = b""
        self.body = b""

    async def read(self) -> bool:
        try:
            self.head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return False
        for line in self.head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                self.body = await self.reader.readexactly(int(line.split(b":")[1]))
        return True

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    def answer(self, body: bytes, *, status: bytes = b"200 OK", more: bytes = b"") -> None:
        self.say(b"HTTP/1.1 %b\r\n%bcontent-length: %d\r\n\r\n%b" % (status, more, len(body), body))

    def stream(self) -> None:
        self.say(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")

    def chunk(self, data: bytes) -> None:
        self.say(b"%x\r\n%b\r\n" % (len(data), data))

    def last(self) -> None:
        self.say(b"0\r\n\r\n")

    def reset(self) -> None:
        self.writer.transport.abort()

    async def closed(self) -> None:
        """The gateway has closed this connection."""
        with contextlib.suppress(ConnectionError):
            while await asyncio.wait_for(self.reader.read(65536), PATIENCE_S):
                pass


class Provider:
    """An upstream that does as a script says."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.connections = 0
        self.heads: list[bytes] = []
        self.closed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while await (said := Conversation(reader, writer)).read():
                self.heads.append(said.head)
                await self.script(said)
        finally:
            self.closed.set()
            self._tasks.discard(task)
            writer.transport.abort()

    async def close(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Client:
    """Raw bytes to the door and back."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    def post(self, body: bytes, *, more: bytes = b"", target: bytes = b"/v1/x") -> None:
        self.say(
            b"POST %b HTTP/1.1\r\nHost: a\r\n%bContent-Length: %d\r\n\r\n%b" % (target, more, len(body), body)
        )

    async def until(self, mark: bytes) -> bytes:
        return await asyncio.wait_for(self.reader.readuntil(mark), PATIENCE_S)

    async def rest(self) -> bytes:
        """Everything until the door closes the connection."""
        try:
            return await asyncio.wait_for(self.reader.read(-1), PATIENCE_S)
        except ConnectionError:
            return b""

    async def answer(self) -> tuple[int, bytes, bytes]:
        """Status, head and body of one answer with a length or chunks."""
        head = await self.until(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        body = b""
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                body = await self.reader.readexactly(int(line.split(b":")[1]))
            if line == b"transfer-encoding: chunked":
                while size := int(await self.until(b"\r\n"), 16):
                    body += (await self.reader.readexactly(size + 2))[:-2]
                await self.until(b"\r\n")
        return status, head, body

    def close(self) -> None:
        self.writer.transport.abort()


async def _until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - the wire tells nobody; a few turns of the loop are enough
            await asyncio.sleep(0.001)


class Wire:
    """A door with an exchange behind it, and upstreams."""

    def __init__(self, door: Door, exchange: Exchange, provider: Provider, port: int) -> None:
        self.door = door
        self.exchange = exchange
        self.provider = provider
        self.port = port
        self._clients: list[Client] = []

    async def client(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self._clients.append(client)
        return client

    async def ask(self, raw: bytes) -> bytes:
        """Everything that comes back for these bytes until the door closes."""
        client = await self.client()
        client.say(raw)
        return await client.rest()

    async def until(self, holds: Callable[[], Any]) -> None:
        await _until(holds)

    async def settled(self) -> None:
        """No call is under way any more."""
        await _until(lambda: not self.door.relays and not self.exchange.calls)

    async def close(self) -> None:
        for client in self._clients:
            client.close()
        self.door.close()
        await self.provider.close()
        await _until(lambda: not self.door.connections and all(pool.is_unused for pool in self.door.pools))


Opener = Callable[..., Awaitable[Wire]]


def listening_socket() -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", 0))
    return listening


@pytest.fixture
async def open_wire() -> AsyncIterator[Opener]:
    """Opens a door before an upstream that answers as a script says."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_one(
            script: Script, *, limits: dict[str, Any] | None = None, ssl: Any = None, **upstream: Any
        ) -> Wire:
            provider = Provider(script)
            server = await asyncio.start_server(provider.serve, "127.0.0.1", 0, ssl=ssl, limit=2**24)
            port = server.sockets[0].getsockname()[1]
            terms = {"tls": ssl is not None, "connect_s": 2.0, **upstream}
            exchange = Exchange(Upstream("main", "127.0.0.1", terms.pop("port", port), **terms))
            bounds = msgspec.structs.replace(Limits(), **(limits or {}))
            door = Door(exchange, limits=bounds, loop=asyncio.get_running_loop(), tick_s=TICK_S)
            listening = listening_socket()
            await door.open(listening)
            wire = Wire(door, exchange, provider, listening.getsockname()[1])
            stack.callback(server.close)
            stack.push_async_callback(wire.close)
            return wire

        yield open_one
        await asyncio.sleep(0)
