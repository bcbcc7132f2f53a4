"""Spans on the wire, read back by OpenTelemetry's own protobuf classes."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("opentelemetry.proto", reason="SKIPPED: opentelemetry-proto is not installed")

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from holdfast.decision import Decision, Reason, Verdict
from holdfast.record import Scope, Span, Usage, agent_span, chat_span, price, tool_span
from holdfast.record.otlp import encode_spans
from holdfast.record.span import decision_attributes, usage_attributes

SCOPE = Scope(trace="ab" * 16, run="cd" * 16, session="s1", agent="refunds", version="3", owner="team")


def decode(*spans: Span, **resource: Any) -> Any:
    body = encode_spans(spans, {"service.name": "t", **resource}, library="holdfast", version="9")
    request = ExportTraceServiceRequest.FromString(body)
    assert request.SerializeToString() == body, "nothing unknown, and every field in its place"
    return request.resource_spans[0]


def plain(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(item) for item in value.array_value.values]
    return getattr(value, kind) if kind else None


def attributes(of: Any) -> dict[str, Any]:
    return {item.key: plain(item.value) for item in of.attributes}


def test_a_tool_call_is_an_execute_tool_span() -> None:
    decision = Decision(
        "12" * 8,
        Verdict.DENY,
        "policy",
        (Reason("limit", "policy", "too much"),),
        {},
        "d",
        "bundle1",
        took_ns=900,
    )
    sent = tool_span(
        SCOPE,
        "issue_refund",
        step="12" * 8,
        parent="34" * 8,
        start_ns=1_000,
        end_ns=2_000,
        arguments=b'{"amount":5,"api_key":"hunter2"}',
        call_id="call_1",
        error="Denied",
        extra=decision_attributes(decision),
    )
    found = decode(sent)
    span = found.scope_spans[0].spans[0]
    about = attributes(span)
    assert (span.name, span.kind, span.status.code) == ("execute_tool issue_refund", 1, 2)
    assert (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()) == (
        "ab" * 16,
        "12" * 8,
        "34" * 8,
    )
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (1_000, 2_000)
    assert about["gen_ai.operation.name"] == "execute_tool"
    assert about["gen_ai.tool.name"] == "issue_refund"
    assert about["gen_ai.tool.call.arguments"] == '{"amount":5,"api_key":"[redacted:token]"}'
    assert "gen_ai.tool.call.result" not in about, "what is empty is left out"
    assert about["holdfast.run.id"] == "cd" * 16
    assert about["gen_ai.conversation.id"] == "s1"
    assert about["holdfast.decision.verdict"] == "deny"
    assert about["holdfast.decision.rules"] == ["limit"]
    assert about["error.type"] == "Denied"


def test_a_model_call_is_a_chat_span_with_tokens_and_money() -> None:
    usage = Usage(1000, 50, cache_read=800)
    priced = price("openai", "gpt-4o", usage)
    sent = chat_span(
        SCOPE,
        "gpt-4o",
        step="12" * 8,
        parent="",
        start_ns=1,
        end_ns=2,
        provider="openai",
        messages_in=b'[{"role":"user","parts":[{"type":"text","content":"hi"}]}]',
        extra=usage_attributes(usage, priced),
    )
    span = decode(sent).scope_spans[0].spans[0]
    about = attributes(span)
    assert (span.name, span.kind, span.status.code) == ("chat gpt-4o", 3, 0)
    assert about["gen_ai.usage.input_tokens"] == 1000
    assert about["gen_ai.usage.cache_read.input_tokens"] == 800
    assert about["holdfast.cost.usd"] == pytest.approx(0.002)
    assert about["holdfast.price.version"] == priced.version


def test_an_unknown_cost_is_left_out_never_zero() -> None:
    usage = Usage(10, 10)
    assert "holdfast.cost.usd" not in dict(usage_attributes(usage, price("openai", "unheard-of", usage)))


def test_a_run_is_an_invoke_agent_span_and_the_resource_says_what_was_dropped() -> None:
    sent = agent_span(SCOPE, step="12" * 8, parent="", start_ns=1, end_ns=2)
    found = decode(sent, **{"holdfast.dropped_spans": 7})
    assert found.scope_spans[0].spans[0].name == "invoke_agent refunds"
    assert attributes(found.resource)["holdfast.dropped_spans"] == 7
    assert found.scope_spans[0].scope.name == "holdfast"


def test_every_kind_of_value_survives() -> None:
    values: dict[str, Any] = {
        "text": "é" * 200,
        "flag": True,
        "off": False,
        "zero": 0,
        "negative": -5,
        "large": 2**62,
        "share": 0.25,
        "many": ("a", ""),
        "encoded": b'{"a":1}',
    }
    sent = Span(SCOPE, "12" * 8, "", "n", 1, 2, tuple(values.items()))
    about = attributes(decode(sent).scope_spans[0].spans[0])
    expected = {**values, "many": ["a", ""], "encoded": '{"a":1}'}
    assert {key: about[key] for key in expected} == expected


def test_a_span_says_what_its_cost_is_attributed_to() -> None:
    scope = Scope(
        "ab" * 16, "cd" * 16, "s", "a", tags=(("cost_centre", "7"), ("customer", "acme"), ("team", "x"))
    )
    (group,) = decode(agent_span(scope, step="12" * 8, parent="", start_ns=1, end_ns=2)).scope_spans
    said = attributes(group.spans[0])
    assert (said["holdfast.customer"], said["holdfast.team"]) == ("acme", "x")
    assert said["holdfast.tags"] == ["cost_centre=7"]
