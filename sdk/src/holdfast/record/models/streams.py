"""A streamed answer as bytes: its coding undone, its events found, however the bytes are cut."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Final

from holdfast.record.models.parts import read_json

LINE_BYTES_MAX: Final = 1024 * 1024
BODY_BYTES_MAX: Final = 8 * 1024 * 1024


class Inflater:
    """Undoes the content coding; one it does not know yields nothing, and the usage is then estimated."""

    def __init__(self, coding: str) -> None:
        self._plain = coding in {"", "identity"}
        window = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}.get(
            coding
        )
        self._inflate = zlib.decompressobj(window) if window else None

    def __call__(self, chunk: bytes) -> bytes:
        if self._plain:
            return chunk
        if self._inflate is None:
            return b""
        try:
            return self._inflate.decompress(chunk, BODY_BYTES_MAX)
        except zlib.error:
            self._inflate = None
            return b""


class EventReader:
    """Finds the JSON in server-sent events, however the bytes are cut."""

    def __init__(self, take: Callable[[dict[str, Any]], None]) -> None:
        self._take = take
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        """Read on; an unreasonably long line is dropped."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._read(line)
        if len(self._rest) > LINE_BYTES_MAX:
            self._rest = b""

    def finish(self) -> None:
        """Read what has no line end."""
        self._read(self._rest)
        self._rest = b""

    def _read(self, line: bytes) -> None:
        if not line.startswith(b"data:") or b"{" not in line:
            return
        event = read_json(line[5:])
        if isinstance(event, dict):
            self._take(event)  # pyright: ignore[reportUnknownArgumentType]  # json returns Any by nature
