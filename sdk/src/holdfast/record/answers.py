"""The usage that a provider's answer reports, as it was sent: of a whole answer, and of a stream.

In a stream the last value wins, field by field: providers send running totals, and adding them up would count
the same tokens again and again.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

Json = Mapping[str, Any]

EVENT_STREAM: Final = "application/vnd.amazon.eventstream"
FRAME_BYTES_MAX: Final = 16 * 1024 * 1024
_HELD: Final = ("usage", "usageMetadata", "amazon-bedrock-invocationMetrics", "meta")
"""Under which name an answer holds its usage."""
_AROUND: Final = ("response", "message", "delta", "metadata", "x_groq", "interaction")
"""What an event may have around the answer."""
_FLAT: Final = (
    *("prompt_eval_count", "eval_count", "prompt_token_count", "generation_token_count"),
    *("inputTextTokenCount", "outputTextTokenCount", "totalTokenCount", "tokenCount"),
)
"""Counters that stand in the answer itself."""
_NAMES: Final = frozenset((*_HELD, *_AROUND, *_FLAT))


def find_usage(answer: object) -> dict[str, Any]:
    """The usage object of an answer or of one event, as it came; empty when it reports none."""
    said = _mapping(answer)
    if said is None or all(said[name] is None for name in _NAMES.intersection(said)):
        return {}
    found: dict[str, Any] = {}
    for name in _AROUND:
        if inner := _mapping(said.get(name)):
            found |= find_usage(inner)
    for name in _HELD:
        found |= _mapping(said.get(name)) or {}
    if not found:
        found = {name: said[name] for name in _FLAT if isinstance(said.get(name), int)}
    return {name: value for name, value in found.items() if value is not None}


def merge_usage(before: dict[str, Any], event: object) -> dict[str, Any]:
    """The usage of a stream after one more event: the last value of each field wins."""
    found = find_usage(event)
    return {**before, **found} if found else before


def usage_of_stream(body: bytes, media: str = "") -> dict[str, Any]:
    """The usage of a whole stream that was kept: server-sent events, JSON lines or AWS frames."""
    usage: dict[str, Any] = {}
    for event in read_frames(body) if media.startswith(EVENT_STREAM) else read_lines(body):
        usage = merge_usage(usage, event)
    return usage


def read_lines(body: bytes) -> Iterator[Any]:
    """The JSON of server-sent events, or of lines; what is none is passed over."""
    for line in body.splitlines():
        text = line.removeprefix(b"data:").strip()
        if text[:1] == b"{":
            try:
                yield json.loads(text)
            except ValueError:
                continue


def read_frames(body: bytes) -> Iterator[Any]:
    """The JSON of AWS event-stream frames; Bedrock wraps the model's own events in base64 once more."""
    place = 0
    while place + 16 <= len(body):
        size = int.from_bytes(body[place : place + 4], "big")
        head = int.from_bytes(body[place + 4 : place + 8], "big")
        if not 16 + head <= size <= min(FRAME_BYTES_MAX, len(body) - place):
            return
        yield from _events(body[place + 12 + head : place + size - 4])
        place += size


def _events(payload: bytes) -> Iterable[Any]:
    try:
        said = _mapping(json.loads(payload))
        if said is None:
            return ()
        inner = said.get("bytes")
        return (json.loads(base64.b64decode(inner)),) if isinstance(inner, str) else (said,)
    except (ValueError, binascii.Error):
        return ()


def _mapping(value: object) -> Json | None:
    return cast("Json", value) if isinstance(value, dict) else None
