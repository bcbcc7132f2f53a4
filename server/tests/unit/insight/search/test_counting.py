"""Facets are quick because nothing has to be sorted for them."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from holdfast_server.insight.search.fields import NOUNS, Column, Counters
from holdfast_server.record.runs.tables import runs


def test_facets_of_runs_are_counted_off_one_index() -> None:
    facets = [field for field in NOUNS["runs"].fields.values() if field.facet]
    words = [runs.c[field.place.name] for field in facets if isinstance(field.place, Column)]
    verdicts = [choice for field in facets if isinstance(field.place, Counters) for choice in field.choices]
    sums = [sa.func.sum(runs.c[name]) for name in verdicts]
    query = sa.select(sa.func.count(), *words, *sums).where(sa.true()).group_by(*words)
    with sqlite3.connect(":memory:") as connection:
        for make in (sa.schema.CreateTable(runs), *map(sa.schema.CreateIndex, runs.indexes)):
            connection.execute(str(make.compile(dialect=sqlite.dialect())))
        plan = connection.execute(f"EXPLAIN QUERY PLAN {query.compile(dialect=sqlite.dialect())}").fetchall()
    connection.close()
    assert [step[-1] for step in plan] == ["SCAN runs USING COVERING INDEX ix_runs_facets"]
