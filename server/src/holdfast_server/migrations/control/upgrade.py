"""Bringing the control database's schema up to date, at every start.

A new database is made as the code has it, and one that is up to date is left alone; only what lies between
needs Alembic, whose import is a quarter of the time of a start.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

FOLDER: Final = Path(__file__).parent
UPGRADING: Final = 7420
"""The lock that a server takes while it changes tables that others may share."""
VERSION: Final = sa.Table(
    "alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True)
)


async def upgrade(url: str, metadata: sa.MetaData) -> None:
    """Make a new database, or apply what an older one lacks; of several servers that start, one does it.

    Args:
        url: the database, with the driver the server uses.
        metadata: every table, as the code has it.
    """
    engine = create_async_engine(url, poolclass=sa.NullPool)
    try:
        async with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(UPGRADING)))
            found, empty = await connection.run_sync(_look)
            if empty:
                await _make(connection, metadata)
            elif found != _newest():
                await connection.run_sync(migrate)
    finally:
        await engine.dispose()


def migrate(connection: sa.Connection) -> None:
    """Apply every migration that is missing, one after the other."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _look(connection: sa.Connection) -> tuple[str | None, bool]:
    """The version of the schema, if there is one, and whether there is nothing at all."""
    names = sa.inspect(connection).get_table_names()
    if VERSION.name not in names:
        return None, not names
    return connection.scalar(sa.select(VERSION.c.version_num)), False


async def _make(connection: AsyncConnection, metadata: sa.MetaData) -> None:
    """Make every table in one exchange: one by one, each would wait for its turn among a start's threads."""
    script = ";\n".join(_statements(connection.dialect, metadata))
    driver: Any = (await connection.get_raw_connection()).driver_connection
    if connection.dialect.name == "sqlite":
        # Whole or not at all, whenever this process is killed: nobody could bring half a schema up to date.
        await driver.executescript(f"BEGIN IMMEDIATE;\n{script};\nCOMMIT;")
    else:
        await driver.execute(script)


def _statements(dialect: sa.Dialect, metadata: sa.MetaData) -> list[str]:
    """All that makes a new database."""
    made: list[str] = []

    def keep(statement: sa.ExecutableDDLElement, *_: object, **__: object) -> None:
        made.append(str(statement.compile(dialect=dialect)).strip())

    engine = sa.create_mock_engine(f"{dialect.name}://", keep)
    for tables in (metadata, VERSION.metadata):
        tables.create_all(engine, checkfirst=False)
    made.append(f"INSERT INTO {VERSION.name} (version_num) VALUES ('{_newest()}')")  # noqa: S608  # our own names
    return made


def _newest() -> str:
    """The newest migration, by the number its file begins with."""
    return max(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))
