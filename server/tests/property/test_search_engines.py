"""Every engine finds what the plain evaluator says fits, and no query reaches beyond its scope."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server.tests.property.search_rows import (
    NOW,
    make_counts,
    make_leaf,
    make_query,
    make_runs,
    make_span,
    make_uses,
)

from holdfast_server.adapters.spans.clickhouse import ClickHouseSpans
from holdfast_server.adapters.spans.days import day_of
from holdfast_server.adapters.spans.memory import MemorySpans
from holdfast_server.adapters.spans.searching import ClickHouseSearch
from holdfast_server.adapters.spans.upkeep import INDEXES
from holdfast_server.engines import search_of
from holdfast_server.insight.search.binding import bind_query
from holdfast_server.insight.search.engine import SpanSearch
from holdfast_server.insight.search.evaluate import fits
from holdfast_server.insight.search.fields import NOUNS, NounName
from holdfast_server.insight.search.parser import parse_query
from holdfast_server.insight.search.scope import EVERYTHING, Fenced, Scope, fence
from holdfast_server.insight.search.sql import TABLES, compile_sql
from holdfast_server.kit.db import Database, metadata
from holdfast_server.record.ledger.tables import leaves
from holdfast_server.record.runs.tables import run_counts, run_uses, runs, steps

SEED = 7
QUERIES = st.randoms(use_true_random=True)
KEYS = {"runs": "id", "decisions": "id", "ledger": "position"}
slowly = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def ask(noun: NounName, query: str, scope: Scope = EVERYTHING) -> Fenced:
    return fence(noun, bind_query(parse_query(query), NOUNS[noun], now_ns=NOW), scope)


class Rows:
    """The same rows in a control database and as plain values."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self._db = Database(url)
        self._dialect = "postgresql" if "postgresql" in url else "sqlite"
        dice = random.Random(SEED)
        made, taken = make_runs(dice, 40)
        step_rows = [msgspec.structs.asdict(step) for step in taken]
        run_rows = [msgspec.structs.asdict(run) for run in made]
        leaf_rows = [make_leaf(dice, place) for place in range(60)]
        uses, counts = make_uses(dice, made), make_counts(dice, made)
        kept = {runs: run_rows, steps: step_rows, leaves: leaf_rows, run_uses: uses}
        count_rows = [msgspec.structs.asdict(count) for count in counts.values()]
        self._runner.run(self._keep({**kept, run_counts: count_rows}))
        for run in run_rows:
            run["its_steps"] = [step for step in step_rows if step["run"] == run["id"]]
            run["its_uses"] = [(use["kind"], use["name"]) for use in uses if use["run"] == run["id"]]
            run["its_counts"] = counts.get(run["id"])
        self.plain: dict[NounName, list[dict[str, Any]]] = {
            "runs": run_rows,
            "decisions": step_rows,
            "ledger": leaf_rows,
        }

    def found(self, asked: Fenced) -> set[Any]:
        table = TABLES[asked.noun]
        query = sa.select(table.c[KEYS[asked.noun]]).where(compile_sql(asked, self._dialect))
        return set(self._runner.run(self._scalars(query)))

    def expected(self, asked: Fenced) -> set[Any]:
        return {row[KEYS[asked.noun]] for row in self.plain[asked.noun] if fits(row, asked)}

    def close(self) -> None:
        self._runner.run(self._db.close())
        self._runner.close()

    async def _keep(self, rows: Mapping[sa.Table, list[dict[str, Any]]]) -> None:
        async with self._db.write() as connection:
            await connection.run_sync(metadata.create_all)
            for table, some in rows.items():
                await connection.execute(sa.insert(table), some)

    async def _scalars(self, query: sa.Select[Any]) -> list[Any]:
        async with self._db.read() as connection:
            return list(await connection.scalars(query))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def rows(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rows]:
    if request.param == "sqlite":
        made = Rows(f"sqlite:///{tmp_path_factory.mktemp('search')}/control.db")
    else:
        made = Rows(request.getfixturevalue("postgres").make_database())
    yield made
    made.close()


@slowly
@given(QUERIES, st.sampled_from(["runs", "decisions", "ledger"]))
def test_the_control_database_finds_what_fits(rows: Rows, dice: random.Random, noun: NounName) -> None:
    query = make_query(dice, noun)
    asked = ask(noun, query)
    assert rows.found(asked) == rows.expected(asked), query


@slowly
@given(QUERIES, st.sampled_from(["runs", "decisions", "ledger"]))
def test_no_query_reaches_beyond_its_scope(rows: Rows, dice: random.Random, noun: NounName) -> None:
    may_see = ask(noun, "agent:refunds").where
    asked = ask(noun, make_query(dice, noun), Scope(((noun, may_see),)))
    assert rows.found(asked) <= rows.expected(Fenced(noun, may_see))


class Spans:
    """The same spans in an engine and as plain values."""

    def __init__(self, store: ClickHouseSpans | MemorySpans) -> None:
        self._runner = asyncio.Runner()
        self._store = store
        dice = random.Random(SEED)
        self.plain = [make_span(dice, place) for place in range(120)]
        self._runner.run(self._keep())
        # Slices so small that most searches need several.
        self.search: SpanSearch = (
            ClickHouseSearch(store, slice_spans=7) if isinstance(store, ClickHouseSpans) else search_of(store)
        )

    def pages(self, asked: Fenced, limit: int) -> list[str]:
        found, before = list[str](), None
        while True:
            page = self._runner.run(self.search.find(asked, before=before, limit=limit))
            found += [span.span_id for span in page.spans]
            before = page.next
            if before is None:
                return found

    def run(self, work: Callable[[], Any]) -> Any:
        return self._runner.run(work())

    def expected(self, asked: Fenced) -> list[str]:
        fit = [span for span in self.plain if fits(msgspec.structs.asdict(span), asked)]
        return [span.span_id for span in sorted(fit, key=lambda span: span.start_ns, reverse=True)]

    def close(self) -> None:
        self._runner.run(self._store.close())
        self._runner.close()

    async def _keep(self) -> None:
        await self._store.open()
        for start in range(0, len(self.plain), 40):
            await self._store.write(self.plain[start : start + 40], token=f"t{start}")
        await self._store.write(self.plain[:20], token="again")
        if isinstance(self._store, ClickHouseSpans):
            # A day without indexes, as after large blocks, beside those that have them.
            await self._store.command(f"OPTIMIZE TABLE {self._store.database}.spans FINAL")
            bare = f"IN PARTITION {day_of(NOW)} SETTINGS mutations_sync = 1"
            for index in INDEXES:
                await self._store.command(
                    f"ALTER TABLE {self._store.database}.spans CLEAR INDEX {index} {bare}"
                )
            await self._store.write(self.plain[-5:], token="last")


@pytest.fixture(scope="module", params=["memory", "chdb"])
def spans(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spans]:
    if request.param == "memory":
        made = Spans(MemorySpans())
    else:
        pytest.importorskip("chdb", reason="chDB is not installed: searching it is not checked")
        folder: Path = tmp_path_factory.mktemp("spans")
        made = Spans(
            ClickHouseSpans(f"chdb:///{str(folder).lstrip('/')}", database=f"t_{secrets.token_hex(6)}")
        )
    yield made
    made.close()


@slowly
@given(QUERIES)
def test_the_span_store_finds_what_fits_page_by_page(spans: Spans, dice: random.Random) -> None:
    query = make_query(dice, "spans")
    asked = ask("spans", query)
    assert spans.pages(asked, limit=dice.choice((7, 500))) == spans.expected(asked), query


@slowly
@given(QUERIES)
def test_no_query_reaches_spans_beyond_its_scope(spans: Spans, dice: random.Random) -> None:
    may_see = ask("spans", "agent:refunds").where
    asked = ask("spans", make_query(dice, "spans"), Scope((("spans", may_see),)))
    assert {*spans.pages(asked, limit=500)} <= {*spans.expected(Fenced("spans", may_see))}


def test_values_are_counted(spans: Spans) -> None:
    asked = ask("spans", "kind:tool")
    fields = [NOUNS["spans"].fields[key] for key in ("agent", "tool", "status")]
    counted = spans.run(lambda: spans.search.count(asked, fields, limit=3))
    assert set(counted) == {"agent", "tool", "status"}
    assert {value for value, _ in counted["status"]} == {"ok", "error", "unset"}
    assert all(pairs == sorted(pairs, key=lambda one: -one[1]) for pairs in map(list, counted.values()))


def test_the_names_of_attributes_are_known(spans: Spans) -> None:
    names = spans.run(lambda: spans.search.names("attributes", limit=2))
    assert names[0][0] == "http.status"
