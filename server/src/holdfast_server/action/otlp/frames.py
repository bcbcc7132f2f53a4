"""What the journal keeps of a request: what it is, how much it holds, and the digest of what the sender sent.

```text
u24 count · u8 kind · 16 bytes digest · body
```
"""

from __future__ import annotations

import hashlib
from typing import Final, Literal

import msgspec

Kind = Literal["traces", "logs", "spans"]
"""`spans` are plain values, the others OTLP."""

DIGEST_BYTES: Final = 16
COUNT_MAX: Final = 2**24 - 1
_BARE: Final = 0
"""Traces, as they were kept before there was a digest or anything else to keep."""
_CODES: Final[dict[Kind, int]] = {"traces": 1, "logs": 2, "spans": 3}
_KINDS: Final[dict[int, Kind]] = {code: kind for kind, code in _CODES.items()}


class Kept(msgspec.Struct, frozen=True):
    """One request in the journal."""

    kind: Kind
    count: int
    """Spans or log records."""
    digest: bytes
    """Of the request as it travelled: a retry is known by it."""
    body: bytes
    """The storable part: protobuf, or plain values."""


def digest_of(body: bytes) -> bytes:
    """What a request is known by."""
    return hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest()


def pack(kept: Kept) -> bytes:
    """A request as the journal keeps it."""
    head = min(kept.count, COUNT_MAX) | _CODES[kept.kind] << 24
    return head.to_bytes(4, "little") + kept.digest + kept.body


def unpack(frame: bytes) -> Kept:
    """Read back what `pack` made."""
    head = int.from_bytes(frame[:4], "little")
    count, code = head & COUNT_MAX, head >> 24
    if code == _BARE:
        return Kept("traces", count, digest_of(frame[4:]), frame[4:])
    rest = 4 + DIGEST_BYTES
    return Kept(_KINDS[code], count, frame[4:rest], frame[rest:])
