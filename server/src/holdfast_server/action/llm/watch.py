"""Whether the control database changed, asked so cheaply that it can be asked all the time."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Final

SQLITE: Final = "sqlite"


class Watch:
    """Looks at one database; of one that cannot be looked at so cheaply it says that it may have changed.

    SQLite counts the commits of others for each connection, and reading that count takes microseconds.
    """

    def __init__(self, url: str) -> None:
        self._path = Path(url.partition("///")[2]) if url.startswith(SQLITE) else None
        self._connection: sqlite3.Connection | None = None
        self._version = -1

    @property
    def is_cheap(self) -> bool:
        """Whether it may be asked every few milliseconds."""
        return self._path is not None

    def moved(self) -> bool:
        """Whether anything may have been committed since it was asked last."""
        if self._path is None:
            return True
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error:
            self.close()
            return True
        before, self._version = self._version, version
        return version != before

    def close(self) -> None:
        """Let the database go."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None
