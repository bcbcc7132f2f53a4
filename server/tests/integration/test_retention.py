"""How long what is kept: nothing goes unless a rule says so, and nothing that somebody holds."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from holdfast_server.kit.db import metadata

PROTOBUF = {"content-type": "application/x-protobuf"}
DAY_NS = 86_400 * 10**9


async def send(here, trace_request, *, days_ago: int, agent: str = "shop", text: str = "") -> str:
    """A trace that ended so many days ago; its id."""
    trace = secrets.token_bytes(16)
    said = {"gen_ai.input.messages": text, "gen_ai.agent.name": agent, "gen_ai.conversation.id": f"s-{agent}"}
    request = trace_request(3, trace=trace, end_ns=time.time_ns() - days_ago * DAY_NS, attributes=said)
    answer = await here.http.post("/v1/traces", content=request.SerializeToString(), headers=PROTOBUF)
    assert answer.status_code == 200
    await here.stored()
    return trace.hex()


async def spans(here, trace: str) -> list[Any]:
    return list(await here.services.intake._store.list_trace(trace, limit=100))


async def keep(here, kind: str, days: int | None) -> Any:
    return await here.http.put(f"/v1/retention/{kind}", json={"days": days, "by": "ann"})


async def sweep(here, **query: str) -> dict[str, Any]:
    answer = await here.http.post("/v1/retention/sweep", params=query)
    assert answer.status_code == 200
    return answer.json()


async def ledger_events(here) -> list[tuple[str, str]]:
    items = (await here.http.get("/v1/ledger?limit=100")).json()["items"]
    return [(one["status"], one["target"]) for one in items if one["type"] == "retention"]


async def test_without_a_rule_nothing_goes(here, trace_request):
    trace = await send(here, trace_request, days_ago=400)
    assert await sweep(here) == {
        "days_dropped": [], "days_emptied": [], "runs": 0, "steps": 0, "sums": 0, "payloads": 0,
        "held_traces": 0, "dry": False,
    }  # fmt: skip
    assert len(await spans(here, trace)) == 3


async def test_spans_past_their_time_go_by_whole_days_and_the_ledger_says_so(here, trace_request):
    old = await send(here, trace_request, days_ago=40)
    young = await send(here, trace_request, days_ago=2)
    assert (await keep(here, "span", 30)).json()["days"] == 30
    would = await sweep(here, dry="true")
    assert (len(would["days_dropped"]), would["runs"], would["dry"]) == (1, 1, True)
    assert len(await spans(here, old)) == 3
    done = await sweep(here)
    assert done["days_dropped"] == would["days_dropped"]
    assert (await spans(here, old), len(await spans(here, young))) == ([], 3)
    assert (await here.http.get(f"/v1/runs/{old}")).status_code == 404
    assert (await here.http.get(f"/v1/runs/{young}")).status_code == 200
    day = datetime.fromtimestamp(time.time() - 40 * 86_400, UTC).strftime("%Y%m%d")
    assert await ledger_events(here) == [("dropped", f"span:{day}"), ("set", "span:30")]


async def test_content_goes_before_its_spans_do(here, trace_request):
    old = await send(here, trace_request, days_ago=10, text="my secret plan")
    await keep(here, "payload", 7)
    assert len((await sweep(here))["days_emptied"]) == 1
    found = await spans(here, old)
    assert len(found) == 3
    assert "secret plan" not in repr(found)
    assert sum(span.tokens_in for span in found) > 0
    assert (await sweep(here))["days_emptied"] == []


async def test_large_payloads_go_when_nobody_has_sent_them_for_so_long(here, trace_request):
    import os

    await send(here, trace_request, days_ago=0, text="long " * 30_000)
    (path,) = here.services.blobs.folder.glob("??/*")
    await keep(here, "payload", 7)
    assert (await sweep(here))["payloads"] == 0
    os.utime(path, (time.time() - 8 * 86_400,) * 2)
    assert (await sweep(here))["payloads"] == 1
    assert not path.exists()


@pytest.mark.parametrize("scope", ["project", "agent", "session", "run"])
async def test_what_is_held_stays_until_it_is_released(here, trace_request, scope):
    held = await send(here, trace_request, days_ago=40, agent="held", text="evidence")
    other = await send(here, trace_request, days_ago=40, agent="other")
    target = {"project": "", "agent": "held", "session": "s-held", "run": held}[scope]
    asked = {"scope": scope, "target": target, "reason": "a lawsuit", "by": "ann"}
    hold = (await here.http.post("/v1/holds", json=asked)).json()
    await keep(here, "span", 30)
    await keep(here, "payload", 7)
    await sweep(here)
    assert len(await spans(here, held)) == 3
    assert "evidence" in repr(await spans(here, held))
    assert (await here.http.get(f"/v1/runs/{held}")).status_code == 200
    assert len(await spans(here, other)) == (3 if scope == "project" else 0)
    released = await here.http.request("DELETE", f"/v1/holds/{hold['id']}", json={"by": "bob"})
    assert released.json()["released_by"] == "bob"
    await sweep(here)
    assert await spans(here, held) == []
    again = await here.http.request("DELETE", f"/v1/holds/{hold['id']}", json={"by": "bob"})
    assert again.status_code == 409


async def rows_of(here, *names: str) -> dict[str, int]:
    async with here.services.retention._db.read() as connection:
        tables = [metadata.tables[name] for name in names]
        counted = [await connection.scalar(sa.select(sa.func.count()).select_from(one)) for one in tables]
    return dict(zip(names, counted, strict=True))


SUMS = ("charges", "conduct", "latencies", "spend")


async def test_what_it_adds_up_to_goes_by_days_of_its_own_and_the_ledger_says_so(here, trace_request):
    old = await send(here, trace_request, days_ago=40, agent="old")
    await send(here, trace_request, days_ago=2, agent="young")
    since = (datetime.now(UTC) - timedelta(days=60)).isoformat()
    whole = (await here.http.get("/v1/costs", params={"by": "agent", "since": since})).json()
    assert {row["key"] for row in whole["items"]} == {"old", "young"}
    assert (await keep(here, "sum", 30)).json()["days"] == 30
    before = await rows_of(here, *SUMS)
    would = await sweep(here, dry="true")
    done = await sweep(here)
    assert would["sums"] == done["sums"] == sum(before.values()) - sum((await rows_of(here, *SUMS)).values())
    assert await rows_of(here, *SUMS) == {name: count // 2 for name, count in before.items()}
    left = (await here.http.get("/v1/costs", params={"by": "agent", "since": since})).json()
    assert [row["key"] for row in left["items"]] == ["young"]
    assert (await here.http.get(f"/v1/runs/{old}")).status_code == 200
    day = datetime.fromtimestamp(time.time() - 40 * 86_400, UTC).strftime("%Y%m%d")
    assert await ledger_events(here) == [("dropped", f"sum:{day}"), ("set", "sum:30")]
    assert (await sweep(here))["sums"] == 0


@pytest.mark.parametrize("scope", ["project", "agent", "session", "run"])
async def test_sums_of_what_is_held_stay_until_it_is_released(here, trace_request, scope):
    held = await send(here, trace_request, days_ago=40, agent="held")
    await send(here, trace_request, days_ago=40, agent="other")
    target = {"project": "", "agent": "held", "session": "s-held", "run": held}[scope]
    asked = {"scope": scope, "target": target, "reason": "a lawsuit", "by": "ann"}
    hold = (await here.http.post("/v1/holds", json=asked)).json()
    before = await rows_of(here, *SUMS)
    await keep(here, "sum", 30)
    await sweep(here)
    share = 1 if scope == "project" else 2
    assert await rows_of(here, *SUMS) == {name: count // share for name, count in before.items()}
    await here.http.request("DELETE", f"/v1/holds/{hold['id']}", json={"by": "bob"})
    await sweep(here)
    assert set((await rows_of(here, *SUMS)).values()) == {0}


BY_RUN = ("runs", "run_uses", "run_counts", "seen_spans", "span_links", "sessions", "signals")


async def test_everything_that_is_kept_by_run_goes_with_it(here, trace_request):
    old = await send(here, trace_request, days_ago=40, agent="old")
    request = trace_request(2, end_ns=time.time_ns() - 40 * DAY_NS)
    request.resource_spans[0].scope_spans[0].spans[1].links.add(
        trace_id=bytes.fromhex(old), span_id=b"\x01" * 8
    )
    body = request.SerializeToString()
    assert (await here.http.post("/v1/traces", content=body, headers=PROTOBUF)).status_code == 200
    await here.stored()
    for about in ({"run": old}, {"session": "s-old"}):
        told = await here.http.post(
            "/v1/signals", json={"name": "solved", "success": True, "by": "ann", **about}
        )
        assert told.status_code < 300, told.text
    assert 0 not in (await rows_of(here, *BY_RUN)).values()
    await keep(here, "span", 30)
    await sweep(here)
    assert set((await rows_of(here, *BY_RUN)).values()) == {0}
    assert 0 not in (await rows_of(here, *SUMS)).values()


async def test_the_ledger_is_never_shortened(here):
    answer = await keep(here, "ledger", 30)
    assert answer.status_code == 400
    assert "proves by being whole" in answer.json()["detail"]
    assert (await keep(here, "ledger", None)).json()["days"] is None


@pytest.mark.parametrize(
    "asked",
    [
        {"scope": "agent", "target": "", "reason": "r", "by": "ann"},
        {"scope": "project", "target": "x", "reason": "r", "by": "ann"},
        {"scope": "run", "target": "x", "reason": "", "by": "ann"},
    ],
)
async def test_a_hold_needs_its_target_and_a_reason(here, asked):
    assert (await here.http.post("/v1/holds", json=asked)).status_code in (400, 422)


async def test_the_view_tells_rules_holds_days_and_room(start_here, trace_request):
    from holdfast_server.settings import Retention

    async with start_here(retention=Retention(payload_days=90)) as here:
        await send(here, trace_request, days_ago=1)
        told = (await here.http.get("/v1/retention")).json()
        assert [(rule["kind"], rule["days"]) for rule in told["rules"]] == [
            ("payload", 90), ("span", None), ("sum", None), ("ledger", None),
        ]  # fmt: skip
        assert [day["spans"] for day in told["days"]] == [3]
        assert told["disk_free_bytes"] > told["disk_free_bytes_min"] > 0
        assert told["data_bytes"] > 0


async def test_a_data_folder_that_is_full_refuses_before_the_disk_does(start_here, trace_request):
    from holdfast_server.settings import Limits

    async with start_here(limits=Limits(data_bytes=10**9)) as here:
        body = trace_request(3).SerializeToString()
        here.services.intake.weigh(10**9 + 1)
        refused = await here.http.post("/v1/traces", content=body, headers=PROTOBUF)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert "limits.data_bytes" in refused.json()["hint"]
        assert (await here.http.get("/v1/health")).json()["status"] == "degraded"
        here.services.intake.weigh(10**9 - 1)
        assert (await here.http.post("/v1/traces", content=body, headers=PROTOBUF)).status_code == 200
