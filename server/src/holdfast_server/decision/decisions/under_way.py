"""In which sessions an action is under way, known without walking through them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

STEPS_MAX: Final = 100_000
"""An older action is found in the tables."""


class UnderWay:
    """The sessions of each action; a client may call actions of several sessions the same."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def begin(self, step: str, session: str) -> None:
        """An action runs, or waits for people."""
        self._sessions[step] = (session, *(one for one in self.of(step) if one != session))
        self._sessions.move_to_end(step)
        if len(self._sessions) > STEPS_MAX:
            self._sessions.popitem(last=False)

    def end(self, step: str, session: str) -> None:
        """Its outcome is told."""
        left = tuple(one for one in self.of(step) if one != session)
        if left:
            self._sessions[step] = left
        else:
            self._sessions.pop(step, None)

    def of(self, step: str) -> tuple[str, ...]:
        """Where it is under way, the last one first."""
        return self._sessions.get(step, ())
