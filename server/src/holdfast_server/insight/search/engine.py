"""What an engine that keeps spans must do so that they can be searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeAlias

import msgspec

from holdfast_server.insight.search.fields import Field
from holdfast_server.insight.search.scope import Fenced
from holdfast_server.record.spans.span import Span

SECONDS_MAX: Final = 5
"""How long one search may take."""

Spot: TypeAlias = tuple[int, str, str]
"""Where a span stands in a list: when it began, its trace, its id."""
Counts: TypeAlias = Mapping[str, Sequence[tuple[str, int]]]
"""Values with how often they occur, most first, by field."""


class FoundSpans(msgspec.Struct, frozen=True):
    """Some of the spans that fit, newest first; an engine may leave out their content."""

    spans: Sequence[Span]
    next: Spot | None
    """Where the list goes on; None at its end."""


class SpanSearch(Protocol):
    """Finds spans by a condition; every adapter finds what `evaluate.fits` says fits."""

    async def find(
        self, asked: Fenced, *, before: Spot | None, limit: int, also: Sequence[str] = ()
    ) -> FoundSpans:
        """The spans that fit, newest first, those before a spot when given.

        Args:
            asked: what must fit.
            before: where the list goes on.
            limit: how many.
            also: columns that are wanted beside those that a list shows.

        Raises:
            Invalid: it took longer than `SECONDS_MAX`.
        """
        ...

    async def count(self, asked: Fenced, fields: Sequence[Field], *, limit: int) -> Counts:
        """How often each value of these fields occurs among the spans that fit, `limit` of each field."""
        ...

    async def names(self, room: str, *, limit: int) -> Sequence[tuple[str, int]]:
        """What keys the newest spans have in `attributes` or `resource`, most first."""
        ...
