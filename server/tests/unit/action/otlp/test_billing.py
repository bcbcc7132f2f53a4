"""Each call is counted once, whoever reports it and in whatever order."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast_server.action.otlp.billing import Pricer
from holdfast_server.record.pricing import price_usage
from holdfast_server.record.spans.span import Span

USAGE = {"input_tokens": 120, "output_tokens": 18}


def span(number: int, kind: str = "model", parent: int = 0, **said: Any) -> Span:
    about = {"start_ns": 1_000 - number, "end_ns": 2_000 + number, "trace_id": "a" * 32, **said}
    if kind == "model":
        tokens = {"tokens_in": 120, "tokens_out": 18, "usage": USAGE, "operation": "chat"}
        about = {"provider": "openai", "model": "gpt-4o", **tokens, **about}
    name = about.pop("target", f"span {number}")
    return Span(
        span_id=f"{number:016x}", parent_id=f"{parent:016x}" if parent else "", step_kind=kind,
        name=name, target=name, **about,
    )  # fmt: skip


def bill(*spans: Span) -> dict[int, Span]:
    return {int(one.span_id, 16): one for one in Pricer(price_usage).bill(spans)}


def counted(*spans: Span) -> list[str]:
    found = bill(*spans)
    return [found[int(one.span_id, 16)].counted for one in spans]


def test_a_wrapper_reports_and_does_not_bill() -> None:
    found = bill(span(1), span(2, "span", parent=3), span(3, parent=4), span(4, "start", usage=USAGE))
    # 1 stands apart; 3 has only a plain span below it, so it is a call itself; 4 stands above it.
    assert [found[n].counted for n in (1, 3, 4)] == ["once", "once", "wrapper"]
    assert (found[3].billed, found[4].billed, found[4].cost_micro_usd) == (True, False, None)


def test_two_reports_with_one_answer_are_one_call_in_any_trace() -> None:
    first, second = span(1, response_id="r1"), span(2, response_id="r1", trace_id="b" * 32, scope="gateway")
    found = bill(first, second)
    assert (found[1].counted, found[2].counted, found[2].same_as) == ("once", "duplicate", first.span_id)
    assert [one.billed for one in found.values()].count(True) == 1


def test_without_an_id_alike_calls_of_two_instrumentations_are_one() -> None:
    assert counted(span(1, scope="a"), span(2, scope="b")) == ["once", "duplicate"]


@pytest.mark.parametrize(
    "other",
    [
        span(2, scope="a"),  # the same instrumentation reports twice: two calls
        span(2, scope="b", model="o3"),
        span(2, scope="b", tokens_in=121),
        span(2, scope="b", start_ns=10**12, end_ns=10**12 + 5),
        span(2, scope="b", response_id="r2"),
    ],
)
def test_calls_that_differ_are_two(other: Span) -> None:
    assert counted(span(1, scope="a", response_id="r1"), other) == ["once", "once"]


def test_alike_calls_of_two_processes_are_two_unless_one_of_them_is_told_by_us() -> None:
    seen, elsewhere = (
        span(1, scope="a", service="shop"),
        {"scope": "b", "service": "mail", "trace_id": "b" * 32},
    )
    assert counted(seen, span(2, **elsewhere)) == ["once", "once"]
    assert counted(seen, span(2, **elsewhere, run="c" * 32)) == ["duplicate", "once"]
    assert counted(seen, span(2, **{**elsewhere, "service": "shop"})) == ["once", "duplicate"]


def test_many_alike_calls_at_once_are_paired_one_to_one() -> None:
    calls = [span(number, scope="a") for number in (1, 2, 3)]
    again = [span(number, scope="b") for number in (4, 5, 6)]
    assert sorted(counted(*calls, *again)) == ["duplicate"] * 3 + ["once"] * 3


def test_what_the_guard_reports_is_believed_first() -> None:
    own = span(1, run="c" * 32, response_id="r1", cost_micro_usd=480, end_ns=9_000)
    found = bill(span(2, response_id="r1", parent=1, scope="else"), own)
    assert (found[1].counted, found[1].billed, found[2].counted) == ("once", True, "duplicate")


def test_a_tool_call_counts_where_it_was_asked_for() -> None:
    asking = span(1, calls={"call_0123456789abcdef": "look"})
    running = span(2, "tool", target="look", call_id="call_0123456789abcdef")
    unasked = span(3, "tool", target="other")
    found = bill(asking, running, unasked)
    assert [found[n].tool_calls for n in (1, 2, 3)] == [1, 0, 1]


def test_a_tool_call_without_an_id_is_paired_by_name() -> None:
    found = bill(
        span(1, calls={"look#0": "look"}), span(2, "tool", target="look"), span(3, "tool", target="look")
    )
    assert [found[n].tool_calls for n in (1, 2, 3)] == [1, 0, 1]


def test_client_and_server_of_one_tool_call_are_one() -> None:
    mcp = {"attributes": {"mcp.method.name": "tools/call"}, "scope": "mcp"}
    found = bill(span(1, "tool", target="look", parent=2, **mcp), span(2, "tool", target="look", **mcp))
    assert [found[n].counted for n in (1, 2)] == ["once", "duplicate"]
    assert sum(one.tool_calls for one in found.values()) == 1


def test_a_tool_that_calls_itself_is_called_twice() -> None:
    found = bill(
        span(1, "tool", target="walk", parent=2, scope="a"), span(2, "tool", target="walk", scope="a")
    )
    assert [found[n].counted for n in (1, 2)] == ["once", "once"]


def test_a_call_is_attributed_as_the_spans_above_it_say() -> None:
    root = span(9, "start", agent="shop", team="returns", customer="acme")
    found = bill(span(1, parent=2), span(2, "delegate", parent=9, agent="refunds"), root)
    assert (found[1].agent, found[1].team, found[1].customer) == ("refunds", "returns", "acme")


def test_parents_in_a_circle_end() -> None:
    found = bill(span(1, parent=2), span(2, "span", parent=3), span(3, "span", parent=2))
    assert found[1].counted == "once"


def test_what_the_sender_reports_is_never_added() -> None:
    (one,) = bill(span(1, reported_micro_usd=999_999)).values()
    assert (one.cost_micro_usd, one.reported_micro_usd) == (480, 999_999)
