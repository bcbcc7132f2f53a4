"""Bounds of the wire that nobody has to set; what people set stands in `config.Limits`."""

from __future__ import annotations

import resource
import sys
from typing import Final

from holdfast_server.action.llm.config import Limits

MIB: Final = 1024 * 1024

TICK_S: Final = 0.25
"""How late a deadline may be noticed."""
KEPT_S: Final = 30.0
"""How long an unused upstream connection is kept."""
LINGER_S: Final = 2.0
"""How long a refused client may go on sending, so that it can read why it was refused before a reset."""
LINGER_BYTES: Final = MIB
BODY_RATE_MIN: Final = 1024
"""Bytes a second that a slow body must keep up once `Limits.body_s` is over."""
FRAMING_FACTOR: Final = 8
"""Chunk framing may cost this many times the body; one-byte chunks cost six, endless extensions cost more."""
ANSWER_HEAD_BYTES: Final = 256 * 1024
ANSWER_HEADERS: Final = 256
ROOM_BYTES: Final = 512 * MIB
"""Large bodies of all connections together, on one worker."""
BACKLOG: Final = 4096
FILES_SPARE: Final = 64
"""Open files that are no connections: journals, the ledger, sockets that listen."""


def seats() -> int:
    """How many clients the system's limit of open files lets in, each with an upstream connection."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if files == resource.RLIM_INFINITY else max(1, (files - FILES_SPARE) // 2)


class Room:
    """The memory that large bodies share."""

    __slots__ = ("free",)

    def __init__(self, bytes_max: int = ROOM_BYTES) -> None:
        self.free = bytes_max

    def take(self, size: int) -> bool:
        """Whether there was room; if so, it is taken until `give`."""
        if size > self.free:
            return False
        self.free -= size
        return True

    def give(self, size: int) -> None:
        """What was taken is free again."""
        self.free += size


def framing_fits(received: int, body: int, limits: Limits) -> bool:
    """Whether what arrived for one message is in proportion to its body; chunk extensions count."""
    return received <= 2 * limits.head_bytes + ANSWER_HEAD_BYTES + (1 + FRAMING_FACTOR) * body
