"""Calling again what failed in passing: only what may be repeated, never more than can be borne."""

from __future__ import annotations

import random
import threading
from typing import Any, Final

from holdfast.action import Contract, Effect, Retries
from holdfast.errors import Misconfigured, Refused, RequestError, Tampered

PASSING: Final = frozenset({"ConnectionError", "TimeoutError", "TransportError", "Unavailable", "TimedOut"})
"""Errors that may be gone the next moment, by the name of a class they inherit from."""
NEVER: Final = (Refused, Misconfigured, RequestError, Tampered)
"""Our own answers: asking again gets the same one."""
RESERVE: Final = 10.0
"""Repetitions that a tool has to begin with, and at most."""
EARNED: Final = 0.1
"""How much of a repetition every first call earns: in the long run one of ten calls is repeated."""


class Told(Exception):
    """A failure that a framework has put into words already: it counts like the error itself."""

    def __init__(self, error: BaseException, words: Any) -> None:
        super().__init__(str(error))
        self.error = error
        self.words = words


def may_repeat(contract: Contract) -> bool:
    """Whether doing it twice does nothing twice."""
    return contract.effect is Effect.READ or contract.idempotent


def passes(error: BaseException, retries: Retries) -> bool:
    """Whether an error may be gone the next moment."""
    if isinstance(error, Told):
        error = error.error
    if not isinstance(error, Exception) or isinstance(error, NEVER):
        return False
    names = {kind.__name__ for kind in type(error).__mro__}
    return not names.isdisjoint(PASSING) or not names.isdisjoint(retries.on)


def wait_s(retries: Retries, attempt: int) -> float:
    """How long to wait before this repetition: twice as long each time, half of it at random."""
    longest = min(retries.wait_s * 2 ** (attempt - 1), retries.wait_max_s)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  # jitter, no secret


class RetryBudget:
    """Repetitions left to each tool: when most calls fail, repeating them all would finish it off."""

    def __init__(self) -> None:
        self._left: dict[str, float] = {}
        self._lock = threading.Lock()

    def earn(self, tool: str) -> None:
        """A first call was made."""
        with self._lock:
            self._left[tool] = min(self._left.get(tool, RESERVE) + EARNED, RESERVE)

    def take(self, tool: str) -> bool:
        """Use one repetition, if there is one left."""
        with self._lock:
            left = self._left.get(tool, RESERVE)
            if left < 1:
                return False
            self._left[tool] = left - 1
            return True
