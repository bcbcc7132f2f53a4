"""TLS towards providers: who is not who they say they are gets no prompt and no key."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from server.tests.integration.authority import DAY, NOW, Authority


async def echo(said: Any) -> None:
    said.answer(said.body)


async def kind(wire: Any) -> bytes:
    client = await wire.client()
    client.post(b"hello")
    return (await client.answer())[2]


async def test_a_provider_that_is_who_it_says_is_spoken_to(open_wire: Any, tmp_path: Path) -> None:
    signed = Authority(tmp_path)
    wire = await open_wire(echo, ssl=signed.context, ca_file=str(signed.file))
    assert await kind(wire) == b"hello"
    named = await open_wire(
        echo, ssl=signed.context, ca_file=str(signed.file), server_name="provider.example"
    )
    assert await kind(named) == b"hello"


@pytest.mark.parametrize("trouble", ["unknown authority", "other name", "expired"])
async def test_anyone_else_is_not(open_wire: Any, tmp_path: Path, trouble: str) -> None:
    ends = NOW - DAY if trouble == "expired" else NOW + DAY
    signed = Authority(tmp_path, ends=ends)
    terms: dict[str, Any] = {} if trouble == "unknown authority" else {"ca_file": str(signed.file)}
    if trouble == "other name":
        terms["server_name"] = "other.example"
    wire = await open_wire(echo, ssl=signed.context, **terms)
    assert await kind(wire) == b'{"kind":"tls"}'
    assert wire.provider.heads == []


async def test_verifying_is_left_out_only_when_somebody_says_so(open_wire: Any, tmp_path: Path) -> None:
    wire = await open_wire(echo, ssl=Authority(tmp_path).context, verify=False)
    assert await kind(wire) == b"hello"


async def test_an_authority_that_cannot_be_read_is_named(open_wire: Any, tmp_path: Path) -> None:
    signed = Authority(tmp_path)
    wire = await open_wire(echo, ssl=signed.context, ca_file=str(tmp_path / "absent.pem"))
    assert await kind(wire) in {b'{"kind":"tls"}', b'{"kind":"connect"}'}


async def test_a_stream_over_tls_passes_piece_by_piece(open_wire: Any, tmp_path: Path) -> None:
    async def script(said: Any) -> None:
        said.stream()
        said.chunk(b"data: 1\n\n")
        said.chunk(b"data: 2\n\n")
        said.last()

    signed = Authority(tmp_path)
    wire = await open_wire(script, ssl=signed.context, ca_file=str(signed.file))
    client = await wire.client()
    for _ in range(2):
        client.post(b'{"stream":true}')
        assert (await client.answer())[2] == b"data: 1\n\ndata: 2\n\n"
    assert wire.provider.connections == 1


async def test_an_upstream_that_speaks_no_tls(open_wire: Any) -> None:
    async def script(said: Any) -> None:
        said.reset()

    wire = await open_wire(script)
    plain = wire.exchange.upstreams[0]
    wire.exchange.upstreams = (dataclasses.replace(plain, tls=True, connect_s=0.2),)
    assert await kind(wire) in {b'{"kind":"tls"}', b'{"kind":"connect"}'}
    assert wire.provider.heads == []
