"""Nobody waits for ever: slow clients, slow upstreams, half-closed sockets, and clients that do not read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from holdfast_server.action.llm.seam import Credit, Request
from holdfast_server.action.llm.wire import upstream

STREAM = b'{"stream":true}'
BRIEF = 0.05


async def echo(said: Any) -> None:
    said.answer(said.body)


async def never(said: Any) -> None:
    await said.closed()


async def test_a_head_that_drips_is_refused(open_wire: Any) -> None:
    wire = await open_wire(echo, limits={"head_s": BRIEF})
    client = await wire.client()
    client.say(b"POST /v1/x HTTP/1.1\r\nHost: a\r\n")

    async def drip() -> None:
        while True:
            client.say(b"X: a\r\n")
            await asyncio.sleep(0.01)

    dripping = asyncio.create_task(drip())
    assert (await client.answer())[0] == 408
    dripping.cancel()


async def test_a_body_that_stands_still_is_refused(open_wire: Any) -> None:
    wire = await open_wire(echo, limits={"body_s": BRIEF})
    client = await wire.client()
    client.say(b"POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
    assert (await client.answer())[0] == 408


async def test_a_body_that_drips_is_refused(open_wire: Any) -> None:
    wire = await open_wire(echo, limits={"body_s": BRIEF})
    client = await wire.client()
    client.say(b"POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")

    async def drip() -> None:
        while True:
            client.say(b"a")
            await asyncio.sleep(0.01)

    dripping = asyncio.create_task(drip())
    assert (await client.answer())[0] == 408
    dripping.cancel()


async def test_connections_that_say_nothing_are_closed(open_wire: Any) -> None:
    wire = await open_wire(echo, limits={"head_s": BRIEF, "idle_s": BRIEF})
    assert await wire.ask(b"") == b""
    client = await wire.client()
    client.post(b"abc")
    assert (await client.answer())[0] == 200
    assert await client.rest() == b""


async def test_a_refused_client_can_read_why_though_it_was_still_sending(open_wire: Any) -> None:
    wire = await open_wire(echo, limits={"body_bytes": 1000})
    client = await wire.client()
    client.say(b"POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n")
    client.say(b"a" * 900_000)
    assert (await client.answer())[0] == 413


async def test_an_upstream_without_an_answer_is_given_up(open_wire: Any) -> None:
    wire = await open_wire(never, first_byte_s=BRIEF)
    client = await wire.client()
    client.post(b"{}")
    status, _, body = await client.answer()
    assert (status, body) == (504, b'{"kind":"timeout"}')
    await asyncio.wait_for(wire.provider.closed.wait(), 5)


async def test_a_stream_that_stands_still_gets_its_end(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        said.stream()
        said.chunk(b"data: 1\n\n")
        await said.closed()

    wire = await open_wire(script, idle_s=BRIEF)
    client = await wire.client()
    client.post(STREAM)
    assert (await client.answer())[2] == b"data: 1\n\ndata: ended\n\n"
    assert wire.exchange.seen[0].log[-1][:2] == ("failed", "stall")


async def test_a_stream_is_silent_since_its_last_piece_that_passed(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        said.stream()
        for number in range(8):
            said.chunk(b"data: %d\n\n" % number)
            await asyncio.sleep(0.1)
        await said.closed()

    wire = await open_wire(script, idle_s=0.5)
    wire.exchange.credit = Credit(400, b"data: ", b"\n\n")
    client = await wire.client()
    client.post(STREAM)
    said = b"".join(b"data: %d\n\n" % number for number in range(8))
    assert (await client.answer())[2] == said + b"data: ended\n\n"
    log = wire.exchange.seen[0].log
    assert log[-1][:2] == ("failed", "stall")
    assert log[-2] == ("passed", said[len(b"data: 0\n\n") :])


async def test_a_connection_that_served_a_stream_is_kept_no_longer_than_others(
    open_wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(said: Any) -> None:
        said.stream()
        for number in range(3):
            said.chunk(b"data: %d\n\n" % number)
            await asyncio.sleep(0.01)
        said.last()

    monkeypatch.setattr(upstream, "KEPT_S", 0.2)
    wire = await open_wire(script, idle_s=60.0)
    wire.exchange.credit = Credit(400, b"data: ", b"\n\n")
    client = await wire.client()
    client.post(STREAM)
    await client.answer()
    assert ("passed", b"data: 1\n\ndata: 2\n\n") in wire.exchange.seen[0].log
    (pool,) = wire.door.pools
    await wire.until(lambda: pool.is_unused)


async def test_a_client_that_shuts_its_half_has_gone(open_wire: Any) -> None:
    wire = await open_wire(never)
    client = await wire.client()
    client.post(b"{}")
    await wire.until(lambda: wire.provider.heads)
    client.writer.write_eof()
    await asyncio.wait_for(wire.provider.closed.wait(), 5)
    await wire.settled()
    assert wire.exchange.seen[0].log == ["gone"]


async def test_a_client_that_leaves_a_stream_cancels_it_upstream_at_once(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        said.stream()
        said.chunk(b"data: 1\n\n")
        await said.closed()

    wire = await open_wire(script)
    client = await wire.client()
    client.post(STREAM)
    await client.until(b"data: 1\n\n")
    client.close()
    await asyncio.wait_for(wire.provider.closed.wait(), 5)
    await wire.settled()
    assert wire.exchange.seen[0].log[-1] == "gone"


async def test_a_client_that_leaves_while_its_connection_is_made_is_forgotten(open_wire: Any) -> None:
    wire = await open_wire(echo, connections_max=0, connect_s=60.0)
    client = await wire.client()
    client.post(b"{}")
    await wire.until(lambda: wire.exchange.seen)
    client.close()
    await wire.settled()
    assert wire.exchange.seen[0].log == ["gone"]


async def test_a_client_that_leaves_while_it_is_judged_is_forgotten(open_wire: Any) -> None:
    cancelled = asyncio.Event()

    async def judge() -> Any:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    def admit_slowly(request: Request) -> Any:
        call = admit(request)
        call.next = judge
        return call

    wire = await open_wire(echo)
    admit, wire.exchange.admit = wire.exchange.admit, admit_slowly
    client = await wire.client()
    client.post(b"{}")
    await wire.until(lambda: wire.door.requests)
    assert not cancelled.is_set()
    client.close()
    await asyncio.wait_for(cancelled.wait(), 5)
    await wire.settled()
    assert [call.log for call in wire.exchange.seen] == [["gone"]]
    assert (wire.door.requests, wire.provider.heads) == (1, [])


async def test_an_upstream_is_read_no_faster_than_its_client(open_wire: Any) -> None:
    sent = 0
    piece = b"a" * 65_536

    async def script(said: Any) -> None:
        nonlocal sent
        said.stream()
        for _ in range(1000):
            said.chunk(piece)
            sent += len(piece)
            await said.writer.drain()
        said.last()

    wire = await open_wire(script, limits={"write_bytes": 65_536})
    client = await wire.client()
    client.reader._limit = 65_536
    client.post(STREAM)
    await client.until(b"\r\n\r\n")
    before = -1
    while before != sent:
        before = sent
        await asyncio.sleep(0.05)
    assert sent < 40 * len(piece) * 10  # what sockets and buffers hold, not 65 MB
    received = 0
    while received < 1000 * len(piece):
        received += len(await asyncio.wait_for(client.reader.read(1 << 20), 5))
    await wire.settled()
    assert wire.exchange.seen[0].log[-1] == "end"


async def test_a_client_that_reads_nothing_is_given_up(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        said.stream()
        while True:
            said.chunk(b"a" * 65_536)
            await said.writer.drain()

    wire = await open_wire(script, limits={"write_bytes": 4096, "write_s": BRIEF})
    client = await wire.client()
    client.writer.transport.pause_reading()
    client.post(STREAM)
    await asyncio.wait_for(wire.provider.closed.wait(), 5)
    await wire.settled()
    assert wire.exchange.seen[0].log[-1] == "gone"
