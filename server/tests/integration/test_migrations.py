"""The migrations make exactly the tables that the code uses, and so does a first start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import holdfast_server.app  # noqa: F401  # brings every table in
from holdfast_server.kit.db import metadata
from holdfast_server.migrations.control.upgrade import migrate, upgrade


def migrate_all(url: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()


def make(url: str) -> None:
    upgrade(url, metadata)


@pytest.mark.parametrize(
    "steps", [(migrate_all,), (make,), (make, make), (make, migrate_all), (migrate_all, make)]
)
def test_every_way_leads_to_what_the_code_uses(
    tmp_path: Path, steps: tuple[Callable[[str], None], ...]
) -> None:
    url = f"sqlite:///{tmp_path / 'control.db'}"
    for step in steps:
        step(url)
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences, version = compare_metadata(context, metadata), context.get_current_revision()
    engine.dispose()
    assert (differences, version) == ([], "0001")


def test_a_database_from_before_is_brought_up_to_date(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'control.db'}"
    make(url)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(sa.text("DELETE FROM alembic_version"))
    make(url)
    with engine.connect() as connection:
        assert set(metadata.tables) <= set(sa.inspect(connection).get_table_names())
    engine.dispose()


def test_every_table_has_a_form_in_postgresql() -> None:
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateTable

    for table in metadata.sorted_tables:
        assert (
            str(CreateTable(table).compile(dialect=postgresql.dialect())).strip().startswith("CREATE TABLE")
        )
