"""Bringing the control database's schema up to date, at every start.

A new database is made as the code has it, and one that is up to date is left alone; only what lies between
needs Alembic, whose import is a quarter of the time of a start.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

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
            await connection.run_sync(_bring_up, metadata)
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


def _bring_up(connection: sa.Connection, metadata: sa.MetaData) -> None:
    found = _read_version(connection)
    if found is None and not sa.inspect(connection).get_table_names():
        _make(connection, metadata)
    elif found != _newest():
        migrate(connection)


def _make(connection: sa.Connection, metadata: sa.MetaData) -> None:
    metadata.create_all(connection, checkfirst=False)
    VERSION.create(connection, checkfirst=False)
    connection.execute(sa.insert(VERSION).values(version_num=_newest()))


def _read_version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION.name):
        return None
    return connection.scalar(sa.select(VERSION.c.version_num))


def _newest() -> str:
    """The newest migration, by the number its file begins with."""
    return max(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))
