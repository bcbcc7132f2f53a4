"""Every queue has an end: connections, calls, the pool, pipelines; and how a door closes."""

from __future__ import annotations

import asyncio
import resource
from typing import Any

from holdfast_server.action.llm.wire.limits import FILES_SPARE, seats

STREAM = b'{"stream":true}'


async def echo(said: Any) -> None:
    said.answer(said.body)


async def streaming(said: Any) -> None:
    said.stream()
    said.chunk(b"data: 1\n\n")
    await said.closed()


async def test_one_connection_too_many_is_told_so(open_wire: Any) -> None:
    wire = await open_wire(echo, limits={"connections": 1})
    first = await wire.client()
    first.post(b"{}")
    await first.answer()
    assert (await wire.ask(b"")).startswith(b"HTTP/1.1 503 ")
    first.post(b"{}")
    assert (await first.answer())[0] == 200


async def test_one_call_too_many_is_told_so(open_wire: Any) -> None:
    wire = await open_wire(streaming, limits={"calls": 1})
    first, second = await wire.client(), await wire.client()
    first.post(STREAM)
    await first.until(b"data: 1\n\n")
    second.post(b"{}")
    assert (await second.answer())[0] == 503


async def test_clients_without_files_are_told_before_the_files_are_spent(open_wire: Any) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_SPARE + 6, before[1]))
    try:
        allowed = seats()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert allowed == 3
    wire = await open_wire(echo)
    wire.door.seats = allowed
    clients = [await wire.client() for _ in range(allowed)]
    for client in clients:
        client.post(b"{}")
        assert (await client.answer())[0] == 200
    assert (await (await wire.client()).rest()).startswith(b"HTTP/1.1 503 ")


async def test_no_more_connections_than_allowed_are_opened_upstream(open_wire: Any) -> None:
    wire = await open_wire(echo, connections_max=2)
    clients = [await wire.client() for _ in range(20)]
    for number, client in enumerate(clients):
        client.post(b"%d" % number)
    answers = [(await client.answer())[2] for client in clients]
    assert answers == [b"%d" % number for number in range(20)]
    assert wire.provider.connections == 2


async def test_who_waits_too_long_for_a_connection_is_told_so(open_wire: Any) -> None:
    wire = await open_wire(streaming, connections_max=1)
    first, second = await wire.client(), await wire.client()
    first.post(STREAM)
    await first.until(b"data: 1\n\n")
    wire.exchange.upstreams = (wire.exchange.upstreams[0],)
    second.post(b"{}")
    await wire.until(lambda: len(wire.exchange.seen) == 2)
    for pool in wire.door.pools:
        for waiting in tuple(pool._waiting):
            waiting.deadline = 0
    assert (await second.answer())[2] == b'{"kind":"connect"}'


async def test_a_head_and_a_body_have_a_size(open_wire: Any) -> None:
    wire = await open_wire(echo, limits={"head_bytes": 1000, "body_bytes": 1000, "headers": 20})
    for raw, status in (
        (b"POST /v1/x HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 2000, 431),
        (b"POST /v1/x HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 2000 + b"\r\n\r\n", 431),
        (b"POST /v1/" + b"x" * 2000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431),
        (b"POST /v1/x HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 21 + b"\r\n", 431),
        (b"POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n" + b"a" * 1001, 413),
        (b"POST /v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 1001, 413),
    ):
        answer = await wire.ask(raw)
        assert int(answer.split(b" ")[1]) == status, raw[:80]
    assert wire.provider.heads == []


async def test_large_bodies_share_a_room_and_leave_it(open_wire: Any) -> None:
    wire = await open_wire(echo)
    room = wire.door.room
    room.free = free = 2_000_000
    client = await wire.client()
    client.post(b"a" * 900_000)
    assert (await client.answer())[0] == 200
    assert room.free == free
    client.post(b"a" * 3_000_000)
    assert (await client.answer())[0] == 503
    client.close()
    await wire.until(lambda: not wire.door.connections)
    assert room.free == free


async def test_a_stopped_stream_ends_well_formed_and_its_upstream_at_once(open_wire: Any) -> None:
    wire = await open_wire(streaming)
    client = await wire.client()
    client.post(STREAM)
    await client.until(b"data: 1\n\n\r\n")
    (call,) = wire.exchange.calls
    assert wire.door.stop(call, "killed")
    assert await client.until(b"0\r\n\r\n") == b"f\r\ndata: stopped\n\n\r\n0\r\n\r\n"
    await asyncio.wait_for(wire.provider.closed.wait(), 5)
    assert not wire.door.stop(call, "killed")
    assert call.log[-1] == ("stop", "killed")


async def test_a_call_stopped_before_its_answer_gets_a_reply(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        await said.closed()

    wire = await open_wire(script)
    client = await wire.client()
    client.post(b"{}")
    await wire.until(lambda: wire.provider.heads)
    (call,) = wire.exchange.calls
    wire.door.stop(call, "killed")
    assert (await client.answer())[0] == 403


async def test_a_stream_that_its_budget_cuts_ends_and_its_upstream_too(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        said.stream()
        said.chunk(b"data: 1\n\n")
        said.chunk(b"CUT")
        said.chunk(b"never seen")
        await said.closed()

    wire = await open_wire(script)
    client = await wire.client()
    client.post(STREAM)
    assert b"cut here" in (await client.answer())[2]
    await asyncio.wait_for(wire.provider.closed.wait(), 5)
    client.post(b"{}", target=b"/health")
    assert (await client.answer())[0] == 200


async def test_a_door_that_drains_lets_streams_end(open_wire: Any) -> None:
    finish = asyncio.Event()

    async def script(said: Any) -> None:
        said.stream()
        said.chunk(b"data: 1\n\n")
        await finish.wait()
        said.chunk(b"data: 2\n\n")
        said.last()

    wire = await open_wire(script)
    busy, idle = await wire.client(), await wire.client()
    idle.post(b"{}", target=b"/health")
    await idle.answer()
    busy.post(STREAM)
    await busy.until(b"data: 1\n\n\r\n")
    draining = asyncio.create_task(wire.door.drain(5))
    assert await idle.rest() == b""
    finish.set()
    assert (await busy.rest()).endswith(b"data: 2\n\n\r\n0\r\n\r\n")
    await draining


async def test_a_door_that_has_drained_long_enough_stops_what_is_left(open_wire: Any) -> None:
    wire = await open_wire(streaming)
    client = await wire.client()
    client.post(STREAM)
    await client.until(b"data: 1\n\n\r\n")
    await wire.door.drain(0.02)
    assert (await client.rest()).endswith(b"data: stopped\n\n\r\n0\r\n\r\n")
    assert wire.exchange.seen[0].log[-1] == ("stop", "drain")
