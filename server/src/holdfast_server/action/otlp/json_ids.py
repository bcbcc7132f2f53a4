"""OTLP/JSON writes ids in hex where the protobuf mapping of JSON wants base64; some senders use that."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

_IDS: Final = frozenset({"traceId", "spanId", "parentSpanId"})
_HEX_LENGTHS: Final = frozenset({16, 32})


def with_base64_ids(item: Mapping[str, Any]) -> dict[str, Any]:
    """A span, a link or a log record with every id in base64."""
    made = {key: _to_base64(value) if key in _IDS else value for key, value in item.items()}
    if isinstance(links := made.get("links"), list):
        made["links"] = [with_base64_ids(link) for link in links if isinstance(link, dict)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # any JSON
    return made


def _to_base64(text: Any) -> Any:
    if not isinstance(text, str) or len(text) not in _HEX_LENGTHS:
        return text
    try:
        return base64.b64encode(binascii.unhexlify(text)).decode()
    except binascii.Error:
        return text
