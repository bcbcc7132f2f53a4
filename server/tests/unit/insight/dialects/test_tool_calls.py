"""Every tool call with who asked for it, who ran it and what came back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from holdfast_server.action.otlp.billing import Pricer
from holdfast_server.action.otlp.decode import JSON, decode
from holdfast_server.action.otlp.joining import Joining
from holdfast_server.action.otlp.normalise import normalise
from holdfast_server.insight.dialects.tool_calls import ToolCall, pair
from holdfast_server.record.pricing import price_usage
from holdfast_server.record.spans.span import Span

CAPTURES = Path(__file__).parents[6] / "shared" / "data" / "otlp-captures"
FULL = (
    "langgraph-otel-genai",
    "langgraph-otel-genai-eventonly",
    "pydantic-ai-native",
    "strands-agents-openinference",
)


def span(number: int, kind: str, **said: Any) -> Span:
    about = {"start_ns": number, "end_ns": number + 1, "name": "x", "trace_id": "a" * 32, **said}
    return Span(span_id=f"{number:016x}", parent_id="", step_kind=kind, **about)


def asking(number: int, *calls: dict[str, Any]) -> Span:
    parts = [{"type": "tool_call", **call} for call in calls]
    return span(number, "model", output=json.dumps([{"role": "assistant", "parts": parts}]))


@pytest.mark.parametrize("name", FULL)
def test_calls_of_real_runs_are_paired(name: str) -> None:
    path = CAPTURES / f"{name}.json"
    if not path.exists():
        pytest.skip("../shared/data/otlp-captures is not here: real captures are not checked")
    capture = json.loads(path.read_text())
    joining = Joining()
    for logs in capture["logs"]:
        joining.take_logs(decode(json.dumps(logs).encode(), JSON, "logs").request)
    spans: list[Span] = []
    for one in capture["traces"]:
        request = decode(json.dumps(one).encode(), JSON).request
        joining.take_spans(request, 0)
        spans += normalise(request)
    calls = pair(sorted(Pricer(price_usage).bill(spans), key=lambda one: (one.start_ns, one.span_id)))
    assert {call.name for call in calls} == {"lookup_order", "refund_agent", "issue_refund"}
    assert len(calls) == capture["meta"]["truth"]["tool_calls"]
    for call in calls:
        assert (call.state, bool(call.asked_by), bool(call.run_by)) == ("done", True, True), call
        assert isinstance(call.arguments, dict)
        assert call.result is not None


def test_calls_without_ids_are_paired_by_name_in_order() -> None:
    calls = pair(
        [
            asking(1, {"name": "look", "arguments": {"n": 1}}, {"name": "look", "arguments": {"n": 2}}),
            span(2, "tool", target="look", output="first", counted="once"),
            span(3, "tool", target="look", status="error", status_message="gone", counted="once"),
            span(4, "tool", target="other", counted="once"),
        ]
    )
    assert [(one.name, one.state, one.result, one.error) for one in calls] == [
        ("look", "done", "first", ""),
        ("look", "failed", None, "gone"),
        ("other", "done", None, ""),
    ]
    assert [one.asked_by is None for one in calls] == [False, False, True]


def test_a_result_that_no_span_has_is_heard_from_the_next_question() -> None:
    told = [{"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "42"}]}]
    (call,) = pair([asking(1, {"id": "c1", "name": "look"}), span(2, "model", input=json.dumps(told))])
    assert (call.state, call.result, call.run_by) == ("done", "42", None)


def test_what_nothing_shows_to_have_run_was_only_asked_for() -> None:
    (call,) = pair([asking(1, {"id": "c1", "name": "look"})])
    assert isinstance(call, ToolCall)
    assert (call.state, call.result) == ("asked", None)


def test_other_reports_stand_beside_the_call() -> None:
    tool = span(2, "tool", target="look", call_id="c1", counted="once")
    server = span(3, "tool", target="look", counted="duplicate", same_as=tool.span_id, output="42")
    (call,) = pair([asking(1, {"id": "c1", "name": "look"}), tool, server])
    assert (call.run_by, call.also, call.result) == (tool.span_id, [server.span_id], "42")
