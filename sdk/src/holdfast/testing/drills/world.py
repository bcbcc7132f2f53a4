"""What really happened in a drill: a journal that the agents' tools write and nobody else.

Damage is counted from here and from the provider's statistics, never from what Holdfast says about itself.
The journal is a file so that it outlives the process that wrote it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

JOURNAL: Final = "world.jsonl"
"""The journal's name inside a half's folder."""
ALLOWED: Final = "allowed"
"""The event that a person allowed a call; its facts are the arguments they allowed."""


class Event(msgspec.Struct, frozen=True):
    """One thing that happened."""

    what: str
    at_ns: int
    facts: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])


class World:
    """The place where a drill's agents do their damage."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._lock = threading.Lock()

    def happened(self, what: str, **facts: Any) -> None:
        """Write one event down before the tool that caused it returns."""
        line = msgspec.json.encode(Event(what, time.time_ns(), facts)) + b"\n"
        with self._lock, self._journal.open("ab") as journal:
            journal.write(line)

    def events(self, what: str = "") -> Iterator[Event]:
        """Everything that happened, in order, or everything of one kind."""
        if not self._journal.exists():
            return
        for line in self._journal.read_bytes().splitlines():
            event = msgspec.json.decode(line, type=Event)
            if what in ("", event.what):
                yield event

    def count(self, what: str) -> int:
        """How often this happened."""
        return sum(1 for _ in self.events(what))

    def last(self, what: str) -> Event | None:
        """The latest event of a kind, if there is one."""
        return next(iter(reversed(list(self.events(what)))), None)
