"""Steps and spans become acts: a call with its result, what was said, and who began it."""

from __future__ import annotations

from typing import Any

from holdfast_server.insight.attribution.reading import ACTS_MAX, read_acts
from holdfast_server.record.runs.rows import StepRow
from holdfast_server.record.spans.span import Span


def step(name: str, at_ns: int, **fields: Any) -> StepRow:
    return StepRow("t", name, "t", agent="refunds", started_ns=at_ns, **fields)


def span(name: str, at_ns: int, kind: str, parent: str = "root", **fields: Any) -> Span:
    return Span("t", name, parent, at_ns, at_ns + 1, fields.pop("named", kind), kind, **fields)


def test_a_decided_step_is_one_act_and_its_span_adds_what_was_said() -> None:
    steps = [
        step("root", 1, kind="start", arguments={"input": "refund order 7"}),
        step("m", 2, kind="model", target="gpt", state="done"),
        step(
            "c",
            3,
            kind="tool",
            target="pay",
            effect="spend",
            arguments={"order": 7},
            result="ok",
            state="done",
        ),
        step(
            "r",
            4,
            kind="tool",
            target="pay",
            state="refused",
            reasons=[{"rule": "cap", "message": "too much"}],
        ),
        step(
            "e",
            5,
            kind="tool",
            target="mail",
            state="failed",
            error="timeout",
            conduct={"observed": "unknown"},
        ),
        step("s", 6, kind="span"),
    ]
    said = '[{"role": "assistant", "parts": [{"type": "text", "content": "I pay now."}]}]'
    acts = read_acts(steps, [span("m", 2, "model", output=said), span("c", 3, "tool")])
    assert [(act.step, act.kind) for act in acts] == [
        ("root", "person"),
        ("m", "say"),
        ("c", "call"),
        ("r", "call"),
        ("e", "call"),
    ]
    assert (acts[0].text, acts[1].text) == ("refund order 7", "I pay now.")
    assert (acts[2].asked, acts[2].result, acts[2].effect) == ('{"order":7}', "ok", "spend")
    assert (acts[3].refused, acts[3].error) == ("too much", "")
    assert (acts[4].error, acts[4].observed) == ("timeout", "unknown")


def test_our_own_words_about_a_refused_call_are_not_the_agents() -> None:
    reasons = [{"rule": "budget", "message": "$4 of $5 are used, and this may use $2"}]
    (act,) = read_acts([step("m", 1, kind="model", state="refused", result="$4 $5 $2", reasons=reasons)], [])
    assert (act.text, act.refused) == ("", "$4 of $5 are used, and this may use $2")


def test_a_run_that_was_not_allowed_to_begin_is_a_refused_delegation() -> None:
    reasons = [{"rule": "exchanges", "message": "the 10th time"}]
    below = step("s", 2, kind="start", target="verifier", verdict="halt", state="halted", reasons=reasons)
    ended = step("root", 1, kind="start", verdict="allow", state="halted", arguments={"input": "go"})
    asked, refused = read_acts([ended, below], [])
    assert (asked.kind, asked.refused) == ("person", "")
    assert (refused.kind, refused.target, refused.refused) == ("delegate", "verifier", "the 10th time")


def test_a_refusal_that_was_not_enforced_is_none() -> None:
    (act,) = read_acts([step("r", 1, kind="tool", state="refused", enforced=False)], [])
    assert act.refused == ""


def test_of_a_trace_the_first_question_is_the_task_and_reports_of_one_call_are_one_act() -> None:
    asked = '[{"role": "user", "parts": [{"type": "text", "content": "Where is order 7?"}]}]'
    spans = [
        span("root", 1, "start", parent=""),
        span("m", 2, "model", input=asked),
        span("d", 2, "model", input=asked, counted="duplicate"),
        span("t", 3, "tool", target="look", input='{"order": 7}', output="on its way"),
    ]
    acts = read_acts([], spans)
    assert [(act.kind, act.text or act.result) for act in acts] == [
        ("person", "Where is order 7?"),
        ("say", ""),
        ("call", "on its way"),
    ]


def test_of_a_failure_that_shows_in_everything_around_it_the_innermost_is_the_act() -> None:
    broken = {"status": "error", "status_message": "404"}
    spans = [
        span("root", 1, "start", parent="", **broken),
        span("outer", 2, "span", **broken),
        span("inner", 3, "span", parent="outer", named="GET /orders", **broken),
    ]
    assert [(act.step, act.target, act.error) for act in read_acts([], spans)] == [
        ("inner", "GET /orders", "404")
    ]


def test_a_long_run_is_read_up_to_a_limit() -> None:
    spans = [span(f"{n:016x}", n, "tool") for n in range(ACTS_MAX + 5)]
    assert len(read_acts([], spans)) == ACTS_MAX
