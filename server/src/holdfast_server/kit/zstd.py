"""Zstandard, within limits; the library is imported when it is first needed."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final

from holdfast_server.errors import Invalid, TooLarge

LEVEL: Final = 3
WINDOW_LOG_MAX: Final = 27
"""128 MiB, what the command-line tool reads without being asked to."""
_CHUNK: Final = 256 * 1024


def compress(data: bytes) -> bytes:
    """One frame."""
    zstd = _load()
    return zstd.compress(data, LEVEL)


def decompress(body: bytes, max_bytes: int) -> bytes:
    """What the frames hold, never more than `max_bytes`: a bomb is stopped while it grows.

    Raises:
        TooLarge: there is more.
        Invalid: it is damaged or cut short.
    """
    zstd = _load()
    made, rest = bytearray(), body
    try:
        while rest:
            engine = zstd.ZstdDecompressor(
                options={zstd.DecompressionParameter.window_log_max: WINDOW_LOG_MAX}
            )
            while not engine.eof:
                made += engine.decompress(rest, _CHUNK)
                rest = b""
                if len(made) > max_bytes:
                    raise TooLarge(
                        f"the body inflates to over {max_bytes} bytes", hint="Send smaller batches."
                    )
                if engine.needs_input and not engine.eof:
                    raise Invalid("the zstd body is cut short")
            rest = engine.unused_data
    except zstd.ZstdError as error:
        raise Invalid(f"the zstd body is damaged: {error}") from error
    return bytes(made)


def _load() -> Any:
    """The standard library's module, or its twin for older Pythons."""
    return import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
