"""Log records: what was said inside of a span joins it, whichever comes first; no record is lost."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue, KeyValueList

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}


@pytest.fixture
def control_url() -> str:
    return "sqlite://"


def text(value: str) -> AnyValue:
    return AnyValue(string_value=value)


def said(trace: bytes, span: bytes, content: str, name: str = "gen_ai.user.message") -> bytes:
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    record = scope.log_records.add(trace_id=trace, span_id=span, event_name=name)
    record.time_unix_nano = time.time_ns()
    pair = KeyValue(key="content", value=text(content))
    record.body.CopyFrom(AnyValue(kvlist_value=KeyValueList(values=[pair])))
    return request.SerializeToString()


async def events(here, trace: bytes, span: bytes) -> list[dict[str, Any]]:
    found = await here.services.intake._store.find(span.hex(), trace_id=trace.hex())
    return json.loads(found.events)


@pytest.mark.parametrize("logs_first", [True, False])
async def test_what_was_said_in_a_span_becomes_an_event_of_it(here, trace_request, logs_first):
    trace = secrets.token_bytes(16)
    spans = trace_request(2, trace=trace)
    span = spans.resource_spans[0].scope_spans[0].spans[1].span_id
    sent = [("/v1/logs", said(trace, span, "Where is my order?")), ("/v1/traces", spans.SerializeToString())]
    for path, body in sent if logs_first else sent[::-1]:
        assert (await here.http.post(path, content=body, headers=PROTOBUF)).status_code == 200
        if not logs_first:
            await here.stored()
    await here.stored()
    for _ in range(100):
        if found := await events(here, trace, span):
            break
        await here.services.intake.store_some()
    assert [one["name"] for one in found] == ["gen_ai.user.message"]
    assert found[0]["attributes"]["body"] == {"content": "Where is my order?"}


async def test_a_span_that_is_amended_is_counted_once(here, trace_request):
    trace = secrets.token_bytes(16)
    spans = trace_request(3, trace=trace)
    await here.http.post("/v1/traces", content=spans.SerializeToString(), headers=PROTOBUF)
    await here.stored()
    before = (await here.http.get(f"/v1/runs/{trace.hex()}")).json()
    for span in spans.resource_spans[0].scope_spans[0].spans:
        await here.http.post("/v1/logs", content=said(trace, span.span_id, "x"), headers=PROTOBUF)
    store = here.services.intake._store
    for _ in range(200):
        found = await store.list_logs(trace.hex(), limit=10)
        if len(found) == 3:
            break
        await here.services.intake.store_some()
    after = (await here.http.get(f"/v1/runs/{trace.hex()}")).json()
    assert {name: after[name] for name in ("steps", "model_calls", "cost_usd", "tokens_in")} == {
        name: before[name] for name in ("steps", "model_calls", "cost_usd", "tokens_in")
    }


async def test_logs_come_as_json_too_and_bad_ones_are_named(here):
    now = str(time.time_ns())
    good = {"traceId": "ab" * 16, "spanId": "cd" * 8, "timeUnixNano": now, "body": {"stringValue": "hi"}}
    bad = {**good, "traceId": "abcd", "eventName": "broken"}
    body = {"resourceLogs": [{"scopeLogs": [{"logRecords": [good, bad]}]}]}
    answer = (await here.http.post("/v1/logs", json=body)).json()
    assert answer["partialSuccess"]["rejectedLogRecords"] == "1"
    assert "log record 1 (broken)" in answer["partialSuccess"]["errorMessage"]
    store = here.services.intake._store
    for _ in range(200):
        if found := await store.list_logs("ab" * 16, limit=10):
            break
        await here.services.intake.store_some()
    assert [(one.span_id, one.body) for one in found] == [("cd" * 8, "hi")]
    (line,) = (await here.http.get("/v1/logs", params={"trace": "ab" * 16, "step": "cd" * 8})).json()["items"]
    assert (line["body"], line["step"], line["attributes"]) == ("hi", "cd" * 8, {})
    assert (await here.http.get("/v1/logs", params={"trace": "ab" * 16, "step": "00" * 8})).json()[
        "items"
    ] == []


async def test_a_line_outside_of_any_span_is_kept(here):
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    record.body.string_value, record.time_unix_nano = "started", time.time_ns()
    answer = await here.http.post("/v1/logs", content=request.SerializeToString(), headers=PROTOBUF)
    assert ExportLogsServiceResponse.FromString(answer.content) == ExportLogsServiceResponse()
    store = here.services.intake._store
    for _ in range(200):
        if found := await store.list_logs("", limit=10):
            break
        await here.services.intake.store_some()
    assert [one.body for one in found] == ["started"]
