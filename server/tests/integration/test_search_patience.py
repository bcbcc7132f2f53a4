"""A search that takes too long is stopped and says what to do."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from holdfast_server.errors import Invalid
from holdfast_server.insight.search.patience import within_patience
from holdfast_server.kit.db import Database, sqlite_url

LONG = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


async def test_what_takes_too_long_is_stopped(control_url, tmp_path):
    db = Database(sqlite_url(tmp_path / "c.db") if control_url == "sqlite://" else control_url)
    async with db.read() as connection:
        with pytest.raises(Invalid, match=r"longer than 0\.2 s"):
            async with within_patience(connection, 0.2):
                await connection.execute(sa.text(LONG[connection.dialect.name]))
    async with db.read() as connection, within_patience(connection, 0.2):
        assert await connection.scalar(sa.text("SELECT 1")) == 1
    await db.close()
