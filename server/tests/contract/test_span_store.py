"""What every engine that keeps spans must do."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from holdfast_server.adapters.spans.clickhouse import ClickHouseSpans
from holdfast_server.adapters.spans.memory import MemorySpans
from holdfast_server.adapters.spans.upkeep import AT_ONCE, Upkeep
from holdfast_server.engines import days_of, search_of
from holdfast_server.insight.search.clickhouse import WORDS
from holdfast_server.insight.search.condition import Equals
from holdfast_server.insight.search.fields import SPANS
from holdfast_server.insight.search.scope import EVERYTHING, fence
from holdfast_server.record.spans.log import Log
from holdfast_server.record.spans.rows import SPAN_COLUMNS, said_columns, span_rows
from holdfast_server.record.spans.span import Span
from holdfast_server.record.spans.store import SpanStore

T0 = 1_800_000_000_000_000_000


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One chDB folder for the process: it can open no other."""
    return tmp_path_factory.mktemp("spans")


@pytest.fixture(params=["memory", "chdb"])
async def store(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[SpanStore]:
    if request.param == "memory":
        yield MemorySpans()
        return
    pytest.importorskip("chdb", reason="chDB is not installed: its part of the contract is not checked")
    made = ClickHouseSpans(f"chdb:///{str(folder).lstrip('/')}", database=f"t_{secrets.token_hex(6)}")
    await made.open()
    yield made
    await made.close()


def span(place: int, trace: str = "a" * 32, **fields: object) -> Span:
    known = {
        "trace_id": trace,
        "span_id": f"{place:016x}",
        "parent_id": "",
        "start_ns": T0 + place,
        "end_ns": T0 + 99,
    }
    return Span(**{**known, "name": "chat", "step_kind": "model", **fields})


async def test_what_is_written_comes_back_whole(store):
    whole = span(
        1,
        status="error",
        status_message="später",
        run="r",
        session="s",
        agent="shop",
        target="gpt",
        provider="openai",
        model="gpt-4o",
        tokens_in=7,
        tokens_out=2**40,
        usage={"input_tokens": 7},
        cost_micro_usd=None,
        billed=True,
        input='[{"role":"user"}]',
        output="x\0y",
        attributes={"a.b": "1", "quote'": '"\\'},
        resource={"service.name": "shop"},
        scope="lib",
        events='[{"name":"e"}]',
        links=(f"{'b' * 32}-{'c' * 16}",),
        linked='[{"why":"follows"}]',
    )
    await store.write([whole], token="t")
    assert await store.find(whole.span_id) == whole
    assert list(await store.list_trace(whole.trace_id, limit=10)) == [whole]


async def test_a_known_price_and_an_unknown_one_stay_apart(store):
    await store.write([span(1, cost_micro_usd=0), span(2, cost_micro_usd=None)], token="t")
    assert [one.cost_micro_usd for one in await store.list_trace("a" * 32, limit=10)] == [0, None]


async def test_spans_come_in_the_order_they_began(store):
    await store.write([span(3), span(1), span(2)], token="t")
    await store.write([span(0)], token="u")
    found = await store.list_trace("a" * 32, limit=10)
    assert [one.span_id for one in found] == [f"{place:016x}" for place in range(4)]


async def test_an_outline_has_every_span_once_and_no_content(store):
    told = span(2, parent_id="p", name="tool", step_kind="tool", service="shop", target="pay", status="error")
    paid = span(1, agent="shop", tokens_in=7, tokens_out=3, billed=True, cost_micro_usd=12)
    await store.write([told, paid, span(3, cost_micro_usd=5)], token="t")
    await store.write([told], token="u")
    await store.write([span(1, "c" * 32, billed=True)], token="v")
    assert [bool(one) for one in (await store.outline("c" * 32, limit=10)).unpriced] == [True]
    found = await store.outline("a" * 32, limit=10)
    assert list(found.ids) == [f"{place:016x}" for place in (1, 2, 3)]
    assert [list(column) for column in (found.parents, found.kinds, found.names, found.targets)] == [
        ["", "p", ""],
        ["model", "tool", "model"],
        ["chat", "tool", "chat"],
        ["", "pay", ""],
    ]
    assert list(found.agents) == ["shop", "shop", ""]
    assert [bool(one) for one in found.failed] == [False, True, False]
    assert list(found.starts_ns) == [T0 + 1, T0 + 2, T0 + 3]
    assert list(found.ends_ns) == [T0 + 99] * 3
    assert [*found.tokens_in, *found.tokens_out] == [7, 0, 0, 3, 0, 0]
    assert list(found.costs_micro_usd) == [12, None, None]
    assert [bool(one) for one in found.unpriced] == [False, False, False]
    assert list(found.digests) == []
    assert list((await store.outline("b" * 32, limit=10)).ids) == []
    assert list((await store.outline("a" * 32, limit=2)).ids) == [f"{place:016x}" for place in (1, 2)]


async def test_an_outline_tells_inputs_apart_when_asked_to(store):
    await store.write([span(1, input="x"), span(2, input="x"), span(3, input="y")], token="t")
    first, again, other = (await store.outline("a" * 32, limit=10, digests=True)).digests
    assert first == again != other


async def test_some_spans_of_a_trace_are_found_by_their_ids(store):
    await store.write([span(3), span(1), span(2), span(9, "b" * 32)], token="t")
    found = await store.list_some("a" * 32, [f"{place:016x}" for place in (9, 2, 1)])
    assert [one.span_id for one in found] == [f"{place:016x}" for place in (1, 2)]


async def test_writing_twice_is_the_same_as_once(store):
    batch = [span(place) for place in range(5)]
    await store.write(batch, token="t")
    await store.write(batch, token="t")
    await store.write(batch[2:], token="another")
    assert len(await store.list_trace("a" * 32, limit=100)) == 5


async def test_the_last_one_written_stands(store):
    await store.write([span(1, name="first")], token="t")
    await asyncio.sleep(0.001)
    await store.write([span(1, name="second")], token="u")
    found = await store.find(f"{1:016x}")
    assert found is not None
    assert found.name == "second"


async def test_what_was_written_last_decides_what_is_found(store):
    search = search_of(store)
    await store.write([span(1, name="first")], token="t")
    await asyncio.sleep(0.001)
    await store.write([span(1, name="second")], token="u")
    for name, found in (("first", 0), ("second", 1)):
        asked = fence("spans", Equals(SPANS.fields["name"], name), EVERYTHING)
        assert len((await search.find(asked, before=None, limit=5)).spans) == found


async def test_a_trace_is_read_page_by_page(store):
    await store.write([span(place) for place in range(10)], token="t")
    seen, after = [], None
    while page := await store.list_trace("a" * 32, after=after, limit=3):
        seen += [one.span_id for one in page]
        after = (page[-1].start_ns, page[-1].span_id)
    assert seen == [f"{place:016x}" for place in range(10)]


async def test_traces_are_kept_apart(store):
    await store.write([span(1), span(1, "b" * 32, name="other")], token="t")
    assert [one.name for one in await store.list_trace("b" * 32, limit=10)] == ["other"]
    found = await store.find(f"{1:016x}", trace_id="a" * 32)
    assert found is not None
    assert found.name == "chat"


async def test_a_conversation_is_model_calls_with_messages(store):
    spans = [span(1, input="hi"), span(2), span(3, step_kind="tool", input="x"), span(4, output="yo")]
    await store.write(spans, token="t")
    found = await store.list_conversation("a" * 32, limit=10)
    assert [one.span_id for one in found] == [f"{1:016x}", f"{4:016x}"]


async def test_what_is_not_there_is_not_found(store):
    assert await store.find("f" * 16) is None
    assert list(await store.list_trace("f" * 32, limit=10)) == []


async def test_text_that_looks_like_sql_is_only_text(store):
    nasty = "a'; DROP TABLE spans; --"
    await store.write([span(1, nasty, name=nasty)], token="t")
    found = await store.list_trace(nasty, limit=10)
    assert [one.name for one in found] == [nasty]


async def test_an_empty_batch_is_nothing(store):
    await store.write([], token="t")
    assert await store.list_trace(span(1).trace_id, limit=10) == []


def test_the_value_is_plain_data():
    assert msgspec.convert(msgspec.to_builtins(span(1)), Span) == span(1)


async def test_what_was_not_understood_is_listed_with_an_example(store):
    await store.write(
        [
            span(1, attributes={"acme.flavour": "vanilla", "known": "x"}, not_understood=("acme.flavour",)),
            span(2, attributes={"acme.flavour": "x" * 999}, not_understood=("acme.flavour",), scope="acme"),
            span(3, attributes={"acme.count": "7"}, not_understood=("acme.count",)),
            span(4, start_ns=T0 - 10, attributes={"old": "1"}, not_understood=("old",)),
        ],
        token="strange",
    )
    flavour, count = await store.list_strange(T0, limit=10)
    assert (flavour.name, flavour.spans, flavour.scope, len(flavour.example)) == (
        "acme.flavour",
        2,
        "acme",
        200,
    )
    assert (count.name, count.spans, count.example) == ("acme.count", 1, "7")
    assert [one.name for one in await store.list_strange(T0, limit=1)] == ["acme.flavour"]


async def test_a_survey_counts_what_no_guard_saw_and_no_call_twice(store):
    foreign = [
        span(1, "f" * 32, step_kind="start", agent="stray"),
        *(span(n, "f" * 32, step_kind="tool", target="shell", agent="stray") for n in (2, 3)),
        span(4, "f" * 32, step_kind="model", target="gpt", agent="stray", billed=True),
        span(5, "f" * 32, step_kind="model", target="gpt", agent="stray", billed=False),
        span(6, "f" * 32, step_kind="span", target="", agent="stray"),
    ]
    guarded = [
        span(7, "9" * 32, step_kind="tool", target="pay", agent="clerk", run="9" * 32),
        span(8, "9" * 32, step_kind="tool", target="pay", service="clerk"),
    ]
    old = [span(9, "0" * 32, start_ns=T0 - 10, step_kind="tool", target="old", agent="stray")]
    await store.write([*foreign, *guarded, *old], token="t")
    found = await store.survey(T0, limit=10)
    assert [(one.kind, one.target, one.agent, one.calls) for one in found] == [
        ("tool", "shell", "stray", 2),
        ("model", "gpt", "stray", 1),
        ("start", "", "stray", 1),
    ]
    assert [one.target for one in await store.survey(T0, limit=1)] == ["shell"]


async def test_log_records_come_back_in_their_order_and_a_batch_counts_once(store):
    said = [Log("a" * 32, "b" * 16, T0 + n, name="e", body=f"{n}", attributes={"k": "v"}) for n in (2, 1)]
    await store.write_logs([*said, Log("", "", T0)], token="t")
    await store.write_logs([*said, Log("", "", T0)], token="t")
    assert list(await store.list_logs("a" * 32, limit=10)) == said[::-1]
    assert list(await store.list_logs("a" * 32, span_id="c" * 16, limit=10)) == []
    assert len(await store.list_logs("", limit=10)) == 1


@pytest.mark.parametrize("whole", [True, False])
async def test_a_file_of_rows_is_the_same_as_a_batch(store, tmp_path, whole):
    spans = [span(n, input="später", usage={"a": 1}, cost_micro_usd=n or None, tags=("x",)) for n in range(5)]
    spans.append(span(5, not_understood=("y",), billed=True, reported_micro_usd=0))
    columns = SPAN_COLUMNS if whole else said_columns(spans)
    assert whole or {"agent", "output", "team"}.isdisjoint(columns)
    rows = tmp_path / "rows"
    rows.write_bytes(span_rows(spans, 1, columns))
    for _ in range(2):
        await store.write_rows(rows, len(spans), columns=columns, token="t")
    assert list(await store.list_trace("a" * 32, limit=10)) == spans


async def test_days_go_whole_or_without_their_content_but_for_what_is_held(store):
    day_ns, days = 86_400 * 10**9, days_of(store)
    for day in range(3):
        said = {"input": "text", "events": '[{"name":"e"}]', "attributes": {"k": "v"}}
        batch = [span(day * day_ns + n, trace * 32, **said) for n in (1, 2) for trace in "ab"]
        await store.write(batch, token=f"t{day}")
        await store.write_logs([Log("a" * 32, "", T0 + day * day_ns, body="said")], token=f"t{day}")
    first, second, third = [one.day for one in await days.list_days()]
    await days.drop_day(first, but=())
    await days.drop_day(first, but=())
    await days.empty_day(second, but={"b" * 32})
    await days.drop_day(third, but={"b" * 32})
    left = [
        [(one.start_ns - T0) // day_ns, one.input]
        for t in "ab"
        for one in await store.list_trace(t * 32, limit=9)
    ]
    assert left == [[1, ""], [1, ""], [1, "text"], [1, "text"], [2, "text"], [2, "text"]]
    emptied = (await store.list_trace("a" * 32, limit=1))[0]
    assert (emptied.events, emptied.attributes, emptied.name) == ("[]", {"k": "v"}, "chat")
    assert [one.body for one in await store.list_logs("a" * 32, limit=9)] == [""]


async def test_what_has_no_clock_is_one_day(store):
    await store.write(
        [span(1, start_ns=n * 10**9, span_id=f"{n:016x}") for n in (1, 10**6, 10**8)], token="t"
    )
    assert [one.day for one in await days_of(store).list_days()] == [19700101]


@pytest.mark.parametrize("store", ["chdb"], indirect=True)
@pytest.mark.parametrize("where", [f"hasAllTokens({WORDS}, 'nowhere')", "attributes['k'] = 'nowhere'"])
async def test_a_small_block_is_indexed_with_it_and_a_large_one_at_rest(store, where):
    looked_up = f"EXPLAIN indexes = 1 SELECT count() FROM {{spans}} WHERE {where}"

    async def left() -> str:
        """How many granules must be read after the last index."""
        lines = [str(row[0]).strip() for row in await store.query(looked_up, {})]
        return [line for line in lines if line.startswith("Granules:")][-1]

    said = [span(place, output=f"word{place}", attributes={"k": "v"}) for place in range(50)]
    await store.write(said, token="small")
    assert (await left()).startswith("Granules: 0/")
    many = [span(place, trace="b" * 32, output="word") for place in range(AT_ONCE + 1)]
    await store.write(many, token="large")
    assert not (await left()).startswith("Granules: 0/")
    await store.rest()
    deadline = time.monotonic() + 60
    while not (await left()).startswith("Granules: 0/"):
        assert time.monotonic() < deadline, "the large block was never indexed"
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("store", ["chdb"], indirect=True)
async def test_merges_wait_while_large_blocks_come_and_no_longer(store):
    async def wait() -> bool:
        sql = "SELECT engine_full FROM system.tables WHERE database = {db:String} AND name = 'spans'"
        return "max_bytes_to_merge_at_max_space_in_pool = 1" in str(
            (await store.query(sql, {"db": store.database}))[0][0]
        )

    many = [span(place, output="word") for place in range(AT_ONCE + 1)]
    await store.write(many[:5], token="small")
    assert not await wait()
    await store.write(many, token="large")
    assert await wait()
    await store.write(many[:5], token="small again")
    assert await wait(), "more may wait behind a small block"
    await store.rest()
    assert not await wait()
    await store.rest()

    # Who was killed while merges waited finds them free again.
    store._upkeep = Upkeep(f"{store.database}.spans", holds_merges=True)
    await store.open()
    await store.write(many, token="large again")
    assert await wait()
    store._upkeep = Upkeep(f"{store.database}.spans", holds_merges=True)
    await store.open()
    assert not await wait()


@pytest.mark.parametrize("store", ["chdb"], indirect=True)
async def test_a_file_of_rows_is_read_wherever_it_lies(store, tmp_path):
    spans = [span(place, output="it's") for place in range(3)]
    folder = tmp_path / "it's a \\ folder"
    folder.mkdir()
    rows, columns = folder / "1-2.spans", said_columns(spans)
    rows.write_bytes(span_rows(spans, 1, columns))
    for _ in range(2):
        await store.write_rows(rows, len(spans), columns=columns, token="same")
    assert list(await store.list_trace("a" * 32, limit=10)) == spans
    sql = "SELECT count() FROM {spans}"
    assert (await store.query(sql, {}))[0][0] == len(spans), "the same block again is nothing new"
