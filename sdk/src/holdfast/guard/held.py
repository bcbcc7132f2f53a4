"""Steps that were held or refused, by the call they belong to, and runs that wait for them.

Frameworks execute a held call once more when they resume; it must meet the answer that it waits for, not
a second question. A step that ran is never found here: running it again is a new action.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

from holdfast.guard.step import Step

HELD_MAX: Final = 4_096

Key = tuple[str, str, str]


class Held:
    """The latest held steps of this process, at most `HELD_MAX`."""

    def __init__(self) -> None:
        self._steps: OrderedDict[Key, Step] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, step: Step) -> None:
        """Remember a step until it runs; one without a call id can never be recognised again."""
        if not step.call_id:
            return
        with self._lock:
            self._steps[_key(step)] = step
            if len(self._steps) > HELD_MAX:
                self._steps.popitem(last=False)

    def find(self, run: str, call_id: str, digest: str) -> Step | None:
        """The step that this very call already is, if it was held or refused."""
        return self._steps.get((run, call_id, digest)) if call_id else None

    def of(self, id: str) -> Step | None:  # noqa: A002  # the step's own word for itself
        """The held step of this id."""
        return next((step for step in tuple(self._steps.values()) if step.id == id), None)

    def drop(self, step: Step) -> None:
        """The step runs: executing it once more would be another action."""
        if step.call_id:
            with self._lock:
                self._steps.pop(_key(step), None)


def _key(step: Step) -> Key:
    return (step.run.id, step.call_id, step.asked_digest)


class Paused:
    """Runs that a framework paused until people have answered, by the key under which it resumes them."""

    def __init__(self) -> None:
        self._starts: OrderedDict[str, Step] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, key: str, start: Step) -> None:
        """Remember a run; of too many the longest waiting is forgotten, and resuming it begins a new one."""
        with self._lock:
            self._starts[key] = start
            if len(self._starts) > HELD_MAX:
                self._starts.popitem(last=False)

    def take(self, key: str) -> Step | None:
        """The run under this key; it is not paused any more."""
        with self._lock:
            return self._starts.pop(key, None)
