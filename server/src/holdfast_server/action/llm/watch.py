"""Whether the control database changed, asked so cheaply that it can be asked all the time."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

SQLITE: Final = "sqlite"
Answer = TypeVar("Answer")


class Watch:
    """Looks at one database; of one that cannot be looked at so cheaply it says that it may have changed.

    SQLite counts the commits of others for each connection, and reading that count takes microseconds. Small
    questions are answered at once, too: an order to stop waits for no thread.
    """

    def __init__(self, url: str) -> None:
        self._path = Path(url.partition("///")[2]) if url.startswith(SQLITE) else None
        self._connection: sa.Connection | None = None
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
            (version,) = self._driver().execute("PRAGMA data_version").fetchone()
        except (sqlite3.Error, SQLAlchemyError):
            self.close()
            return True
        before, self._version = self._version, version
        return version != before

    def ask(self, question: Callable[[sa.Connection], Answer]) -> Answer:
        """The answer to a small question, on this thread; only of a database that is cheap.

        Raises:
            SQLAlchemyError: it cannot be read.
        """
        return question(self._connected())

    def close(self) -> None:
        """Let the database go."""
        if self._connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                self._connection.close()
                self._connection.engine.dispose()
        self._connection = None

    def _connected(self) -> sa.Connection:
        if self._connection is None:
            engine = sa.create_engine("sqlite://", creator=self._open, isolation_level="AUTOCOMMIT")
            self._connection = engine.connect()
        return self._connection

    def _driver(self) -> sqlite3.Connection:
        """The connection itself: SQLAlchemy spends twenty times as long on a question as SQLite does."""
        return cast("sqlite3.Connection", self._connected().connection.driver_connection)

    def _open(self) -> sqlite3.Connection:
        assert self._path is not None, "only of a database that is cheap"
        return sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
