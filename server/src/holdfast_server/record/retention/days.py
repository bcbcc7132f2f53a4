"""What an engine that keeps spans must do for retention: let whole days go."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, Protocol

from holdfast_server.record.retention.rule import StoredDay

LONG_VALUE: Final = 256
"""An attribute with more characters is content, and goes with it."""


class SpanDays(Protocol):
    """The days of an engine; what is asked twice is done once."""

    async def list_days(self) -> Sequence[StoredDay]:
        """The days that are kept, oldest first."""
        ...

    async def drop_day(self, day: int, *, but: Collection[str]) -> None:
        """Delete a day's spans and logs, but for these traces.

        Raises:
            Unavailable: it may have been done in part; ask again.
        """
        ...

    async def empty_day(self, day: int, *, but: Collection[str]) -> None:
        """Delete what was said in a day's spans and logs, but for these traces; who did what and when stays.

        Raises:
            Unavailable: it may have been done in part; ask again.
        """
        ...
