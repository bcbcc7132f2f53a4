"""Request bodies, read within their limits."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final, Literal

from fastapi import Request

from holdfast_server.errors import Invalid, TooLarge, UnknownMediaType
from holdfast_server.kit.zstd import decompress

Encoding = Literal["", "gzip", "zstd"]

_CHUNK: Final = 256 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS


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
        return decompress(body, max_bytes)
    return _gunzip(body, max_bytes) if encoding else body


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    engine, made = zlib.decompressobj(_GZIP), bytearray()
    rest = body
    try:
        while rest and not engine.eof:
            made += engine.decompress(rest, _CHUNK)
            rest = engine.unconsumed_tail
            if len(made) > max_bytes:
                raise TooLarge(f"the body inflates to over {max_bytes} bytes", hint="Send smaller batches.")
        made += engine.flush()
    except zlib.error as error:
        raise Invalid(f"the gzip body is damaged: {error}") from error
    if not engine.eof:
        raise Invalid("the gzip body is cut short")
    return bytes(made)
