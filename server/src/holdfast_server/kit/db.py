"""The control database: one writer that takes turns, and readers that never wait for it.

SQLite lets one connection write at a time; several writers starved each other for seconds when measured, so
there is exactly one, and every transaction on it begins as a writing one. PostgreSQL is used the same way, so
that what holds on one holds on both; servers that share one lock the rows they change. See
docs/adr/0010-sqlite-core.md.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Collection, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from functools import cache, lru_cache
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any, Final, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from holdfast_server.errors import Misconfigured, Unavailable

DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
"""One driver a database."""
READERS: Final = 4
BUSY_S: Final = 5
PARAMETERS_MAX: Final = 500
"""How many values one `IN (…)` may hold."""
PREPARED_MAX: Final = 128
"""So many statements are kept as the driver reads them."""
AS_THEY_ARE: Final = (sa.Boolean, sa.LargeBinary)
"""Every driver takes these as Python has them."""
Row = Mapping[str, Any] | msgspec.Struct
"""A value for each column: a mapping, or a struct whose fields are named like them."""

DELETE: Final = "\x7f"
_encode: Final = msgspec.json.Encoder().encode
_NOTHING: Final[dict[type[Any], str]] = {type(None): "null", list: "[]", tuple: "[]", dict: "{}"}
"""What most JSON columns hold."""

metadata = sa.MetaData()
"""Every table of the control database; each is defined beside the code that uses it."""

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("place", sa.BigInteger, nullable=False),
)
"""How far each log was taken in, kept in the same transaction as what it led to."""


class Database:
    """One control database, open for the life of the process."""

    def __init__(self, url: str) -> None:
        """Open it; nothing is connected to before it is needed."""
        self.url = url = driver_url(url)
        self._write = _engine(url, readers=False)
        self._read = _engine(url, readers=True)
        self._turn = asyncio.Lock()
        self._line = asyncio.Lock()
        """Where the others wait while one of them has its turn."""

    @asynccontextmanager
    async def write(self, *, first: bool = False) -> AsyncGenerator[AsyncConnection]:
        """A transaction that may write; one at a time, committed at the end, rolled back by an exception.

        Args:
            first: wait for the transaction under way, and not in the line behind it.
        """
        with _said():
            async with nullcontext() if first else self._line, self._turn, self._write.begin() as connection:
                yield connection

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A snapshot to read from."""
        with _said():
            async with self._read.connect() as connection:
                yield connection

    async def close(self) -> None:
        """Let every connection go."""
        await self._read.dispose()
        await self._write.dispose()


@contextmanager
def _said() -> Generator[None]:
    """A database that is locked, full or away is a reason to try again, not a fault of ours."""
    try:
        yield
    except OperationalError as error:
        told = str(error.orig).partition("\n")[0]
        raise Unavailable(f"the control database is not available: {told}", retry_after_s=2) from error


def sqlite_url(path: Path) -> str:
    """The URL of a database file."""
    return f"sqlite+aiosqlite:///{path.resolve()}"


def driver_url(url: str) -> str:
    """A URL with the driver that the server uses, whatever the database was called.

    Raises:
        Misconfigured: it is neither SQLite nor PostgreSQL.
    """
    scheme, colon, rest = url.partition(":")
    driver = DRIVERS.get(scheme.partition("+")[0])
    if driver is None or not colon:
        raise Misconfigured(
            f"no control state is kept at {scheme}:",
            hint="Set stores.control to sqlite:// or postgresql://user@host/database.",
        )
    return f"{driver}:{rest}"


def control_url(url: str, data: Path) -> str:
    """Where the control state is, as settings say it; in the data folder unless they name another place.

    Raises:
        Misconfigured: it is neither SQLite nor PostgreSQL.
    """
    return sqlite_url(data / "control.db") if url == "sqlite://" else driver_url(url)


def insert_into(connection: AsyncConnection, table: sa.Table) -> Any:
    """An INSERT that knows ON CONFLICT."""
    return insert_by(connection.dialect.name, table)


def insert_by(dialect: str, table: sa.Table) -> Any:
    """The same for this kind of database; importing the other dialect as well would lengthen every start."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert
    return insert(table)


async def upsert(connection: AsyncConnection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert rows; where the primary key stands already, replace what it holds."""
    if rows:
        statement = _upserting(connection.dialect.name, table, _names(rows[0]))
        await insert_rows(connection, statement, rows)


@cache
def _upserting(dialect: str, table: sa.Table, names: tuple[str, ...]) -> sa.Insert:
    made = insert_by(dialect, table)
    keys = [column.name for column in table.primary_key]
    fresh = {name: made.excluded[name] for name in names if name not in keys}
    return made.on_conflict_do_update(index_elements=keys, set_=fresh)


async def insert_new(connection: AsyncConnection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert rows; where the key stands already, it keeps what it holds."""
    if rows:
        await insert_rows(connection, _inserting_new(connection.dialect.name, table), rows)


@cache
def _inserting_new(dialect: str, table: sa.Table) -> sa.Insert:
    return insert_by(dialect, table).on_conflict_do_nothing()


async def add_up(
    connection: AsyncConnection,
    table: sa.Table,
    sums: tuple[str, ...],
    rows: Sequence[Row],
    *,
    names: tuple[str, ...] = (),
) -> None:
    """Insert rows; where the primary key stands already, add its sums, and of names the last said stands."""
    if rows:
        await insert_rows(connection, _adding_up(connection.dialect.name, table, sums, names), rows)


@cache
def _adding_up(dialect: str, table: sa.Table, sums: tuple[str, ...], names: tuple[str, ...]) -> sa.Insert:
    made = insert_by(dialect, table)
    fresh: dict[str, Any] = {name: table.c[name] + made.excluded[name] for name in sums}
    for name in names:
        said = made.excluded[name]
        fresh[name] = sa.case((said != "", said), else_=table.c[name])
    keys = [column.name for column in table.primary_key]
    return made.on_conflict_do_update(index_elements=keys, set_=fresh)


async def insert_rows(connection: AsyncConnection, statement: sa.Insert, rows: Sequence[Row]) -> None:
    """Run an INSERT for every row; all of them fill the same columns.

    They are handed to the driver as it takes them: SQLAlchemy spends longer on a row than SQLite does. A
    statement that its caller keeps is put into words once.
    """
    text, values_of = _prepare(statement, connection.dialect, type(rows[0]), _names(rows[0]))
    await connection.exec_driver_sql(text, [values_of(row) for row in rows])


def _names(row: Row) -> tuple[str, ...]:
    return row.__struct_fields__ if isinstance(row, msgspec.Struct) else tuple(row)


@lru_cache(PREPARED_MAX)
def _prepare(
    statement: sa.Insert, dialect: sa.Dialect, kind: type[Row], names: tuple[str, ...]
) -> tuple[str, Callable[[Row], tuple[Any, ...]]]:
    """A statement as the driver reads it, and the values of a row in its order."""
    made = statement.compile(dialect=dialect, column_keys=names)
    places = made.positiontup or []
    fixed = {name: value for name, value in made.params.items() if name not in names}
    types = [made.binds[name].type.dialect_impl(dialect) for name in places]
    written = [(at, write) for at, one in enumerate(types) if (write := _writer(one, dialect))]
    pick: Any = attrgetter(*places) if issubclass(kind, msgspec.Struct) else itemgetter(*places)

    def values_of(row: Any) -> tuple[Any, ...]:
        values = list(pick({**fixed, **row} if fixed else row))
        for at, write in written:
            values[at] = write(values[at])
        return tuple(values)

    return str(made), values_of


def _writer(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """How a driver wants a value to be written; None where it takes it as it is."""
    if isinstance(kind, sa.JSON):
        return write_json
    return None if isinstance(kind, AS_THEY_ARE) else kind.bind_processor(dialect)


def chunks(ids: Collection[str]) -> list[list[str]]:
    """Ids in lists that fit into one `IN (…)`."""
    unique = sorted(set(ids))
    return [unique[start : start + PARAMETERS_MAX] for start in range(0, len(unique), PARAMETERS_MAX)]


def write_json(value: Any) -> str:
    """A value as it is kept in a JSON column, in ASCII: so it was always kept, and so it is searched."""
    if not value and (nothing := _NOTHING.get(cast("type[Any]", type(value)))):
        return nothing
    try:
        text = _encode(value).decode("ascii")
    except UnicodeError:  # also half a character, as a model may cut it
        return json.dumps(value)
    return text if DELETE not in text else json.dumps(value)


async def read_cursor_place(connection: AsyncConnection, name: str) -> int:
    """How far the log of this name was taken in; 0 at first."""
    found: int | None = await connection.scalar(sa.select(cursors.c.place).where(cursors.c.name == name))
    return found or 0


def _engine(url: str, *, readers: bool) -> AsyncEngine:
    kept = url.startswith("sqlite")
    engine = create_async_engine(
        url,
        pool_size=READERS if readers else 1,
        max_overflow=0,
        # A connection that a server closed meanwhile is replaced rather than failing a request.
        pool_pre_ping=not kept,
        json_serializer=write_json,
    )
    if not kept:
        return engine
    begin = "BEGIN" if readers else "BEGIN IMMEDIATE"

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: DBAPIConnection, _: Any) -> None:  # pyright: ignore[reportUnusedFunction]  # registered
        connection.isolation_level = None  # type: ignore[attr-defined]  # sqlite3's own; we begin transactions ourselves
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        if readers:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: sa.Connection) -> None:  # pyright: ignore[reportUnusedFunction]  # registered
        connection.exec_driver_sql(begin)

    return engine


_PRAGMAS: Final = (
    "journal_mode=WAL",
    # An answer says that what it acknowledges is durable, so a commit waits for the disk (0.1 ms here).
    "synchronous=FULL",
    f"busy_timeout={BUSY_S * 1000}",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-32768",
)
