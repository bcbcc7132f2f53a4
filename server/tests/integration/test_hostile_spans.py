"""Spans that nobody in their right mind would send: a clear answer, a healthy server, nothing else lost."""

from __future__ import annotations

import gzip
import secrets
import time
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue

from holdfast_server.kit.zstd import compress
from holdfast_server.record.blobs.spilling import NOTE

PROTOBUF = {"content-type": "application/x-protobuf"}
MIB = 1024 * 1024
YEAR_NS = 365 * 86_400 * 10**9


@pytest.fixture
def control_url() -> str:
    return "sqlite://"


@pytest.fixture
async def good(here, trace_request):
    """A trace of somebody else, which must come through whatever happens around it."""
    trace = secrets.token_bytes(16)

    async def check() -> None:
        body = trace_request(3, trace=trace).SerializeToString()
        assert (await here.http.post("/v1/traces", content=body, headers=PROTOBUF)).status_code == 200
        await here.stored()
        assert len(await spans_of(here, trace)) == 3
        health = (await here.http.get("/v1/health")).json()
        assert (health["status"], health["problem"]) == ("ok", "")

    yield check
    await check()


async def spans_of(here, trace: bytes) -> list[Any]:
    return list(await here.services.intake._store.list_trace(trace.hex(), limit=1000))


async def post(here, request: ExportTraceServiceRequest | bytes, **headers: str) -> Any:
    body = request if isinstance(request, bytes) else request.SerializeToString()
    return await here.http.post("/v1/traces", content=body, headers={**PROTOBUF, **headers})


def rejected(response: Any) -> tuple[int, str]:
    assert response.status_code == 200
    partial = ExportTraceServiceResponse.FromString(response.content).partial_success
    return partial.rejected_spans, partial.error_message


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", compress)])
async def test_a_bomb_is_stopped_while_it_grows(here, good, encoding, pack):
    bomb = pack(bytes(200 * MIB))
    assert len(bomb) < MIB
    response = await post(here, bomb, **{"content-encoding": encoding})
    assert response.status_code == 413
    assert "inflates" in response.json()["detail"]


@pytest.mark.parametrize("cut", [5, 50])
async def test_a_zstd_body_that_is_cut_short_is_refused(here, good, trace_request, cut):
    packed = compress(trace_request(3).SerializeToString())
    response = await post(here, packed[:-cut], **{"content-encoding": "zstd"})
    assert response.status_code == 400


async def test_zstd_is_read(here, good, trace_request):
    trace = secrets.token_bytes(16)
    packed = compress(trace_request(3, trace=trace).SerializeToString())
    assert rejected(await post(here, packed, **{"content-encoding": "zstd"})) == (0, "")
    await here.stored()
    assert len(await spans_of(here, trace)) == 3


async def test_ten_megabytes_in_one_attribute_are_capped_in_the_row_and_kept_whole(here, good, trace_request):
    trace, huge = secrets.token_bytes(16), "the whole document " * (10 * MIB // 19)
    assert rejected(await post(here, trace_request(1, trace=trace, attributes={"doc": huge}))) == (0, "")
    await here.stored()
    (span,) = await spans_of(here, trace)
    assert len(span.attributes["doc"]) < 1000
    found = NOTE.search(span.attributes["doc"])
    assert found is not None
    assert int(found[2]) == len(huge)
    whole = await here.http.get(f"/v1/blobs/{found[1]}")
    assert whole.text == huge
    assert whole.headers["content-type"].startswith("text/plain")


async def test_a_long_message_that_two_calls_repeat_is_kept_once_and_messages_stay_messages(
    here, good, trace_request
):
    import msgspec

    trace, prompt = secrets.token_bytes(16), "You are a careful assistant. " * 4000
    turns = [{"role": "system", "parts": [{"type": "text", "content": prompt}]}]
    turns.append({"role": "user", "parts": [{"type": "text", "content": "Hello"}]})
    asked = {"gen_ai.input.messages": msgspec.json.encode(turns).decode()}
    await post(here, trace_request(3, trace=trace, attributes=asked))
    await here.stored()
    calls = [span for span in await spans_of(here, trace) if span.step_kind == "model"]
    assert len(calls) == 2
    shown = msgspec.json.decode(calls[0].input)
    assert [turn["role"] for turn in shown] == ["system", "user"]
    assert shown[1]["parts"][0]["content"] == "Hello"
    assert here.services.blobs.usage()[0] == 1
    found = NOTE.search(shown[0]["parts"][0]["content"])
    assert found is not None
    assert here.services.blobs.get(found[1]).decode() == prompt


async def test_a_payload_nobody_kept_is_not_found_and_a_path_is_no_name(here, good):
    assert (await here.http.get(f"/v1/blobs/{'0' * 64}")).status_code == 404
    assert (await here.http.get("/v1/blobs/..%2F..%2Fcontrol.db")).status_code in (400, 404)


async def test_the_same_id_twice_is_one_span(here, good, trace_request):
    trace = secrets.token_bytes(16)
    request = trace_request(2, trace=trace)
    again = request.resource_spans[0].scope_spans[0].spans[1]
    for _ in range(5):
        request.resource_spans[0].scope_spans[0].spans.append(again)
    assert rejected(await post(here, request)) == (0, "")
    await here.stored()
    assert len(await spans_of(here, trace)) == 2


async def test_spans_that_are_each_others_parents_are_kept(here, good, trace_request):
    trace = secrets.token_bytes(16)
    request = trace_request(3, trace=trace, root=False)
    spans = request.resource_spans[0].scope_spans[0].spans
    for place, span in enumerate(spans):
        span.parent_span_id = spans[place - 1].span_id
    spans[0].parent_span_id = spans[0].span_id
    assert rejected(await post(here, request)) == (0, "")
    await here.stored()
    assert len(await spans_of(here, trace)) == 3
    assert (await here.http.get(f"/v1/runs/{trace.hex()}")).status_code == 200
    assert (await here.http.get(f"/v1/runs/{trace.hex()}/steps")).status_code == 200
    assert (await here.http.get(f"/v1/runs/{trace.hex()}/outline")).status_code == 200


async def test_a_clock_that_is_years_ahead_is_named_and_one_that_is_behind_is_kept(here, good, trace_request):
    trace, now = secrets.token_bytes(16), time.time_ns()
    request = trace_request(3, trace=trace)
    first, second, third = request.resource_spans[0].scope_spans[0].spans
    first.start_time_unix_nano, first.end_time_unix_nano = now + YEAR_NS, now + YEAR_NS + 1
    second.start_time_unix_nano, second.end_time_unix_nano = 1, 2
    third.end_time_unix_nano = now + 2 * YEAR_NS
    count, why = rejected(await post(here, request))
    assert count == 2
    assert why.count("see the sender's clock") == 2
    await here.stored()
    assert [span.start_ns for span in await spans_of(here, trace)] == [1]


async def test_a_resource_that_says_nothing_is_enough(here, good):
    request, trace = ExportTraceServiceRequest(), secrets.token_bytes(16)
    request.resource_spans.add()
    request.resource_spans.add().scope_spans.add()
    span = request.resource_spans.add().scope_spans.add().spans.add(trace_id=trace, span_id=b"12345678")
    span.start_time_unix_nano = span.end_time_unix_nano = time.time_ns()
    assert rejected(await post(here, request)) == (0, "")
    await here.stored()
    assert [one.name for one in await spans_of(here, trace)] == ["unnamed"]
    assert rejected(await post(here, ExportTraceServiceRequest())) == (0, "")


def nested(depth: int) -> AnyValue:
    value = AnyValue(string_value="deep")
    for _ in range(depth):
        value = AnyValue(array_value=ArrayValue(values=[value]))
    return value


async def test_nesting_is_kept_to_a_depth_and_refused_beyond_reading(here, good, trace_request):
    trace = secrets.token_bytes(16)
    request = trace_request(1, trace=trace)
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.attributes.append(KeyValue(key="nested", value=nested(20)))
    assert rejected(await post(here, request)) == (0, "")
    await here.stored()
    (kept,) = await spans_of(here, trace)
    assert kept.attributes["nested"].startswith("[[[[")
    body = b"\x0a" + b"\x12\x80\x01" * 5_000
    response = await post(here, body)
    assert response.status_code == 400


async def test_json_nested_a_hundred_thousand_times_is_refused(here, good):
    deep = '{"resourceSpans":' + "[" * 100_000
    response = await here.http.post("/v1/traces", content=deep, headers={"content-type": "application/json"})
    assert response.status_code == 400
    span = '{"key":"a","value":' + '{"arrayValue":{"values":[' * 3_000 + "]}}" * 3_000 + "}"
    body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"deep","attributes":[' + span + "]}]}]}]}"
    response = await here.http.post("/v1/traces", content=body, headers={"content-type": "application/json"})
    assert response.status_code in (200, 400)
    if response.status_code == 200:
        assert response.json()["partialSuccess"]["rejectedSpans"] == "1"


async def test_too_many_attributes_are_named(here, good, trace_request):
    request = trace_request(2, attributes={f"a{n}": n for n in range(2_000)})
    count, why = rejected(await post(here, request))
    assert count == 2
    assert "over 1024 attributes" in why


async def test_every_span_of_a_thousand_bad_ones_is_counted_and_some_are_named(here, good, trace_request):
    request = trace_request(1_000)
    for span in request.resource_spans[0].scope_spans[0].spans:
        span.span_id = b""
    count, why = rejected(await post(here, request))
    assert count == 1_000
    assert why.endswith("and 995 more")


async def test_bytes_of_an_id_in_json_may_be_hex_or_base64(here, good):
    import base64

    trace, now = secrets.token_bytes(16), str(time.time_ns())
    spans = [
        {"traceId": trace.hex(), "spanId": "01" * 8, "name": "hex"},
        {
            "traceId": base64.b64encode(trace).decode(),
            "spanId": base64.b64encode(b"\2" * 8).decode(),
            "name": "base64",
            "attributes": [{"key": "n", "value": {"intValue": str(2**60)}}],
        },
        {"traceId": "not an id", "spanId": "x", "name": "neither"},
    ]
    spans = [{**span, "startTimeUnixNano": now, "endTimeUnixNano": now} for span in spans]
    answer = await here.http.post("/v1/traces", json={"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"
    await here.stored()
    found = await spans_of(here, trace)
    assert [one.name for one in found] == ["hex", "base64"]
    assert found[1].attributes["n"] == str(2**60)
