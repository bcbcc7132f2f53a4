"""Whatever arrives, the answer says what is wrong with it, and nothing bad is kept."""

from __future__ import annotations

import gzip
import json

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}


def is_problem(response, status: int, *said: str) -> bool:
    body = response.json()
    assert response.status_code == status, body
    assert response.headers["content-type"] == "application/problem+json"
    assert set(body) == {"type", "title", "status", "detail", "code", "hint"}
    assert all(word in body["detail"] for word in said), body
    return True


async def journal_is_empty(here) -> bool:
    await here.stored()
    return (await here.http.get("/v1/runs")).json()["items"] == []


@pytest.mark.parametrize("body", [b"\xff\xff\xff", b"\x0a\xff\x01"])
async def test_malformed_protobuf_is_refused_and_nothing_stored(here, body):
    response = await here.http.post("/v1/traces", content=body, headers=PROTOBUF)
    assert is_problem(response, 400, "not an OTLP trace request")
    assert await journal_is_empty(here)


async def test_truncated_protobuf_is_refused(here, trace_request):
    body = trace_request(5).SerializeToString()
    response = await here.http.post("/v1/traces", content=body[: len(body) - 7], headers=PROTOBUF)
    assert is_problem(response, 400)
    assert await journal_is_empty(here)


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"resourceSpans": 3}', b'{"resourceSpans":[{"scopeSpans":[7]}]}']
)
async def test_malformed_json_is_refused(here, body):
    assert is_problem(await here.http.post("/v1/traces", content=body, headers=JSON), 400)


async def test_truncated_gzip_is_refused(here, trace_request):
    body = gzip.compress(trace_request(5).SerializeToString())[:-9]
    response = await here.http.post(
        "/v1/traces", content=body, headers=PROTOBUF | {"content-encoding": "gzip"}
    )
    assert is_problem(response, 400, "gzip")


async def test_what_is_not_gzip_is_refused(here):
    response = await here.http.post(
        "/v1/traces", content=b"plain", headers=PROTOBUF | {"content-encoding": "gzip"}
    )
    assert is_problem(response, 400, "gzip")


async def test_an_unknown_content_type_is_refused(here):
    response = await here.http.post("/v1/traces", content=b"x", headers={"content-type": "text/csv"})
    assert is_problem(response, 415, "text/csv")


async def test_an_unknown_encoding_is_refused(here):
    response = await here.http.post("/v1/traces", content=b"x", headers=PROTOBUF | {"content-encoding": "br"})
    assert is_problem(response, 415, "br")


async def test_an_oversized_body_is_refused(start_here):
    from holdfast_server.settings import Limits

    async with start_here(limits=Limits(otlp_bytes=1000)) as here:
        assert is_problem(await here.http.post("/v1/traces", content=b"x" * 1001, headers=PROTOBUF), 413)


async def test_a_bomb_is_stopped_while_it_grows(start_here):
    from holdfast_server.settings import Limits

    bomb = gzip.compress(b"\0" * 50_000_000)
    async with start_here(limits=Limits(otlp_inflated_bytes=1_000_000)) as here:
        headers = PROTOBUF | {"content-encoding": "gzip"}
        assert is_problem(await here.http.post("/v1/traces", content=bomb, headers=headers), 413, "inflates")


async def test_one_bad_span_is_named_and_the_rest_is_stored(here, trace_request):
    request = trace_request(4)
    spans = request.resource_spans[0].scope_spans[0].spans
    spans[2].span_id, spans[2].name = b"\0" * 8, "broken"
    response = await here.http.post("/v1/traces", content=request.SerializeToString(), headers=PROTOBUF)
    answer = ExportTraceServiceResponse.FromString(response.content)
    assert response.status_code == 200
    assert answer.partial_success.rejected_spans == 1
    assert "span 2 (broken): the span id" in answer.partial_success.error_message
    await here.stored()
    run = (await here.http.get("/v1/runs")).json()["items"][0]
    assert run["steps"] == 3


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("trace_id", b"\0" * 16, "trace id"),
        ("trace_id", b"short", "trace id"),
        ("span_id", b"", "span id"),
        ("parent_span_id", b"1", "parent span id"),
        ("start_time_unix_nano", 0, "start time"),
        ("start_time_unix_nano", 2**63, "start time"),
        ("end_time_unix_nano", 5, "end time"),
    ],
)
async def test_each_fault_of_a_span_has_its_reason(here, trace_request, field, value, reason):
    request = trace_request(2)
    setattr(request.resource_spans[0].scope_spans[0].spans[1], field, value)
    response = await here.http.post("/v1/traces", content=request.SerializeToString(), headers=PROTOBUF)
    answer = ExportTraceServiceResponse.FromString(response.content)
    assert reason in answer.partial_success.error_message


async def test_a_bad_span_in_json_is_named_too(here):
    good = {
        "traceId": "01" * 16,
        "spanId": "02" * 8,
        "name": "fine",
        "startTimeUnixNano": "5",
        "endTimeUnixNano": "6",
    }
    bad = good | {"spanId": "zz", "name": "worse"}
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [good, bad]}]}]}
    response = await here.http.post("/v1/traces", content=json.dumps(body), headers=JSON)
    partial = response.json()["partialSuccess"]
    assert (response.status_code, partial["rejectedSpans"]) == (200, "1")
    assert "worse" in partial["errorMessage"]


async def test_json_gzip_and_protobuf_say_the_same(here, trace_request):
    from google.protobuf.json_format import MessageToDict

    request = trace_request(3)
    plain = MessageToDict(request)
    headers = JSON | {"content-encoding": "gzip"}
    response = await here.http.post(
        "/v1/traces", content=gzip.compress(json.dumps(plain).encode()), headers=headers
    )
    assert (response.status_code, response.json()) == (200, {})
    await here.stored()
    assert (await here.http.get("/v1/runs")).json()["items"][0]["steps"] == 3


async def test_records_that_are_no_envelope_are_refused(here):
    response = await here.http.post("/v1/records", content=b'{"process": 3}', headers=JSON)
    assert is_problem(response, 400, "process")


async def test_records_that_are_no_leaf_are_named_and_the_rest_is_kept(here, make_agent):
    agent = make_agent()
    agent.begin()
    envelope = agent.envelope()
    envelope["records"].append({"log": "x", "index": 4, "leaf": "bm8=", "payload": None})
    answer = (await here.http.post("/v1/records", json=envelope)).json()
    assert (answer["accepted"], answer["rejected"][0]["log"]) == (1, "x")


async def test_a_leaf_about_people_cannot_be_shipped(here, make_agent):
    import base64

    from holdfast.record import KillRecord, encode_leaf

    forged = encode_leaf(KillRecord(1, "x", "k", "lifted", "org", "*", "mallory"))
    envelope = make_agent().envelope()
    envelope["records"] = [
        {"log": "x", "index": 0, "leaf": base64.b64encode(forged).decode(), "payload": None}
    ]
    answer = (await here.http.post("/v1/records", json=envelope)).json()
    assert (answer["accepted"], len(answer["rejected"])) == (0, 1)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("PUT", "/v1/runs", 405),
        ("GET", "/v1/runs/unknown", 404),
        ("GET", "/v1/steps/unknown", 404),
        ("GET", "/v1/runs/unknown/steps", 404),
        ("GET", "/v1/approvals/unknown", 404),
        ("GET", "/v1/ledger/77/receipt", 404),
        ("GET", "/v1/runs?limit=0", 422),
        ("GET", "/v1/runs?state=sleeping", 422),
        ("GET", "/v1/runs?cursor=garbage", 400),
        ("GET", "/v1/runs?since=yesterday", 422),
    ],
)
async def test_every_error_is_a_problem_document(here, method, path, status):
    assert is_problem(await here.http.request(method, path), status)


async def test_a_body_that_is_not_json_is_a_problem(here):
    assert is_problem(await here.http.post("/v1/kills", content=b"{", headers=JSON), 400)


async def test_a_missing_field_is_named(here):
    assert is_problem(await here.http.post("/v1/kills", json={"scope": "run"}), 422, "by")


async def test_an_unknown_field_is_named(here):
    body = {"scope": "org", "by": "ann", "tarqet": "x"}
    assert is_problem(await here.http.post("/v1/kills", json=body), 422, "tarqet")


async def test_other_bodies_have_a_limit_too(start_here):
    from holdfast_server.settings import Limits

    async with start_here(limits=Limits(body_bytes=1000)) as here:
        assert is_problem(await here.http.post("/v1/kills", json={"reason": "x" * 2000}), 413)


async def test_senders_are_told_to_wait_when_storing_is_behind(start_here, trace_request):
    from holdfast_server.settings import Limits

    async with start_here(limits=Limits(journal_bytes=1)) as here:
        here.services.intake._cursor = -10  # as if nothing had been stored for a long time
        body = trace_request(3).SerializeToString()
        response = await here.http.post("/v1/traces", content=body, headers=PROTOBUF)
        assert is_problem(response, 429, "wait")
        assert int(response.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("path", "field"),
    [("/v1/decisions", '"arguments":{"x":'), ("/v1/outcomes", '"step":"00000000000000aa","result":')],
)
async def test_a_body_nested_beyond_reading_is_the_senders_mistake(here, path, field):
    body = "{" + field + "[" * 5_000 + "]" * 5_000 + "}" * field.count("{") + "}"
    answer = await here.http.post(path, content=body, headers={"content-type": "application/json"})
    assert is_problem(answer, 400, "nested", "deeply")
