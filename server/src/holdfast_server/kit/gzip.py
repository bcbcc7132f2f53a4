"""Gzip, within limits, and its checksum; both as zlib has them, and nearly three times as fast."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from holdfast_server.errors import Invalid, TooLarge

_CHUNK: Final = 256 * 1024
_zlib: Any = import_module("zlib_ng.zlib_ng")
_WRAPPED: Final[int] = 16 + _zlib.MAX_WBITS
crc32: Final[Callable[[bytes], int]] = _zlib.crc32


def decompress(body: bytes, max_bytes: int) -> bytes:
    """What the body holds, never more than `max_bytes`: a bomb is stopped while it grows.

    Raises:
        TooLarge: there is more.
        Invalid: it is damaged or cut short.
    """
    engine, made = _zlib.decompressobj(_WRAPPED), bytearray()
    rest = body
    try:
        while rest and not engine.eof:
            made += engine.decompress(rest, _CHUNK)
            rest = engine.unconsumed_tail
            if len(made) > max_bytes:
                raise TooLarge(f"the body inflates to over {max_bytes} bytes", hint="Send smaller batches.")
        made += engine.flush()
    except _zlib.error as error:
        raise Invalid(f"the gzip body is damaged: {error}") from error
    if not engine.eof:
        raise Invalid("the gzip body is cut short")
    return bytes(made)
