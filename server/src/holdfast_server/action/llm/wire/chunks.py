"""Chunks of a body in their plainest form: a size without zeros or extensions, and what is in them."""

from __future__ import annotations

from typing import Final

from holdfast_server.action.llm.wire.known import LINE

CHUNK_MAX: Final = 4_096
"""Bytes in a chunk that is read without the parser."""
SIZE_LINES: Final = {
    len(line) + size + len(LINE): line for size in range(1, CHUNK_MAX + 1) for line in (b"%x\r\n" % size,)
}
"""How such a chunk begins, by how long it is in all."""


def chunk_of(data: bytes) -> bytes:
    """A body, or a piece of it, as one chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def body_of(chunk: bytes) -> bytes:
    """What is in one chunk in its plainest form, when this is one and nothing else; or nothing."""
    line = SIZE_LINES.get(len(chunk))
    if line is None or not chunk.startswith(line) or not chunk.endswith(LINE):
        return b""
    return chunk[len(line) : -2]
