"""Filtered lists are quick because an index leads to their rows, however many others there are."""

from __future__ import annotations

import sqlite3

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from holdfast_server.record.runs.run import RunFilter
from holdfast_server.record.runs.store import filter_runs
from holdfast_server.record.runs.tables import runs


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (RunFilter(agents=("support",)), "ix_runs_agent (agent=?)"),
        (RunFilter(states=("failed",)), "ix_runs_state (state=?)"),
        (RunFilter(agents=("support",), states=("failed",)), "ix_runs_agent_state (agent=? AND state=?)"),
    ],
)
def test_a_filter_is_answered_by_its_index(wanted: RunFilter, index: str) -> None:
    query = sa.select(runs).where(*filter_runs(wanted)).order_by(runs.c.started_ns.desc(), runs.c.id.desc())
    text = str(query.limit(50).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    with sqlite3.connect(":memory:") as connection:
        for make in (sa.schema.CreateTable(runs), *map(sa.schema.CreateIndex, runs.indexes)):
            connection.execute(str(make.compile(dialect=sqlite.dialect())))
        plan = connection.execute(f"EXPLAIN QUERY PLAN {text}").fetchall()
    connection.close()
    assert plan[0][-1] == f"SEARCH runs USING INDEX {index}"
