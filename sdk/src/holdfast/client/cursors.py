"""Up to where the server has each log: a small file for each, so that little is ever shipped twice."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

GAP_AGE_S: Final = 5.0
"""A hole may be a record that another thread is about to ship; an older one is filled from the ledger."""
AHEAD_MAX: Final = 100_000
_END: Final = " end"


class Cursors:
    """The next record of each log that the server lacks; used by one thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next: dict[str, int] = {}
        self._ahead: dict[str, set[int]] = {}
        self._expected: dict[str, int] = {}
        self._moved_at: dict[str, float] = {}
        self._changed: set[str] = set()

    def next(self, log: str) -> int:
        """The first record that the server may not have."""
        if log not in self._next:
            text = self._text(log).removesuffix(_END)
            self._next[log] = int(text) if text.isascii() and text.isdigit() else 0
        return self._next[log]

    def expect(self, log: str, index: int) -> None:
        """A record is on its way: if the server does not have it after a while, there is a hole."""
        if self._expected.get(log, -1) < self.next(log):
            self._moved_at[log] = time.monotonic()
        self._expected[log] = max(index, self._expected.get(log, -1))

    def note(self, log: str, index: int) -> None:
        """The server has this record."""
        following = self.next(log)
        ahead = self._ahead.setdefault(log, set())
        if index > following and len(ahead) < AHEAD_MAX:
            ahead.add(index)
        if index != following:
            return
        following += 1
        while following in ahead:
            ahead.discard(following)
            following += 1
        self._next[log] = following
        self._changed.add(log)
        self._moved_at[log] = time.monotonic()

    def gap(self) -> tuple[str, int, int] | None:
        """A hole that has stood for a while: its log, its first record, the first one behind it."""
        now = time.monotonic()
        for log, expected in self._expected.items():
            following = self.next(log)
            if following <= expected and now - self._moved_at[log] >= GAP_AGE_S:
                return log, following, min(self._ahead.get(log) or (expected + 1,))
        return None

    def finish(self, log: str) -> None:
        """The server has the whole log, and nobody writes it any more."""
        self._write(log, f"{self.next(log)}{_END}")

    def finished(self, log: str) -> bool:
        """Whether the server has the whole of it."""
        return self._text(log).endswith(_END)

    def save(self) -> None:
        """Write down what moved."""
        for log in self._changed:
            self._write(log, str(self._next[log]))
        self._changed.clear()

    def _text(self, log: str) -> str:
        path = self._folder / log
        return path.read_text("ascii", "replace") if path.exists() else ""

    def _write(self, log: str, text: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._folder / f"{log}.{os.getpid()}.new"
        fresh.write_text(text, "ascii")
        fresh.replace(self._folder / log)
