"""What is too large for a row goes to the blobs, and the row says what stands there.

Messages stay messages: inside of JSON only the long texts are replaced, by their beginning and a note such as
`[blob:9f86d0…0f00a08 81234 characters]`. So a long prompt that every call repeats is kept once, and every row
still shows who said what.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from holdfast_server.errors import Unavailable
from holdfast_server.record.blobs.blobs import Blobs
from holdfast_server.record.spans.log import Log
from holdfast_server.record.spans.span import Span

TEXT_MAX: Final = 64 * 1024
"""Characters of an input, an output or the events that stand in the row as they came."""
VALUE_MAX: Final = 16 * 1024
"""The same of one attribute."""
PART_MAX: Final = 2 * 1024
"""In a text over its limit, each part beyond this is kept apart."""
SHOWN: Final = 512
"""Characters of it that the row still shows."""
DEPTH_MAX: Final = 32
NOTE: Final = re.compile(r"\[blob:([0-9a-f]{64}) (\d+) characters\]")
"""How a row names what was kept apart."""


class Spilling:
    """Caps the rows; nothing is lost by it."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def span(self, span: Span) -> Span:
        """The span with its large texts kept apart; the same one when it has none."""
        if _fits(span):
            return span
        return msgspec.structs.replace(
            span,
            input=self._text(span.input, TEXT_MAX),
            output=self._text(span.output, TEXT_MAX),
            events=self._text(span.events, TEXT_MAX),
            linked=self._text(span.linked, TEXT_MAX),
            status_message=self._text(span.status_message, VALUE_MAX),
            attributes=self._map(span.attributes),
            resource=self._map(span.resource),
        )

    def log(self, log: Log) -> Log:
        """The log record with its large texts kept apart."""
        return msgspec.structs.replace(
            log, body=self._text(log.body, TEXT_MAX), attributes=self._map(log.attributes)
        )

    def _map(self, said: Mapping[str, str]) -> dict[str, str]:
        return {name: self._text(value, VALUE_MAX) for name, value in said.items()}

    def _text(self, text: str, most: int) -> str:
        if len(text) <= most:
            return text
        shown = self._parts(text)
        return shown if len(shown) <= most else self._keep(text)

    def _parts(self, text: str) -> str:
        """JSON with its long strings kept apart; another text, whole, if it is none."""
        if text[:1] not in ("[", "{"):
            return self._keep(text)
        try:
            return msgspec.json.encode(self._shorten(msgspec.json.decode(text), 0)).decode()
        except (msgspec.DecodeError, RecursionError):
            return self._keep(text)

    def _shorten(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self._keep(value) if len(value) > PART_MAX else value
        if depth >= DEPTH_MAX:
            return value
        if isinstance(value, list):
            return [self._shorten(one, depth + 1) for one in value]  # pyright: ignore[reportUnknownVariableType]  # any JSON
        if isinstance(value, dict):
            return {key: self._shorten(one, depth + 1) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType]  # any JSON
        return value

    def _keep(self, text: str) -> str:
        """The beginning of a text and where the whole stands; a disk that refuses is said, and loses it."""
        try:
            name = self._blobs.put(text)
        except Unavailable:
            return f"{text[:VALUE_MAX]}… [the rest of {len(text)} characters could not be kept]"
        return f"{text[:SHOWN]}… [blob:{name} {len(text)} characters]"


def _fits(span: Span) -> bool:
    texts = max(len(span.input), len(span.output), len(span.events), len(span.linked)) <= TEXT_MAX
    return texts and _longest(span) <= VALUE_MAX


def _longest(span: Span) -> int:
    longest = max(map(len, span.attributes.values()), default=0)
    return max(longest, len(span.status_message), *map(len, span.resource.values()))
