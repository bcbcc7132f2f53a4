"""Upstreams that break: every way has a kind, the exchange hears of it once, and nothing is sent twice."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from holdfast_server.action.llm.seam import Reply, Request, Upstream

STREAM = b'{"stream":true}'


async def echo(said: Any) -> None:
    said.answer(said.body)


async def test_an_upstream_that_is_not_there(open_wire: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        wire = await open_wire(echo, port=taken.getsockname()[1])
        client = await wire.client()
        client.post(b"{}")
        status, _, body = await client.answer()
    assert (status, body) == (502, b'{"kind":"connect"}')
    client.post(b"{}")
    assert (await client.answer())[0] == 502  # the client's connection goes on


async def test_a_name_that_nobody_has(open_wire: Any) -> None:
    wire = await open_wire(echo)
    wire.exchange.upstreams = (Upstream("nowhere", "nowhere.invalid", 443, tls=False, connect_s=2.0),)
    client = await wire.client()
    client.post(b"{}")
    assert (await client.answer())[2] == b'{"kind":"connect"}'


async def test_a_reset_before_the_head_and_within_the_body(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        if b"early" not in said.body:
            said.say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
            await said.writer.drain()
        said.reset()

    wire = await open_wire(script)
    client = await wire.client()
    for body in (b"early", b"late"):
        client.post(body)
        assert (await client.answer())[2] == b'{"kind":"reset"}'


async def test_a_kept_connection_that_died_is_called_stale_and_nothing_is_sent_again(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        if b"first" in said.body:
            said.answer(b"ok")
        else:
            said.reset()

    wire = await open_wire(script)
    client = await wire.client()
    client.post(b"first")
    await client.answer()
    client.post(b"second")
    assert (await client.answer())[0] == 502
    kind, detail = wire.exchange.seen[1].log[0][1:]
    assert kind == "reset"
    assert detail.startswith("stale")
    assert len(wire.provider.heads) == 2


@pytest.mark.parametrize("cut", [b"5", b"5\r\n", b"5\r\nda", b"5\r\ndata:", b"5\r\ndata:\r\n", b"zz\r\n"])
async def test_a_stream_that_is_cut_anywhere_ends_well_formed(open_wire: Any, cut: bytes) -> None:
    async def script(said: Any) -> None:
        said.stream()
        said.chunk(b"data: 1\n\n")
        said.say(cut)
        await said.writer.drain()
        said.reset()

    wire = await open_wire(script)
    client = await wire.client()
    client.post(STREAM)
    _, _, body = await client.answer()
    assert body.startswith(b"data: 1\n\n")
    assert body.endswith(b"data: ended\n\n")
    client.post(b"{}", target=b"/health")
    assert (await client.answer())[0] == 200


async def test_the_next_target_is_tried_on_the_exchanges_word(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        said.answer(b"second", status=b"200 OK")

    wire = await open_wire(script)
    main = wire.exchange.upstreams[0]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        dead = Upstream("dead", "127.0.0.1", taken.getsockname()[1], tls=False, connect_s=2.0)
        wire.exchange.upstreams = (dead, main)
        wire.exchange.tries = 2
        client = await wire.client()
        client.post(b"{}")
        assert (await client.answer())[2] == b"second"


async def test_an_answer_may_be_dropped_and_the_request_sent_again(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        said.answer(b"busy" * 100_000, status=b"429 Too Many Requests")

    wire = await open_wire(script)
    wire.exchange.again = True
    client = await wire.client()
    client.post(b"{}")
    assert (await client.answer())[0] == 429
    assert len(wire.provider.heads) == 2


async def test_a_stream_may_go_on_from_another_upstream(open_wire: Any) -> None:
    tries = 0

    async def script(said: Any) -> None:
        nonlocal tries
        tries += 1
        said.stream()
        said.chunk(b"data: %d\n\n" % tries)
        await said.writer.drain()
        if tries == 1:
            said.reset()
        else:
            said.last()

    wire = await open_wire(script)
    wire.exchange.tries = 2
    client = await wire.client()
    client.post(STREAM)
    assert (await client.answer())[2] == b"data: 1\n\ndata: 2\n\n"


async def reset(said: Any) -> None:
    await said.writer.drain()
    said.reset()


async def end(said: Any) -> None:
    said.last()


async def stay(said: Any) -> None:
    await said.closed()


LEAVE = pytest.mark.parametrize(("leave", "kind"), [(reset, "reset"), (end, "reset"), (stay, "timeout")])


@LEAVE
async def test_a_head_alone_is_no_answer_and_another_upstream_is_tried(
    open_wire: Any, leave: Any, kind: str
) -> None:
    tries = 0

    async def script(said: Any) -> None:
        nonlocal tries
        tries += 1
        said.stream()
        if tries == 1:
            await leave(said)
        else:
            said.chunk(b"data: 2\n\n")
            said.last()

    wire = await open_wire(script, first_byte_s=0.3)
    wire.exchange.tries = 2
    client = await wire.client()
    client.post(STREAM)
    status, _, body = await client.answer()
    assert (status, body) == (200, b"data: 2\n\n")
    assert [one[:2] for one in wire.exchange.seen[0].log if one[0] == "failed"] == [("failed", kind)]
    client.post(b"{}", target=b"/health")
    assert (await client.answer())[2] == b'{"ok":true}', "nothing of another answer stands before it"


@LEAVE
async def test_of_a_head_alone_the_client_is_told_an_error(open_wire: Any, leave: Any, kind: str) -> None:
    async def script(said: Any) -> None:
        said.stream()
        await leave(said)

    wire = await open_wire(script, first_byte_s=0.3)
    client = await wire.client()
    client.post(STREAM)
    status, _, body = await client.answer()
    assert (status, body) == (504 if kind == "timeout" else 502, b'{"kind":"%b"}' % kind.encode())


async def test_a_head_leaves_with_the_first_of_its_body_in_one_write(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        said.stream()
        await said.writer.drain()
        await wire.until(lambda: ("head", 200) in wire.exchange.seen[0].log)
        said.chunk(b"data: 1\n\n")
        said.last()

    wire = await open_wire(script)
    client = await wire.client()
    client.post(STREAM)
    assert b"\r\n\r\n9\r\ndata: 1\n\n\r\n" in await client.reader.read(65536)


async def test_an_answer_too_large_to_be_held_back_is_refused(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        said.answer(b"a" * 500_000)

    wire = await open_wire(script, limits={"body_bytes": 100_000})
    client = await wire.client()
    client.post(b"{}")
    assert (await client.answer())[2] == b'{"kind":"malformed"}'
    assert wire.door.room.free == type(wire.door.room)().free


@pytest.mark.parametrize("where", ["next", "head", "feed", "end", "whole", "failed"])
async def test_an_exchange_that_raises_lets_nothing_out(open_wire: Any, where: str) -> None:
    async def script(said: Any) -> None:
        if where == "failed":
            said.reset()
        elif b"stream" in said.body:
            said.stream()
            said.chunk(b"secret")
            said.last()
        else:
            said.answer(b"secret")

    def fail(*_: Any) -> Any:
        raise RuntimeError("a defect")

    wire = await open_wire(script)
    admit = wire.exchange.admit

    def admit_broken(request: Request) -> Any:
        call = admit(request)
        setattr(call, where, fail)
        return call

    wire.exchange.admit = admit_broken
    answer = await wire.ask(
        b"POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 15\r\n\r\n"
        + (STREAM if where in {"feed", "end"} else b'{"other": true}')
    )
    assert not answer.endswith(b"0\r\n\r\n")
    assert where == "end" or b"secret" not in answer
    assert wire.exchange.seen[0].log[-1] == "gone"
    await wire.settled()


async def test_headers_of_ours_cannot_be_split(open_wire: Any) -> None:
    wire = await open_wire(echo)
    wire.exchange.admit = lambda _: Reply(200, [(b"x", b"a\r\nx-evil: 1")], b"")
    answer = await wire.ask(b"GET /v1/x HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 502 ")
    assert b"evil" not in answer
