"""What OTLP/JSON writes otherwise than the protobuf mapping of JSON: ids in hex, numbers that fit nowhere."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final, cast

_IDS: Final = frozenset({"traceId", "spanId", "parentSpanId"})
_HEX_LENGTHS: Final = frozenset({16, 32})


def with_base64_ids(item: Mapping[str, Any]) -> dict[str, Any]:
    """A span, a link or a log record with every id in base64."""
    made = {key: _to_base64(value) if key in _IDS else value for key, value in item.items()}
    if isinstance(links := made.get("links"), list):
        made["links"] = [with_base64_ids(link) for link in links if isinstance(link, dict)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # any JSON
    return made


def with_numbers_that_fit(value: Any) -> Any:
    """The same JSON; a number beyond 64 bits, as some write for "no limit", becomes the text that it was."""
    if isinstance(value, list):
        return [with_numbers_that_fit(one) for one in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    held = cast("dict[str, Any]", value)
    number = held.get("intValue")
    try:
        beyond = number is not None and not -(2**63) <= int(number) < 2**63
    except (TypeError, ValueError):
        beyond = False
    if beyond:
        return {"stringValue": str(number)}
    return {key: with_numbers_that_fit(one) for key, one in held.items()}


def _to_base64(text: Any) -> Any:
    if not isinstance(text, str) or len(text) not in _HEX_LENGTHS:
        return text
    try:
        return base64.b64encode(binascii.unhexlify(text)).decode()
    except binascii.Error:
        return text
