"""The migrations make exactly the tables that the code uses, and running them again changes nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import holdfast_server.app  # noqa: F401  # brings every table in
from holdfast_server.kit.db import metadata
from holdfast_server.migrations.control.upgrade import upgrade


def test_migrations_make_what_the_code_uses(tmp_path):
    url = f"sqlite:///{tmp_path / 'control.db'}"
    upgrade(url)
    upgrade(url)
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert differences == []


def test_every_table_has_a_form_in_postgresql():
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateTable

    for table in metadata.sorted_tables:
        assert (
            str(CreateTable(table).compile(dialect=postgresql.dialect())).strip().startswith("CREATE TABLE")
        )
