"""Attributes that no dialect's table lists: kept verbatim, and named, so that somebody can teach them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from holdfast_server.kit.clock import Clock
from holdfast_server.kit.wire import NS_PER_S, Wire, at
from holdfast_server.record.spans.store import SpanStore

DAYS: Final = 7
DAY_NS: Final = 86_400 * NS_PER_S


class StrangeAttribute(Wire):
    """One name that is not understood."""

    name: str
    spans: int
    """Spans that carried it, about."""
    last_seen: datetime
    scope: str
    """An instrumentation that sends it."""
    example: str
    """The beginning of a value."""


class StrangeAttributes(Wire):
    """What is not understood, those of most spans first."""

    since: datetime
    items: list[StrangeAttribute]


class Attributes:
    """Looks for names that nobody understands."""

    def __init__(self, spans: SpanStore, clock: Clock) -> None:
        self._spans, self._clock = spans, clock

    async def not_understood(self, *, days: int, limit: int) -> StrangeAttributes:
        """Names of the last days.

        Raises:
            Unavailable: the span store cannot be asked now.
        """
        since = self._clock() - days * DAY_NS
        found = await self._spans.list_strange(since, limit=limit)
        items = [
            StrangeAttribute(
                name=one.name,
                spans=one.spans,
                last_seen=at(one.last_ns),
                scope=one.scope,
                example=one.example,
            )
            for one in found
        ]
        return StrangeAttributes(since=at(since), items=items)
