"""A wrapper's usage is no money, whichever comes first, it or what it wraps, and however often in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast_server.action.otlp.billing import Pricer
from holdfast_server.adapters.spans.memory import MemorySpans
from holdfast_server.kit.db import Database, metadata, sqlite_url
from holdfast_server.record.books.tables import charges, conduct, latencies, totals
from holdfast_server.record.pricing import price_usage
from holdfast_server.record.runs.tables import run_counts, runs, seen_spans, spend, taken_back
from holdfast_server.record.runs.taking_back import amend_wrappers
from holdfast_server.record.runs.traces import take_spans
from holdfast_server.record.spans.span import Span

TRACE, BEGAN, MS, S = "ab" * 16, 1_800_000_000_000_000_000, 1_000_000, 1_000_000_000
SUMS = {
    charges: ("calls", "unpriced", "micro_usd", "tokens_in", "tokens_out"),
    conduct: ("models_done", "tools_done"),
    latencies: ("calls",),
    spend: ("micro_usd", "calls", "unpriced"),
    runs: ("cost_micro_usd", "tokens_in", "tokens_out", "model_calls", "priced_calls", "steps"),
}


def make_span(place: int, kind: str, parent: int | None, depth: int, tokens: int, **more: Any) -> Span:
    said: dict[str, Any] = {}
    if kind == "model":
        usage = {"input_tokens": tokens, "output_tokens": 10}
        said = {
            "tokens_in": tokens,
            "tokens_out": 10,
            "usage": usage,
            "model": "gpt-4o",
            "provider": "openai",
        }
    return Span(
        TRACE, name(place), "" if parent is None else name(parent), BEGAN + depth * MS,
        BEGAN + 100 * S - depth * MS + place, f"span {place}", kind, target=f"target {place}",
        **said | more,
    )  # fmt: skip


def name(place: int) -> str:
    return f"{place + 1:016x}"


@st.composite
def traces(draw: st.DrawFn, *, twins: bool) -> list[Span]:
    """A tree of spans of which any model call may wrap others; with twins, some calls are reported twice."""
    size = draw(st.integers(2, 9))
    parents: list[int | None] = [None, *(draw(st.integers(0, place - 1)) for place in range(1, size))]
    kinds = ["start", *(draw(st.sampled_from(["model", "model", "span", "tool"])) for _ in range(size - 1))]
    depths = [0] * size
    for place in range(1, size):
        depths[place] = depths[parents[place] or 0] + 1
    tokens = [0] * size
    for place in reversed(range(size)):
        # A wrapper reports what the calls below it used; every other call used something of its own.
        if kinds[place] == "model" and not tokens[place]:
            tokens[place] = 1_000 + 37 * place
        if place:
            tokens[parents[place] or 0] += tokens[place]
    made: list[Span] = []
    for place in range(size):
        id_of_answer = {"response_id": f"answer-{place}"} if twins and place not in parents else {}
        # Only what different libraries report may be one call.
        scope = f"layer {depths[place]}" if twins else "one"
        about = {"scope": scope, **id_of_answer}
        one = make_span(place, kinds[place], parents[place], depths[place], tokens[place], **about)
        made.append(one)
        if id_of_answer and kinds[place] == "model" and draw(st.booleans()):
            made.append(msgspec.structs.replace(one, span_id=name(100 + place), scope="twin"))
    return made


class World:
    """The way from spans to sums, with everything that outlives a process."""

    def __init__(self, db: Database) -> None:
        self.store, self._db = MemorySpans(), db

    async def clear(self) -> None:
        self.store = MemorySpans()
        async with self._db.write() as connection:
            for table in (*SUMS, totals, seen_spans, run_counts, taken_back):
                await connection.execute(sa.delete(table))

    async def take(self, pricer: Pricer, spans: Sequence[Span], *, killed: bool = False) -> None:
        """Take a block in; killed before the span store was told of wrappers, another start does that."""
        block = list(pricer.bill(spans))
        await self.store.write(block, token="")
        async with self._db.write() as connection:
            await take_spans(connection, block, find=self.store.list_some, now_ns=BEGAN + 200 * S)
        if not killed:
            await amend_wrappers(self._db, self.store)

    async def sums(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        async with self._db.read() as connection:
            for table, names in SUMS.items():
                columns = [sa.func.coalesce(sa.func.sum(table.c[one]), 0) for one in names]
                row = (await connection.execute(sa.select(*columns))).one()
                found |= {f"{table.name}.{one}": value for one, value in zip(names, row, strict=True)}
        stored = list(self.store.all())
        found["stored"] = sum(span.cost_micro_usd or 0 for span in stored if span.billed)
        found["billed"] = sum(span.billed for span in stored)
        return found


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def world(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    db = Database(sqlite_url(Path(tmp_path_factory.mktemp("wrappers")) / "control.db"))

    async def make() -> World:
        async with db.write() as connection:
            await connection.run_sync(metadata.create_all)
        return World(db)

    yield runner.run(make())
    runner.run(db.close())


async def whole(world: World, spans: Sequence[Span]) -> dict[str, Any]:
    await world.clear()
    await world.take(Pricer(price_usage), spans)
    return await world.sums()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(traces(twins=False), st.randoms(use_true_random=False))
def test_orders_blocks_restarts_and_replays_come_to_the_sums_of_one_block(
    world: World, runner: asyncio.Runner, spans: list[Span], dice: Any
) -> None:
    async def compare() -> None:
        plain = await whole(world, spans)
        await world.clear()
        order, pricer = dice.sample(spans, len(spans)), Pricer(price_usage)
        while order:
            size = dice.randint(1, 3)
            block, order = order[:size], order[size:]
            for _ in range(dice.choice([1, 1, 2])):
                if dice.random() < 0.3:
                    pricer = Pricer(price_usage)  # a restart after which nothing is remembered
                await world.take(pricer, block, killed=bool(order) and dice.random() < 0.3)
        assert await world.sums() == plain

    runner.run(compare())


@settings(max_examples=30, deadline=None, derandomize=True)
@given(traces(twins=True), st.randoms(use_true_random=False))
def test_other_reports_of_the_calls_in_between_make_no_difference(
    world: World, runner: asyncio.Runner, spans: list[Span], dice: Any
) -> None:
    async def compare() -> None:
        plain = await whole(world, spans)
        await world.clear()
        order, before = dice.sample(spans, len(spans)), list[list[Span]]()
        pricer = Pricer(price_usage)
        while order:
            size = dice.randint(1, 3)
            block, order = order[:size], order[size:]
            if dice.random() < 0.3:
                pricer = Pricer(price_usage)  # a restart that learns from what the journal still holds
                for one in before:
                    pricer.bill(one)
            await world.take(pricer, block)
            before.append(block)
        assert await world.sums() == plain

    runner.run(compare())
