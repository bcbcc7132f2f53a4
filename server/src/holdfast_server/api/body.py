"""Request bodies, read within their limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from fastapi import Request

from holdfast_server.errors import TooLarge, UnknownMediaType
from holdfast_server.kit import gzip, zstd

Encoding = Literal["", "gzip", "zstd"]


def media_type(request: Request, *, allowed: Sequence[str]) -> str:
    """The body's media type without its parameters.

    Raises:
        UnknownMediaType: it is none of `allowed`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in allowed:
        raise UnknownMediaType(
            f"content type {kind or '(none)'} is not read here", hint=f"Send {' or '.join(allowed)}."
        )
    return kind


async def read_body(request: Request, *, compressed_max: int, max_bytes: int) -> bytes:
    """The whole body, inflated when it came as gzip or zstd.

    Raises:
        TooLarge: more arrived, or came out of it, than allowed; nothing of it is kept.
        UnknownMediaType: the encoding is none of those.
        Invalid: the body is damaged or cut short.
    """
    return inflate(*await read_encoded(request, max_bytes=compressed_max), max_bytes)


async def read_encoded(request: Request, *, max_bytes: int) -> tuple[bytes, Encoding]:
    """The whole body as it came, and how it is to be inflated.

    Raises:
        TooLarge: more arrived than allowed.
        UnknownMediaType: the encoding is neither gzip, zstd nor identity.
    """
    encoding = request.headers.get("content-encoding", "").strip().lower()
    encoding = "" if encoding == "identity" else encoding
    if encoding not in ("", "gzip", "zstd"):
        raise UnknownMediaType(
            f"content encoding {encoding[:40]} is not read here", hint="Send gzip, zstd or none."
        )
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > max_bytes:
            raise TooLarge(f"the body is over {max_bytes} bytes", hint="Send smaller batches.")
    return bytes(received), encoding


def inflate(body: bytes, encoding: Encoding, max_bytes: int) -> bytes:
    """What a body holds, never more than `max_bytes`: a bomb is stopped while it grows."""
    if encoding == "zstd":
        return zstd.decompress(body, max_bytes)
    return gzip.decompress(body, max_bytes) if encoding else body
