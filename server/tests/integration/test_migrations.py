"""The migrations make exactly the tables that the code uses, on either engine, and so does a first start."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

import holdfast_server.app  # noqa: F401  # brings every table in
from holdfast_server.errors import Misconfigured
from holdfast_server.kit.db import driver_url, metadata, sqlite_url
from holdfast_server.migrations.control.upgrade import FOLDER, migrate, upgrade

Step = Callable[[str], Awaitable[None]]
NEWEST = max(path.name[:4] for path in (FOLDER / "versions").glob("0*.py"))


@pytest.fixture
def url(new_control_url: str, tmp_path: Path) -> str:
    return (
        sqlite_url(tmp_path / "control.db") if new_control_url == "sqlite://" else driver_url(new_control_url)
    )


async def look(url: str, work: Callable[[sa.Connection], Any]) -> Any:
    engine = create_async_engine(url, poolclass=sa.NullPool)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


async def migrate_all(url: str) -> None:
    await look(url, migrate)


async def make(url: str) -> None:
    await upgrade(url, metadata)


def differences(connection: sa.Connection) -> tuple[list[Any], str | None]:
    context = MigrationContext.configure(connection)
    return compare_metadata(context, metadata), context.get_current_revision()


def tables(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


def make_old(connection: sa.Connection) -> None:
    metadata.drop_all(connection)
    connection.execute(sa.text("DELETE FROM alembic_version"))


@pytest.mark.parametrize(
    "steps", [(migrate_all,), (make,), (make, make), (make, migrate_all), (migrate_all, make)]
)
async def test_every_way_leads_to_what_the_code_uses(url: str, steps: tuple[Step, ...]) -> None:
    for step in steps:
        await step(url)
    assert await look(url, differences) == ([], NEWEST)


async def test_a_database_from_before_is_brought_up_to_date(url: str) -> None:
    await make(url)
    await look(url, make_old)
    await make(url)
    assert set(metadata.tables) <= await look(url, tables)


async def test_servers_that_start_together_make_the_tables_once(postgres: Any) -> None:
    url = driver_url(postgres.make_database())
    await asyncio.gather(*(make(url) for _ in range(4)))
    assert await look(url, differences) == ([], NEWEST)


@pytest.mark.parametrize("wrong", ["mysql://u@h/d", "redis", "", "mongodb+srv://h"])
def test_an_engine_nobody_knows_is_refused_with_what_to_write(wrong: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        driver_url(wrong)
    assert "stores.control" in refused.value.hint


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg"])
def test_a_database_may_be_named_without_its_driver(scheme: str) -> None:
    assert driver_url(f"{scheme}://u:p@h/d?ssl=require") == "postgresql+asyncpg://u:p@h/d?ssl=require"
