"""Tokens of a span in one canon, and how the counters that came were read.

The conventions count cached tokens inside the input tokens; some senders count them beside. Who does what
stands in the dialects' tables; numbers that leave no doubt are believed before the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from holdfast.record import Usage, read_usage
from holdfast_server.action.otlp.dialects.lookup import DIALECTS
from holdfast_server.action.otlp.understanding import Understood
from holdfast_server.record.spans.chat import object_in

COUNT_MAX: Final = 10**9
"""No call reads or writes more tokens: a number beyond it is a mistake, and counts as none."""
COUNTERS: Final = (
    *("input_tokens", "output_tokens", "cache_read", "cache_write", "reasoning"),
    *("audio_in", "audio_out", "image_in"),
)
STORED: Final = tuple(name for name in Usage.__struct_fields__)


def read_counters(read: Understood, provider: str) -> tuple[dict[str, int], str]:
    """The tokens of a span, and as JSON where they stood and how they were read; both empty for none."""
    known = read.known
    if "usage" in known and (told := _from_object(read, "usage")) is not None:
        return told
    found: dict[str, int] = {}
    for name in COUNTERS:
        if name in known and (count := count_of(known[name])):
            found[name] = count
    if "input_tokens" in found or "output_tokens" in found:
        return _settled(found, read, provider)
    if "output" in known and "model" in known:
        return _from_object(read, "output") or ({}, "")
    return {}, ""


def count_of(value: Any) -> int:
    """A counter as a whole number; what cannot be one is zero."""
    try:
        count = int(value or 0)
    except (TypeError, ValueError, OverflowError):
        return 0
    return count if 0 <= count <= COUNT_MAX else 0


def _settled(found: dict[str, int], read: Understood, provider: str) -> tuple[dict[str, int], str]:
    """Counters with the cached tokens inside, whichever way they came."""
    source = "input_tokens" if "input_tokens" in read.ranks else "output_tokens"
    dialect = DIALECTS[read.dialect_of(source)]
    cached = found.get("cache_read", 0) + found.get("cache_write", 0)
    beside = bool(cached) and _beside(
        found, cached, count_of(read.known.get("total_tokens")), dialect.name, provider
    )
    raw = dict(found)
    if beside:
        found["input_tokens"] = found.get("input_tokens", 0) + cached
    note = {
        "from": read.sources[source],
        "dialect": dialect.name,
        "cached": "beside" if beside else "inside",
        "raw": raw,
    }
    return found, _ENCODER.encode(note).decode()


def _beside(found: Mapping[str, int], cached: int, total: int, dialect: str, provider: str) -> bool:
    whole, made = found.get("input_tokens", 0), found.get("output_tokens", 0)
    if cached > whole or total == whole + made + cached:
        return True
    if total and total == whole + made:
        return False
    usual, otherwise = _BESIDE[dialect]
    return usual is not (provider in otherwise)


def _from_object(read: Understood, field: str) -> tuple[dict[str, int], str] | None:
    """The provider's own usage object, where it came whole: by itself, or within the recorded answer."""
    text = read.known[field]
    if not isinstance(text, str) or (field == "output" and '"usage' not in text):
        return None
    raw = object_in(text)
    if raw is not None and field == "output":
        raw = next((found for name in _WITHIN if (found := object_in(raw.get(name)))), None)
    if raw is None or (counted := read_usage(raw)) == _NOTHING:
        return None
    found = {name: count for name in STORED if (count := count_of(getattr(counted, name)))}
    note = {"from": read.sources[field], "dialect": DIALECTS[read.dialect_of(field)].name, "raw": raw}
    return found, _ENCODER.encode(note).decode()


_WITHIN: Final = ("usage", "usageMetadata", "usage_metadata")
_ENCODER: Final = msgspec.json.Encoder()
_NOTHING: Final = Usage()


_BESIDE: Final = {one.name: (one.cached == "beside", frozenset(one.beside_for)) for one in DIALECTS}
