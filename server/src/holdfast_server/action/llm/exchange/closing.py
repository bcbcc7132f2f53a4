"""Closing the books of calls that were answered, once their answers are on the way.

Nobody waits for it, and what is closed together is closed faster. It is done before the loop waits again: a
client that asks once more, with its answer in hand, finds everything settled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import structlog

log = structlog.get_logger(__name__)
Soon: TypeAlias = Callable[[Callable[[], object]], object]
"""Does something once this turn of the loop is over."""


class Closings:
    """What is still to be closed."""

    __slots__ = ("_soon", "_waiting")

    def __init__(self, soon: Soon) -> None:
        self._soon = soon
        self._waiting: list[Callable[[], None]] = []

    def put(self, close: Callable[[], None]) -> None:
        """Do this when what was said has left."""
        self._waiting.append(close)
        if len(self._waiting) == 1:
            self._soon(self.run)

    def run(self) -> bool:
        """Do it now; whether there was something to do."""
        waiting, self._waiting = self._waiting, []
        for close in waiting:
            try:
                close()
            except Exception:
                # Its client has the answer; the others are closed nevertheless.
                log.exception("gateway.call.unsettled")
        return bool(waiting)
