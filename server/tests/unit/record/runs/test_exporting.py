"""A run written out: what came in as OTLP goes out as OTLP, and a spreadsheet computes nothing of it."""

from __future__ import annotations

from holdfast_server.record.runs.exporting import COLUMNS, csv_row, otlp_groups, span_of
from holdfast_server.record.runs.steps import show_span
from holdfast_server.record.spans.span import Span

T0 = 1_800_000_000_000_000_000


def span(**fields: object) -> Span:
    known = {"trace_id": "a" * 32, "span_id": "b" * 16, "parent_id": "", "start_ns": T0, "end_ns": T0 + 9}
    return Span(**{**known, "name": "chat", "step_kind": "model", **fields})


def test_attributes_events_and_content_come_back_as_what_they_were():
    whole = span(
        attributes={"n": "5", "f": "0.5", "b": "true", "l": '["x"]', "o": '{"k":1}', "s": "gpt-4o"},
        resource={"service.name": "shop"},
        scope="lib",
        input='[{"role":"user"}]',
        status="error",
        status_message="no",
        events='[{"name":"e","at_ns":7,"attributes":{"x":1}}]',
    )
    (group,) = otlp_groups([whole])
    assert group["resource"]["attributes"] == [{"key": "service.name", "value": {"stringValue": "shop"}}]
    (scope,) = group["scopeSpans"]
    (written,) = scope["spans"]
    said = {one["key"]: one["value"] for one in written["attributes"]}
    assert said["n"] == {"intValue": "5"}
    assert said["f"] == {"doubleValue": 0.5}
    assert said["b"] == {"boolValue": True}
    assert said["l"] == {"arrayValue": {"values": [{"stringValue": "x"}]}}
    assert said["o"] == {"kvlistValue": {"values": [{"key": "k", "value": {"intValue": "1"}}]}}
    assert said["s"] == {"stringValue": "gpt-4o"}
    assert said["gen_ai.input.messages"] == {"stringValue": '[{"role":"user"}]'}
    assert written["startTimeUnixNano"] == str(T0)
    assert written["status"] == {"code": 2, "message": "no"}
    assert written["events"][0]["timeUnixNano"] == "7"


def test_spans_of_one_resource_stand_together():
    spans = [
        span(span_id=f"{place:016x}", resource={"service.name": name}) for place, name in enumerate("xyx")
    ]
    assert [len(group["scopeSpans"][0]["spans"]) for group in otlp_groups(spans)] == [2, 1]


def test_a_step_without_a_span_becomes_one():
    step = show_span(span(status="error", status_message="no"))
    made = span_of(step)
    assert (made.span_id, made.status, made.attributes["holdfast.state"]) == ("b" * 16, "error", "failed")


def test_a_cell_that_a_spreadsheet_would_compute_is_text():
    row = dict(
        zip(COLUMNS, csv_row(show_span(span(name="=1+1", cost_micro_usd=5, billed=True))), strict=True)
    )
    assert row["name"] == "'=1+1"
    assert (row["cost_usd"], row["verdict"], row["priced"]) == ("5e-06", "", "true")
