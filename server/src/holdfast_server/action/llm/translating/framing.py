"""Events as bytes, and what an error in a stream says."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from holdfast.record.models.parts import Json, mapping, string
from holdfast_server.action.llm.translating.form import Failed

_encode: Final = msgspec.json.Encoder().encode


def data_event(event: Json) -> bytes:
    """An event without a name."""
    return b"data: " + _encode(event) + b"\n\n"


def named_event(event: Json) -> bytes:
    """An event that is named after its type."""
    return f"event: {event['type']}\n".encode() + data_event(event)


def failure(event: Json) -> Failed:
    """What went wrong, in the words of whichever API."""
    error = mapping(event.get("error")) or event
    status = error.get("code")
    return Failed(
        string(error.get("message")) or "the provider reports an error",
        code_in(error),
        status if isinstance(status, int) and 400 <= status < 600 else 502,
    )


def code_in(error: Json) -> str:
    """What programs read of an error."""
    found: list[Any] = [error.get(name) for name in ("code", "status", "type")]
    return next((one for one in found if isinstance(one, str) and one), "upstream_error")
