"""What passed the gateway: what is recorded and what its workers remember are one list."""

from __future__ import annotations

from typing import Any

import msgspec

from holdfast.record import attributes as a
from holdfast_server.action.llm.desk.report import NodeReport, WorkerReport
from holdfast_server.action.llm.messages import LiveCall, Stats
from holdfast_server.action.otlp.plain import MEDIA, PlainSpan, PlainSpans, encode_plain

NOW = 1_790_000_000_000_000_000
CALLS = "/v1/gateway/calls"


def span(number: int, *, verdict: str = "allow", failed: bool = False, **more: Any) -> PlainSpan:
    said = {
        a.KIND: "model",
        a.RUN: f"{number:032x}",
        a.AGENT: "desk",
        a.PROVIDER: "openai",
        a.REQUEST_MODEL: "small",
        a.VERDICT: verdict,
        a.ENFORCED: True,
        a.COST_USD: 0.25,
        a.INPUT_TOKENS: 7,
        "holdfast.gateway.key": "key_1",
        "holdfast.gateway.route": "fast",
        "holdfast.gateway.own_us": 300,
        "holdfast.gateway.upstream_us": 2_000,
    }
    began = NOW + number
    place = f"{number:032x}", f"{number:016x}", "", began, began + 5
    return PlainSpan(*place, "chat small", failed, said | more)


async def send(here: Any, *spans: PlainSpan) -> Any:
    block = PlainSpans({"service.name": "holdfast-gateway"}, "holdfast-gateway", spans)
    headers = {"content-type": MEDIA}
    return await here.http.post("/v1/gateway/spans", content=encode_plain(block), headers=headers)


async def remember(here: Any, *calls: LiveCall) -> None:
    worker = WorkerReport("w0", 1, "ready", 1, stats=Stats(calls=calls))
    report = NodeReport("here", "here", 1, "http://127.0.0.1:1", 1, "", (worker,))
    answer = await here.http.put("/v1/gateway/nodes/here", content=msgspec.json.encode(report))
    assert answer.status_code == 204


def call(number: int, **said: Any) -> LiveCall:
    return LiveCall(f"{number:016x}", f"{number:032x}", "desk", began_ns=NOW + number, **said)


async def test_what_nobody_remembers_any_more_is_told_as_it_was_recorded(here: Any) -> None:
    stream = {"holdfast.gateway.streamed": True, "gen_ai.response.time_to_first_chunk": 0.5}
    ends = {4: "Stopped", 5: "ClientGone", 6: "Outrun", 7: "HTTP 500"}
    some = (span(1, **stream), span(2, verdict="deny"), span(3, failed=True))
    over = [span(n, failed=True, **{a.ERROR_TYPE: error}) for n, error in ends.items()]
    assert (await send(here, *some, *over)).status_code == 204
    await here.stored()
    *others, failed, refused, done = (await here.http.get(CALLS)).json()["items"]
    assert (failed["state"], refused["state"], done["state"]) == ("failed", "refused", "done")
    assert [one["state"] for one in others] == ["failed", "cancelled", "cancelled", "halted"]
    told = ("id", "run", "agent", "key", "route", "provider", "model", "streamed", "own_us", "upstream_ms")
    assert [done[name] for name in told] == [
        *(f"{1:016x}", f"{1:032x}", "desk", "key_1", "fast", "openai", "small", True, 300, 2.0)
    ]
    assert (done["ttft_ms"], done["tokens_in"], done["cost_usd"]) == (500.0, 7, 0.25)


async def test_pages_hold_every_call_once_wherever_it_is_known_from(here: Any) -> None:
    await send(here, *(span(number) for number in range(1, 8)))
    await here.stored()
    remembered = (call(number, provider="openai") for number in (6, 7, 8, 9))
    await remember(here, *remembered, call(3, state="streaming"), call(10, state="sending"))
    seen, cursor = list[int](), ""
    while True:
        page = (
            await here.http.get(CALLS, params={"limit": 3, **({"cursor": cursor} if cursor else {})})
        ).json()
        seen += [int(one["id"], 16) for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [10, 3, 9, 8, 7, 6, 5, 4, 2, 1]
    assert len((await here.http.get(CALLS, params={"live": True})).json()["items"]) == 2
    ended = (await here.http.get(CALLS, params={"live": False})).json()["items"]
    assert [int(one["id"], 16) for one in ended] == [9, 8, 7, 6, 5, 4, 2, 1]


async def test_a_shipment_may_be_as_large_as_spans_may_be_together(here: Any) -> None:
    some = [span(number, note="x" * 1_000_000) for number in range(1, 4)]
    assert (await send(here, *some)).status_code == 204
    await here.stored()
    assert len((await here.http.get(CALLS)).json()["items"]) == 3


async def test_spans_that_are_sent_again_are_kept_once_and_what_is_none_is_refused(here: Any) -> None:
    for _ in range(2):
        assert (await send(here, span(1))).status_code == 204
    await here.stored()
    assert len((await here.http.get(CALLS)).json()["items"]) == 1
    bad = await here.http.post("/v1/gateway/spans", content=b"\x93", headers={"content-type": MEDIA})
    assert bad.status_code == 400
    assert (await here.http.post("/v1/gateway/spans", content=b"{}")).status_code == 415
    assert (await here.http.get(CALLS, params={"cursor": "what"})).status_code == 400
