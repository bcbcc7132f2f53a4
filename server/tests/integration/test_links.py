"""Span links: kept as they came, found from both ends, and edges between the runs of agents."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

PROTOBUF = {"content-type": "application/x-protobuf"}


def said(**values: str) -> list[KeyValue]:
    return [
        KeyValue(key=name.replace("__", "."), value=AnyValue(string_value=value))
        for name, value in values.items()
    ]


def of_agent(trace_request, name: str, **changes: Any) -> ExportTraceServiceRequest:
    request = trace_request(3, attributes={"gen_ai.agent.name": name, "holdfast.kind": ""}, **changes)
    root = request.resource_spans[0].scope_spans[0].spans[0]
    root.attributes.extend(said(gen_ai__operation__name="invoke_agent", input__value=f"ask {name}"))
    return request


def spans_of(request: ExportTraceServiceRequest) -> Any:
    return request.resource_spans[0].scope_spans[0].spans


def link(span: Any, other: Any, **about: str) -> None:
    span.links.add(trace_id=other.trace_id, span_id=other.span_id, attributes=said(**about))


async def send(here, request: ExportTraceServiceRequest) -> None:
    answer = await here.http.post("/v1/traces", content=request.SerializeToString(), headers=PROTOBUF)
    assert (answer.status_code, answer.content) == (200, b"")
    await here.stored()


async def get(here, path: str, **query: str) -> Any:
    answer = await here.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_both_ends_of_a_link_find_each_other_in_whatever_order_they_come(here, trace_request, order):
    giver, taker = of_agent(trace_request, "planner"), of_agent(trace_request, "worker")
    asked, began = spans_of(giver)[1], spans_of(taker)[0]
    link(began, asked, messaging__system="kafka")
    for place in order:
        await send(here, (giver, taker)[place])
    giver_run, taker_run = asked.trace_id.hex(), began.trace_id.hex()

    (told,) = (await get(here, f"/v1/runs/{taker_run}/links"))["links"]
    assert (told["step"], told["direction"]) == (began.span_id.hex(), "to")
    assert (told["other_run"], told["other_step"]) == (giver_run, asked.span_id.hex())
    assert (told["agent"], told["title"]) == ("planner", "ask planner")
    (heard,) = (await get(here, f"/v1/runs/{giver_run}/links"))["links"]
    assert (heard["step"], heard["direction"]) == (asked.span_id.hex(), "from")
    assert (heard["other_run"], heard["agent"]) == (taker_run, "worker")

    step = await get(here, f"/v1/steps/{began.span_id.hex()}", trace=taker_run)
    assert [one["attributes"] for one in step["links"]] == [{"messaging.system": "kafka"}]
    step = await get(here, f"/v1/steps/{asked.span_id.hex()}", trace=giver_run)
    assert [one["direction"] for one in step["links"]] == ["from"]

    for run in (giver_run, taker_run):
        (edge,) = (await get(here, f"/v1/runs/{run}/edges"))["edges"]
        assert (edge["source"], edge["target"], edge["kind"]) == ("planner", "worker", "link")
        assert (edge["step"], edge["run"], edge["child_run"]) == (asked.span_id.hex(), giver_run, taker_run)

    for query in (f"link:{giver_run}-*", "has:link"):
        found = await get(here, "/v1/search", q=query, **{"in": "spans"})
        assert [one["id"] for one in found["items"]] == [began.span_id.hex()]


async def test_a_link_goes_out_again_as_it_came_in(here, trace_request):
    giver, taker = trace_request(1), trace_request(2)
    began = spans_of(taker)[1]
    link(began, spans_of(giver)[0])
    link(began, spans_of(taker)[0], why="follows")
    await send(here, taker)
    run = began.trace_id.hex()
    exported = (await here.http.get(f"/v1/runs/{run}/export", params={"as": "otlp"})).json()
    (told,) = [
        span["links"]
        for group in exported["resourceSpans"]
        for span in group["scopeSpans"][0]["spans"]
        if span["links"]
    ]
    assert [(one["traceId"], one["spanId"]) for one in told] == [
        (one.trace_id.hex(), one.span_id.hex()) for one in began.links
    ]
    assert [one["attributes"] for one in told] == [
        [],
        [{"key": "why", "value": {"stringValue": "follows"}}],
    ]
    other = {**exported["resourceSpans"][0]["scopeSpans"][0]["spans"][1], "traceId": secrets.token_hex(16)}
    again = {"resourceSpans": [{"scopeSpans": [{"spans": [other]}]}]}
    answer = await here.http.post("/v1/traces", json=again)
    assert (answer.status_code, answer.json()) == (200, {})
    await here.stored()
    assert len((await get(here, f"/v1/runs/{other['traceId']}/links"))["links"]) == 2


async def test_a_link_within_a_run_stands_there_once_for_each_end_and_is_no_edge(here, trace_request):
    request = of_agent(trace_request, "planner")
    first, second = spans_of(request)[1:3]
    link(second, first)
    link(second, second)
    await send(here, request)
    run = first.trace_id.hex()
    told = (await get(here, f"/v1/runs/{run}/links"))["links"]
    assert {(one["step"], one["direction"]) for one in told} == {
        (first.span_id.hex(), "from"),
        (second.span_id.hex(), "to"),
    }
    assert len(told) == 2
    assert (await get(here, f"/v1/runs/{run}/edges"))["edges"] == []


async def test_what_a_link_names_need_not_be_here_and_need_not_be_sane(here, trace_request):
    request = trace_request(2)
    root, child = spans_of(request)
    for trace, span in ((b"", b""), (b"\x01", b"\x02"), (bytes(16), bytes(8)), (b"x" * 4096, b"y" * 8)):
        root.links.add(trace_id=trace, span_id=span)
    for _ in range(1000):
        child.links.add(trace_id=secrets.token_bytes(16), span_id=secrets.token_bytes(8))
    root.links.add(trace_id=b"\x07" * 16, span_id=b"\x08" * 8, attributes=said(text="x" * 200_000))
    await send(here, request)
    run = root.trace_id.hex()
    told = await get(here, f"/v1/steps/{root.span_id.hex()}", trace=run)
    assert [(one["other_trace"], one["other_run"]) for one in told["links"]] == [("07" * 16, None)]
    assert "[blob:" in told["links"][0]["attributes"]["text"]
    told = await get(here, f"/v1/runs/{run}/links")
    assert (len(told["links"]), told["cut"]) == (129, False)
    assert (await get(here, f"/v1/runs/{run}/edges"))["edges"] == []
