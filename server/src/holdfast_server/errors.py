"""The server's errors: those of the SDK, and the few that only a door can raise.

```text
HoldfastError (holdfast.errors)
├── Misconfigured
│   └── FolderHeld                another process owns the data folder
├── Unavailable
│   └── Congested                 the journal is too far ahead; nothing was kept
└── RequestError
    ├── Invalid
    │   ├── BadQuery              a search cannot be read, at a column
    │   └── Unprocessable         well-formed, but its content breaks a promise (a schema)
    ├── TooLarge                  the body is over its limit
    └── UnknownMediaType          a content type or encoding nobody here reads
```
"""

from __future__ import annotations

from holdfast.errors import (
    Conflict,
    HoldfastError,
    Invalid,
    Misconfigured,
    NotFound,
    NotPermitted,
    PolicySyntaxError,
    RequestError,
    Tampered,
    Unavailable,
)

__all__ = [
    "BadQuery",
    "Conflict",
    "Congested",
    "FolderHeld",
    "HoldfastError",
    "Invalid",
    "Misconfigured",
    "NotFound",
    "NotPermitted",
    "PolicySyntaxError",
    "RequestError",
    "Tampered",
    "TooLarge",
    "Unavailable",
    "UnknownMediaType",
    "Unprocessable",
]


class FolderHeld(Misconfigured):
    """Another process owns the data folder; two writers would tear it apart."""

    code = "folder_held"


class Congested(Unavailable):
    """More was accepted than could be stored yet; send it again later."""

    code = "congested"


class BadQuery(Invalid):
    """A search cannot be read: `at` is where, from 0, and `told` is what, without its column."""

    code = "query"

    def __init__(self, at: int, told: str, *, hint: str = "") -> None:
        super().__init__(f"column {at + 1}: {told}", hint=hint)
        self.at, self.told = at, told


class Unprocessable(Invalid):
    """The request is well-formed, but what it says breaks a promise."""

    code = "unprocessable"


class TooLarge(RequestError):
    """The body is over its limit."""

    code = "too_large"


class UnknownMediaType(RequestError):
    """A content type or encoding that nobody here reads."""

    code = "unknown_media_type"
