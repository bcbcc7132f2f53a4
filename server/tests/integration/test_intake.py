"""Blocks of the journal: after a kill between its two halves a block comes again, as it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.action.otlp import intake
from holdfast_server.action.otlp.decode import PROTOBUF, decode
from holdfast_server.adapters.spans.memory import MemorySpans
from holdfast_server.app import open_services
from holdfast_server.decision.control.kill import KillAsk
from holdfast_server.errors import Unavailable
from holdfast_server.kit.db import Database, read_cursor_place, sqlite_url
from holdfast_server.record.books.tables import charges
from holdfast_server.record.runs.traces import take_spans
from holdfast_server.record.spans.span import Span
from holdfast_server.settings import Http, Settings, Stores

NOW_NS = 1_795_000_000_000_000_000


@pytest.fixture
def control_url() -> str:
    return "sqlite://"


def settings_of(folder: Path) -> Settings:
    return Settings(data=folder / "data", stores=Stores(spans="memory://"), http=Http(otlp_port=None))


class Noting(MemorySpans):
    """Remembers under which names blocks came."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[str, int]] = []

    async def write(self, batch: Sequence[Span], *, token: str) -> None:
        if batch:
            self.blocks.append((token, len(batch)))
        await super().write(batch, token=token)


class Slow(Noting):
    """Takes its time for a block."""

    async def write(self, batch: Sequence[Span], *, token: str) -> None:
        await super().write(batch, token=token)
        await asyncio.sleep(0.2)


class Cut:
    """A database whose writer is cancelled right after it committed, the first time that it counted."""

    def __init__(self, db: Database) -> None:
        self._db, self.cuts = db, 0
        self.read = db.read

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        async with self._db.write() as connection:
            yield connection
            counted = await read_cursor_place(connection, intake.COUNTED)
        if counted and not self.cuts:
            self.cuts += 1
            raise asyncio.CancelledError


class Refusing(Noting):
    """Has no room for the first block, the first time."""

    refused = 0

    async def write(self, batch: Sequence[Span], *, token: str) -> None:
        if batch and not self.refused:
            self.refused += 1
            await asyncio.sleep(0.2)
            raise Unavailable("no room")
        await super().write(batch, token=token)


class Restless(Noting):
    """Cannot rest the first time."""

    rests = 0

    async def rest(self) -> None:
        self.rests += 1
        if self.rests == 1:
            raise Unavailable("no rest")


async def wait_for(true) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen in time")


async def test_a_block_that_was_stored_and_not_counted_comes_again_as_it_was(
    tmp_path: Path, trace_request, monkeypatch
):
    settings, store = settings_of(tmp_path), Noting()

    async def killed(*_: object, **__: object) -> set[str]:
        raise Unavailable("killed before it was counted")

    async with open_services(settings, spans=store) as services:
        monkeypatch.setattr(services.intake, "_count", killed)
        await services.intake.take(decode(trace_request(3).SerializeToString(), PROTOBUF))
        await wait_for(lambda: store.blocks)
        # More arrives before the end; it must not become part of the block that is stored already.
        await services.intake.take(decode(trace_request(5).SerializeToString(), PROTOBUF))
    first = store.blocks[0]
    assert first[1] == 3
    store.blocks.clear()
    async with open_services(settings, spans=store) as services:
        await wait_for(lambda: services.intake.flow().pending == 0)
        assert services.intake.flow().stored == 8
    assert store.blocks[0] == first
    assert [count for _, count in store.blocks] == [3, 5]
    assert sum(len(trace) for trace in store.traces.values()) == 8


async def test_a_retry_is_known_after_a_restart(tmp_path: Path, trace_request):
    settings, store = settings_of(tmp_path), Noting()
    body = trace_request(3).SerializeToString()
    for _ in range(2):
        async with open_services(settings, spans=store) as services:
            for _ in range(2):
                await services.intake.take(decode(body, PROTOBUF))
            await wait_for(lambda: services.intake.ready and services.intake.flow().pending == 0)
    assert [count for _, count in store.blocks] == [3]


@asynccontextmanager
async def open_control(settings: Settings) -> AsyncGenerator[AsyncConnection]:
    db = Database(sqlite_url(settings.data / "control.db"))
    async with db.read() as connection:
        yield connection
    await db.close()


def make_call(place: int, parent: int) -> bytes:
    """A request with one model call of one trace."""
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add(trace_id=b"\x07" * 16)
    span.span_id, span.parent_span_id = place.to_bytes(8, "big"), parent.to_bytes(8, "big") if parent else b""
    span.start_time_unix_nano, span.end_time_unix_nano = NOW_NS + place, NOW_NS + 1_000_000 - place
    said = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "openai/gpt-4o"}
    for key, value in (said | {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10}).items():
        kind = "int_value" if isinstance(value, int) else "string_value"
        span.attributes.append(KeyValue(key=key, value=AnyValue(**{kind: value})))
    return request.SerializeToString()


async def test_a_wrapper_that_came_first_is_billed_no_more_also_after_a_restart(tmp_path: Path):
    settings, store, run = settings_of(tmp_path), Noting(), (b"\x07" * 16).hex()
    for place, parent in ((2, 1), (1, 0), (3, 2)):
        async with open_services(settings, spans=store) as services:
            await services.intake.take(decode(make_call(place, parent), PROTOBUF))
            await wait_for(lambda: services.intake.ready and services.intake.flow().pending == 0)
            shown = await services.runs.get(run)
            assert (shown.model_calls, shown.tokens_in, shown.cost_usd) == (1, 100, 0.00035)
    async with open_services(settings, spans=store), open_control(settings) as connection:
        sums = sa.select(sa.func.sum(charges.c.calls), sa.func.sum(charges.c.micro_usd))
        assert (await connection.execute(sums)).one() == (1, 350)
        await wait_for(lambda: all(span.span_id.endswith("3") == span.billed for span in store.all()))
    spans = sorted(store.all(), key=lambda one: one.span_id)
    assert [span.counted for span in spans] == ["wrapper", "wrapper", "once"]
    assert [span.billed for span in spans] == [False, False, True]


async def test_a_stop_in_the_middle_of_a_block_stores_and_counts_it_once(tmp_path: Path, trace_request):
    settings, store = settings_of(tmp_path), Slow()
    async with open_services(settings, spans=store) as services:
        await services.intake.take(decode(trace_request(3).SerializeToString(), PROTOBUF))
        await wait_for(lambda: store.blocks)
        assert await services.intake.drain(10)
        assert services.intake.flow().stored == 3
    assert len(store.blocks) == 1


async def test_a_block_that_was_counted_and_not_stored_is_stored_and_counted_once(
    tmp_path: Path, trace_request, monkeypatch
):
    settings, store, told = settings_of(tmp_path), Refusing(), list[bool]()
    request = trace_request(3)
    trace = request.resource_spans[0].scope_spans[0].spans[0].trace_id.hex()
    async with open_services(settings, spans=store) as services:

        def touch(*, runs: set[str]) -> None:
            assert runs == {trace}
            told.append(bool(store.traces))

        monkeypatch.setattr(services.intake._changes, "touch", touch)
        await services.intake.take(decode(request.SerializeToString(), PROTOBUF))
        await wait_for(lambda: services.intake.ready and services.intake.flow().pending == 0)
        run = await services.runs.get(trace)
    assert store.refused == 1
    assert (run.steps, run.completeness.accepted, len(store.traces[trace])) == (3, 3, 3)
    assert told == [True], "who looks when told that a run changed finds its spans"


async def test_a_stop_while_counting_commits_counts_it_once(tmp_path: Path, trace_request, monkeypatch):
    request = trace_request(3)
    trace = request.resource_spans[0].scope_spans[0].spans[0].trace_id.hex()
    async with open_services(settings_of(tmp_path), spans=Noting()) as services:
        cut = Cut(services.intake._db)
        monkeypatch.setattr(services.intake, "_db", cut)
        await services.intake.take(decode(request.SerializeToString(), PROTOBUF))
        await wait_for(lambda: cut.cuts)
        assert await services.intake.drain(10)
        run = await services.runs.get(trace)
    assert (run.steps, run.completeness.accepted) == (3, 3)


CHUNKS = (1_000, 1_000, 200)
"""How a block of 2,200 spans is counted."""


async def test_an_order_to_stop_waits_for_a_chunk_and_not_for_a_block(
    tmp_path: Path, trace_request, monkeypatch
):
    events: list[str] = []
    orders: list[asyncio.Task[object]] = []

    async def take(connection: AsyncConnection, spans: Sequence[Span], **options: object) -> object:
        if not orders:
            asked = KillAsk(scope="org", by="ann", reason="stop")
            orders.append(asyncio.ensure_future(services.kills.order(asked)))
            orders[0].add_done_callback(lambda _: events.append("stop"))
        counted = await take_spans(connection, spans, **options)
        events.append(str(len(spans)))
        return counted

    async with open_services(settings_of(tmp_path), spans=Noting()) as services:
        monkeypatch.setattr(intake, "take_spans", take)
        await services.intake.take(decode(trace_request(2_200).SerializeToString(), PROTOBUF))
        await wait_for(lambda: services.intake.flow().stored == 2_200)
    first, *rest = CHUNKS
    assert events == [str(first), "stop", *map(str, rest)]


@pytest.mark.parametrize("chunk", range(len(CHUNKS)))
async def test_what_was_counted_of_a_block_is_not_counted_again(
    tmp_path: Path, trace_request, monkeypatch, chunk: int
):
    settings, store, counted = settings_of(tmp_path), Noting(), list[int]()

    async def take(connection: AsyncConnection, spans: Sequence[Span], **options: object) -> object:
        if len(counted) == chunk:
            raise Unavailable("killed in the middle of a chunk")
        found = await take_spans(connection, spans, **options)
        counted.append(len(spans))
        return found

    request = trace_request(2_200)
    trace = request.resource_spans[0].scope_spans[0].spans[0].trace_id.hex()
    async with open_services(settings, spans=store) as services:
        monkeypatch.setattr(intake, "take_spans", take)
        await services.intake.take(decode(request.SerializeToString(), PROTOBUF))
        await wait_for(lambda: services.intake.problem)
    assert counted == list(CHUNKS[:chunk])
    monkeypatch.setattr(intake, "take_spans", take_spans)
    async with open_services(settings, spans=store) as services:
        await wait_for(lambda: services.intake.ready and services.intake.flow().pending == 0)
        run = await services.runs.get(trace)
    whole = run.completeness
    assert (run.steps, run.model_calls, whole.accepted, whole.stored) == (2_200, 2_199, 2_200, 2_200)


async def test_what_could_not_be_done_at_rest_is_tried_again_and_is_no_trouble_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(intake, "RETRY_S", 0.2)
    store = Restless()
    async with open_services(settings_of(tmp_path), spans=store) as services:
        await wait_for(lambda: services.intake.problem == "no rest")
        await wait_for(lambda: not services.intake.problem)
    assert store.rests == 2
