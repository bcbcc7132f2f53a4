"""Just enough HTTP/1.1 for a provider on the loopback: requests in, bodies and event streams out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple

HEADERS_MAX: Final = 200
BODY_BYTES_MAX: Final = 64 * 1024 * 1024
PHRASES: Final = {int(status): status.phrase for status in HTTPStatus}


class BadRequest(Exception):
    """The bytes are not a request that can be answered; the connection is closed after saying so."""


class Request(NamedTuple):
    """One request, read whole."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def keep_alive(self) -> bool:
        """Whether the client wants the connection to stay."""
        return self.headers.get("connection", "").lower() != "close"


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """The next request of a connection, or None when the client has gone."""
    line = await reader.readline()
    if not line:
        return None
    try:
        method, target, _version = line.decode("latin-1").split()
    except ValueError:
        raise BadRequest("the first line is not a request line") from None
    headers = await _read_headers(reader)
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await _read_body(reader, headers)
    return Request(method, target.partition("?")[0].rstrip("/"), headers, body)


def write_body(
    writer: asyncio.StreamWriter, status: int, payload: Any, headers: Mapping[str, str] | None = None
) -> None:
    """Answer with one JSON body."""
    body = json.dumps(payload, separators=(",", ":")).encode()
    fixed = {"content-type": "application/json", "content-length": str(len(body))}
    writer.write(_head(status, {**fixed, **(headers or {})}) + body)


def write_half_a_body(writer: asyncio.StreamWriter) -> None:
    """Promise more than is sent: what a connection cut in the middle of a body looks like."""
    writer.write(_head(200, {"content-type": "application/json", "content-length": "9999"}) + b'{"id":')


def open_event_stream(writer: asyncio.StreamWriter, headers: Mapping[str, str] | None = None) -> None:
    """Begin a stream of server-sent events."""
    fixed = {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache",
        "transfer-encoding": "chunked",
    }
    writer.write(_head(200, {**fixed, **(headers or {})}))


async def write_chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send one chunk of a stream; an empty one ends it."""
    writer.write(b"%x\r\n%b\r\n" % (len(data), data))
    await writer.drain()
    if writer.is_closing():
        raise ConnectionResetError


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    phrase = PHRASES.get(status, "Scripted")
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _read_headers(reader: asyncio.StreamReader) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(HEADERS_MAX):
        line = await reader.readline()
        if line in (b"\r\n", b"\n", b""):
            return headers
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    raise BadRequest(f"more than {HEADERS_MAX} headers")


async def _read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    try:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return await _read_chunks(reader)
        length = int(headers.get("content-length") or 0)
    except ValueError:
        raise BadRequest("a length is not a number") from None
    if not 0 <= length <= BODY_BYTES_MAX:
        raise BadRequest("the body is too large")
    return await reader.readexactly(length)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while length := int((await reader.readline()).split(b";")[0], 16):
        if length < 0 or len(body) + length > BODY_BYTES_MAX:
            raise BadRequest("the body is too large")
        body += await reader.readexactly(length)
        await reader.readline()
    await reader.readline()
    return bytes(body)
