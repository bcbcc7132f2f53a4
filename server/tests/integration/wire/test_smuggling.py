"""What is not HTTP/1.1 beyond doubt is refused, and nothing of it reaches an upstream."""

from __future__ import annotations

from typing import Any

import pytest

HEAD = b"POST /v1/x HTTP/1.1\r\nHost: a\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
SMUGGLED = b"POST /v1/smuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"

REFUSED = {
    "both lengths": (400, HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "both, the other way": (400, HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    "two lengths": (400, HEAD + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
    "a list of lengths": (400, HEAD + b"Content-Length: 3, 3\r\n\r\nabc"),
    "a signed length": (400, HEAD + b"Content-Length: +3\r\n\r\nabc"),
    "a hexadecimal length": (400, HEAD + b"Content-Length: 0x3\r\n\r\nabc"),
    "a negative length": (400, HEAD + b"Content-Length: -1\r\n\r\n"),
    "a length beyond counting": (400, HEAD + b"Content-Length: 99999999999999999999\r\n\r\n"),
    "a folded line": (400, HEAD + b"X: a\r\n b\r\nContent-Length: 3\r\n\r\nabc"),
    "a folded coding": (400, HEAD + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
    "a bare line feed": (400, b"POST /v1/x HTTP/1.1\nHost: a\n\n"),
    "a bare line feed after a header": (400, b"POST /v1/x HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"),
    "a bare carriage return": (400, b"POST /v1/x HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"),
    "a space before the colon": (400, HEAD + b"Content-Length : 3\r\n\r\nabc"),
    "a zero byte": (400, HEAD + b"X: a\0b\r\n\r\n"),
    "a name that is no token": (400, HEAD + b"X(Y: a\r\n\r\n"),
    "identity": (501, HEAD + b"Transfer-Encoding: identity\r\n\r\n"),
    "an unknown coding": (501, HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    "two codings": (501, HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "chunked twice": (
        400,
        HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    "a chunk size that is no number": (400, CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n"),
    "a line feed after a chunk size": (400, CHUNKED + b"3\nabc\r\n0\r\n\r\n"),
    "a line feed after an extension": (400, CHUNKED + b"3;a\nabc\r\n0\r\n\r\n"),
    "a chunk longer than it says": (400, CHUNKED + b"3\r\nabcd\r\n0\r\n\r\n"),
    "a chunk beyond counting": (400, CHUNKED + b"fffffffffffffffff\r\n"),
    "a length in the trailers": (400, CHUNKED + b"0\r\nContent-Length: 5\r\n\r\n"),
    "no host": (400, b"POST /v1/x HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
    "two hosts": (400, HEAD + b"Host: b\r\nContent-Length: 0\r\n\r\n"),
    "a whole URL": (400, b"GET http://b/v1/x HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a tunnel": (405, b"CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n"),
    "HEAD": (405, b"HEAD /v1/x HTTP/1.1\r\nHost: a\r\n\r\n"),
    "TRACE": (405, b"TRACE /v1/x HTTP/1.1\r\nHost: a\r\n\r\n"),
    "HTTP/0.9": (505, b"GET /v1/x\r\n\r\n"),
    "HTTP/2 in clear": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "an unknown version": (400, b"GET /v1/x HTTP/1.9\r\nHost: a\r\n\r\n"),
    "an upgrade in small letters": (
        501,
        HEAD + b"Connection: upgrade\r\nupgrade: h2c\r\nContent-Length: 66\r\n\r\n",
    ),
    "another expectation": (417, HEAD + b"Expect: a miracle\r\nContent-Length: 0\r\n\r\n"),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "a control character in the target": (400, b"GET /v1/\x01 HTTP/1.1\r\nHost: a\r\n\r\n"),
}


async def echo(said: Any) -> None:
    said.answer(said.body)


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_ambiguous_is_refused_and_reaches_nobody(open_wire: Any, name: str) -> None:
    status, raw = REFUSED[name]
    wire = await open_wire(echo)
    answer = await wire.ask(raw + SMUGGLED)
    assert int(answer.split(b" ")[1]) == status, answer
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answer
    assert wire.provider.heads == []
    assert not wire.exchange.seen


async def test_chunk_extensions_and_trailers_end_here(open_wire: Any) -> None:
    wire = await open_wire(echo)
    client = await wire.client()
    client.say(CHUNKED + b'3;a=b;c="\\"d"\r\nabc\r\n0;last\r\nX-Late: 1\r\nHost: evil\r\n\r\n')
    assert (await client.answer())[2] == b"abc"
    assert b"content-length: 3" in wire.provider.heads[0]
    assert b"evil" not in wire.provider.heads[0]


async def test_extensions_without_end_are_refused(open_wire: Any) -> None:
    wire = await open_wire(echo, limits={"head_bytes": 2048})
    client = await wire.client()
    client.say(CHUNKED + b"3;" + b"a" * 2_000_000)
    assert (await client.answer())[0] == 400


async def test_trailers_without_end_are_refused(open_wire: Any) -> None:
    wire = await open_wire(echo, limits={"head_bytes": 2048})
    client = await wire.client()
    client.say(CHUNKED + b"0\r\n" + b"X-T: aaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 60_000)
    assert (await client.answer())[0] == 400


async def test_a_connection_header_cannot_take_our_own_headers_off(open_wire: Any) -> None:
    wire = await open_wire(echo)
    client = await wire.client()
    client.post(b"abc", more=b"Connection: content-length, host, X-Gone\r\nX-Gone: 1\r\nX-Kept: 1\r\n")
    assert (await client.answer())[2] == b"abc"
    sent = wire.provider.heads[0].lower()
    assert b"content-length: 3" in sent
    assert b"host: 127.0.0.1" in sent
    assert b"x-kept" in sent
    assert b"x-gone" not in sent


async def test_what_an_upstream_says_unasked_answers_nobody(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        said.answer(b"asked")
        said.answer(b"poison")

    wire = await open_wire(script)
    client = await wire.client()
    for _ in range(4):
        client.post(b"{}")
        assert (await client.answer())[2] == b"asked"
    assert wire.provider.connections == 4  # none of them was trusted with a second request


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
        b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 20_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 300 + b"Content-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    ],
)
async def test_an_upstream_that_is_ambiguous_is_malformed(open_wire: Any, head: bytes) -> None:
    async def script(said: Any) -> None:
        said.say(head)

    wire = await open_wire(script)
    client = await wire.client()
    client.post(b"{}")
    assert (await client.answer())[2] == b'{"kind":"malformed"}'
