"""Request bodies, read within their limits."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final

from fastapi import Request

from holdfast_server.errors import Invalid, TooLarge, UnknownMediaType

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
    """The whole body, inflated when it came as gzip.

    Raises:
        TooLarge: more arrived, or came out of the gzip, than allowed; nothing of it is kept.
        UnknownMediaType: the encoding is neither gzip nor identity.
        Invalid: the gzip is damaged or cut short.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", ""):
        raise UnknownMediaType(f"content encoding {encoding} is not read here", hint="Send gzip or none.")
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > compressed_max:
            raise TooLarge(f"the body is over {compressed_max} bytes", hint="Send smaller batches.")
    return inflate(bytes(received), max_bytes) if encoding == "gzip" else bytes(received)


def inflate(body: bytes, max_bytes: int) -> bytes:
    """What a gzip body holds, never more than `max_bytes`: a bomb is stopped while it grows."""
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
