"""What comes in goes out: heads, bodies and streams, unbuffered, over connections that are kept."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from holdfast_server.action.llm.seam import Credit


async def echo(said: Any) -> None:
    said.answer(said.body, more=b"X-Upstream: yes\r\nConnection: keep-alive, X-Named\r\nX-Named: 1\r\n")


async def test_a_body_arrives_as_sent_and_comes_back_as_answered(open_wire: Any) -> None:
    wire = await open_wire(echo)
    client = await wire.client()
    body = bytes(range(256)) * 400
    client.post(body, more=b"X-Own:  kept\r\nConnection: X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\n")
    status, head, back = await client.answer()
    assert (status, back) == (200, body)
    assert b"X-Upstream: yes\r\n" in head
    sent = wire.provider.heads[0]
    assert b"X-Own: kept\r\n" in sent
    for hop in (b"X-Hop", b"TE:", b"Connection"):
        assert hop not in sent
    for hop in (b"X-Named", b"keep-alive"):
        assert hop not in head


async def test_calls_of_one_connection_each_have_their_own_headers_and_body(open_wire: Any) -> None:
    wire = await open_wire(echo)
    client = await wire.client()
    for number in range(9):
        value, body = b"v%d" % (number // 2), b"x" * (number // 3)
        head = b"POST /v1/x HTTP/1.1\r\nHost: a\r\nX-Own: %b\r\nContent-Length: %d\r\n\r\n"
        client.say(head % (value, len(body)))
        if number % 2 and body:
            await wire.until(
                lambda: any(not down.is_free or down._reader.in_body for down in wire.door.connections)
            )
        client.say(body)
        status, _, back = await client.answer()
        assert (status, back) == (200, body)
        assert b"X-Own: %b\r\n" % value in wire.provider.heads[-1]
    assert len(wire.provider.heads) == 9


async def test_a_stream_passes_piece_by_piece(open_wire: Any) -> None:
    go_on = asyncio.Event()

    async def script(said: Any) -> None:
        said.stream()
        said.chunk(b"data: 1\n\n")
        await go_on.wait()
        said.chunk(b"data: 2\n\n")
        said.last()

    wire = await open_wire(script)
    client = await wire.client()
    client.post(b'{"stream":true}')
    await client.until(b"data: 1\n\n\r\n")  # before the upstream has said more
    go_on.set()
    assert (await client.until(b"0\r\n\r\n")).endswith(b"data: 2\n\n\r\n0\r\n\r\n")
    client.post(b"{}")  # and the connection goes on
    await client.until(b"\r\n\r\n")


@pytest.mark.parametrize("end", ["end", "gone", "stop", "failed"])
async def test_what_passed_on_credit_is_told_before_the_end_of_the_call(open_wire: Any, end: str) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def script(said: Any) -> None:
        said.stream()
        for number in range(5):
            said.chunk(b"data: %d\n\n" % number)
            await begun.wait()
        await go_on.wait()
        said.reset() if end == "failed" else said.last()

    wire = await open_wire(script)
    wire.exchange.credit = Credit(200, b"data: ", b"\n\n")
    client = await wire.client()
    client.post(b'{"stream":true}')
    await client.until(b"data: 0\n\n\r\n")
    begun.set()
    await client.until(b"data: 4\n\n\r\n")
    call = wire.exchange.seen[0]
    if end == "gone":
        client.close()
    elif end == "stop":
        wire.door.stop(call, "killed")
    go_on.set()
    await wire.settled()
    rest = b"".join(b"data: %d\n\n" % number for number in range(1, 5))
    assert call.log[1:-1] == [("feed", b"data: 0\n\n"), ("passed", rest)]
    assert (call.log[-1] if isinstance(call.log[-1], str) else call.log[-1][0]) == end


async def test_only_what_credit_is_given_for_passes_unseen(open_wire: Any) -> None:
    pieces = (b"data: a\n\n", b"data: b\n\n", b"note: c\n\n", b"data: d\n", b"data: no\n\n", b"data: e\n\n")
    go_on = asyncio.Event()

    async def script(said: Any) -> None:
        said.stream()
        for piece in pieces:
            said.chunk(piece)
            await go_on.wait()
            go_on.clear()
        said.last()

    wire = await open_wire(script)
    wire.exchange.credit = Credit(200, b"data: ", b"\n\n", without=b"no")
    client = await wire.client()
    client.post(b'{"stream":true}')
    for piece in pieces:
        await client.until(b"%x\r\n%b\r\n" % (len(piece), piece))
        go_on.set()
    await wire.settled()
    seen = [said for kind, said in wire.exchange.seen[0].log[1:-1] if kind == "feed"]
    passed = [said for kind, said in wire.exchange.seen[0].log[1:-1] if kind == "passed"]
    assert seen == [pieces[0], *pieces[2:5]]
    assert passed == [pieces[1], pieces[5]]


async def test_a_wish_for_another_protocol_is_not_heard(open_wire: Any) -> None:
    wire = await open_wire(echo)
    client = await wire.client()
    wish = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
    inner = b"POST /v1/inner HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n"
    for body in (inner, b"", inner):
        client.post(body, more=wish)
        assert (await client.answer())[2] == body
    assert len(wire.provider.heads) == 3
    assert not any(b"upgrade" in head.lower() or b"http2" in head.lower() for head in wire.provider.heads)


async def test_connections_are_kept_on_both_sides(open_wire: Any) -> None:
    wire = await open_wire(echo)
    client = await wire.client()
    for number in range(20):
        client.post(b"%d" % number)
        assert (await client.answer())[2] == b"%d" % number
    assert wire.provider.connections == 1


async def test_pipelined_requests_are_answered_in_order(open_wire: Any) -> None:
    wire = await open_wire(echo, limits={"pipelined": 2})
    client = await wire.client()
    for number in range(30):
        client.post(b"%d" % number)
    assert [(await client.answer())[2] for _ in range(30)] == [b"%d" % number for number in range(30)]


async def test_an_answer_without_a_length_ends_with_its_connection(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        said.say(b"HTTP/1.1 200 OK\r\n\r\nall of it")
        await said.writer.drain()
        said.writer.close()

    wire = await open_wire(script)
    client = await wire.client()
    client.post(b"{}")
    assert (await client.answer())[2] == b"all of it"


async def test_an_interim_answer_is_not_the_answer(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        said.say(b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n")
        said.answer(b"real")

    wire = await open_wire(script)
    client = await wire.client()
    client.post(b"{}")
    status, head, body = await client.answer()
    assert (status, body) == (200, b"real")
    assert b"link" not in head


async def test_a_client_of_http_1_0_gets_a_stream_that_ends_with_the_connection(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        said.stream()
        said.chunk(b"data: 1\n\n")
        said.last()

    wire = await open_wire(script)
    answer = await wire.ask(b'POST /v1/x HTTP/1.0\r\ncontent-length: 15\r\n\r\n{"stream":true}')
    head, _, body = answer.partition(b"\r\n\r\n")
    assert body == b"data: 1\n\n"
    assert b"chunked" not in head


async def test_a_chunked_request_gets_a_length(open_wire: Any) -> None:
    wire = await open_wire(echo)
    client = await wire.client()
    client.say(b"POST /v1/x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
    client.say(b"3;why=not\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Trailer: 1\r\n\r\n")
    assert (await client.answer())[2] == b"abcdefg"
    assert b"content-length: 7\r\n" in wire.provider.heads[0]
    assert b"railer" not in wire.provider.heads[0]


async def test_a_client_may_wait_to_be_told_to_go_on(open_wire: Any) -> None:
    wire = await open_wire(echo)
    client = await wire.client()
    client.say(b"POST /v1/x HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
    assert await client.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.say(b"ab")
    assert (await client.answer())[2] == b"ab"
