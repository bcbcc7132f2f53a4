"""What is told to whoever refines, and what comes back."""

from __future__ import annotations

import msgspec

from holdfast_server.record.spans.log import Log
from holdfast_server.record.spans.span import Span


class Post(msgspec.Struct, frozen=True):
    """Where a refiner works, and how."""

    journal: str
    blobs: str
    blocks: str
    redaction: list[str]
    prices: str = ""
    """The file of own prices that the server writes."""
    warm_from: int = 0
    """What the journal still holds of before: to be learnt from, and not stored again."""
    warm_to: int = 0


class Order(msgspec.Struct, frozen=True):
    """What to refine next."""

    start: int
    end: int
    spans_max: int


class Refined(msgspec.Struct):
    """A stretch of the journal as it is to be stored."""

    start: int
    end: int
    spans: list[Span]
    """Trace by trace, of each the oldest end first."""
    again: list[Span]
    """Stored before, and now with what was said inside of them; not billed."""
    logs: list[Log]
    accepted: int
    """Spans that were accepted with this stretch."""
