"""Traces of others become runs, in whatever order, how often and with what clocks their spans come."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast_server.record.runs.counts import CountRow
from holdfast_server.record.runs.rows import RunRow
from holdfast_server.record.runs.seen import Seen
from holdfast_server.record.runs.traces import AHEAD_NS, LATE_NS, Folded
from holdfast_server.record.spans.span import Span

NOW = 1_800_000_000_000_000_000
TRACE = "ab" * 16


def name(number: int) -> str:
    return f"{number:016x}"


def span(number: int, parent: int = 1, **changes: Any) -> Span:
    known: dict[str, Any] = {
        "trace_id": TRACE,
        "span_id": name(number),
        "parent_id": name(parent) if parent and number != 1 else "",
        "start_ns": NOW + number,
        "end_ns": NOW + number + 10,
        "name": "chat",
        "step_kind": "start" if number == 1 else "model",
        "agent": "shop",
        "tokens_in": 7,
        "billed": number != 1,
        "cost_micro_usd": 5,
    }
    return Span(**known | changes)


class World:
    """What was kept between blocks, without a database."""

    def __init__(self, *, governed: bool = False) -> None:
        self.governed = {TRACE} if governed else set[str]()
        self.entries: list[tuple[Any, ...]] = []
        self.runs: dict[str, RunRow] = {}
        self.counts: dict[str, CountRow] = {}
        self.links: set[tuple[str, str]] = set()
        self.micro_usd = 0

    def take(self, *spans: Span, now_ns: int = NOW) -> World:
        seen = Seen()
        for part in self.entries:
            seen.keep(*part)
        folded = Folded({TRACE: seen}, self.governed, dict(self.runs), self.counts, now_ns)
        folded.take(spans)
        folded.look_for_missing()
        self.runs |= folded.touched
        self.entries += seen.fresh()
        self.links |= folded.links
        self.micro_usd += sum(one.micro_usd for one in folded.spent.values())
        return self

    @property
    def run(self) -> RunRow:
        return self.runs[TRACE]

    @property
    def count(self) -> CountRow:
        return self.counts[TRACE]


whole = [span(1, 0), *(span(number) for number in range(2, 8)), span(8, 3, step_kind="tool")]


@given(st.permutations(whole), st.lists(st.sampled_from(whole), max_size=6), st.integers(1, 5))
def test_order_blocks_and_repetition_make_no_difference(
    order: list[Span], again: list[Span], size: int
) -> None:
    world = World()
    for block in _blocks([*order, *again], size):
        world.take(*block)
    plain = World().take(*whole)
    for field in ("steps", "model_calls", "tokens_in", "cost_micro_usd", "priced_calls", "started_ns",
                  "ended_ns", "last_ns", "state", "start_step", "agent"):  # fmt: skip
        assert getattr(world.run, field) == getattr(plain.run, field), field
    assert world.micro_usd == plain.micro_usd == 35
    assert (world.count.stored, world.count.accepted) == (8, 8 + len(again))
    assert (world.count.orphaned, world.count.missing) == (0, [])


def _blocks(some: list[Span], size: int) -> list[list[Span]]:
    return [some[start : start + size] for start in range(0, len(some), size)]


def test_a_run_lives_until_its_root_comes() -> None:
    world = World().take(span(2), span(3))
    assert (world.run.state, world.run.ended_ns, world.run.started_ns) == ("running", None, NOW + 2)
    world.take(span(1, status="error", status_message="boom"))
    assert (world.run.state, world.run.error, world.run.started_ns) == ("failed", "boom", NOW + 1)


def test_parents_that_never_came_are_missing_and_their_children_orphans() -> None:
    world = World().take(span(2, 9), span(3, 9), span(4, 3), span(5, 7))
    assert world.count.orphaned == 3
    assert world.count.missing == [(name(9), NOW + 2, 2), (name(7), NOW + 5, 1)]
    world.take(span(9, 1))
    assert world.count.missing == [(name(1), NOW + 9, 1), (name(7), NOW + 5, 1)]
    world.take(span(1), span(7))
    assert (world.count.orphaned, world.count.missing) == (0, [])


def test_a_circle_of_parents_is_counted_and_hangs_nowhere() -> None:
    world = World().take(span(2, 3), span(3, 2), span(4, 4))
    assert (world.run.steps, world.run.state, world.count.orphaned) == (3, "running", 0)


def test_what_comes_after_the_end_is_late_and_still_counts() -> None:
    world = World().take(span(1), span(2))
    world.take(span(3), now_ns=NOW + LATE_NS // 2)
    world.take(span(4), span(2), now_ns=NOW + 2 * LATE_NS)
    assert (world.count.late, world.count.stored, world.run.steps) == (1, 4, 4)


@pytest.mark.parametrize("ns", [2**64 - 1, NOW + AHEAD_NS * 2, 0])
def test_times_that_cannot_be_are_not_believed(ns: int) -> None:
    world = World().take(span(1, start_ns=ns, end_ns=ns), span(2, start_ns=ns, end_ns=ns))
    assert (world.run.started_ns, world.run.ended_ns, world.run.last_ns) == (NOW, NOW, NOW)


def test_a_child_whose_clock_is_off_does_not_move_the_run() -> None:
    hour = 3_600_000_000_000
    for order in ((span(2, start_ns=NOW - hour), span(1)), (span(1), span(2, start_ns=NOW - hour))):
        world = World().take(*order)
        assert (world.run.started_ns, world.run.ended_ns) == (NOW + 1, NOW + 11)


def test_a_lost_run_lives_again_when_more_of_it_comes() -> None:
    world = World().take(span(2))
    world.runs[TRACE] = msgspec.structs.replace(world.run, state="lost", ended_ns=NOW, error="gone")
    world.take(span(3))
    assert (world.run.state, world.run.ended_ns, world.run.error) == ("running", None, "")


def test_numbered_spans_of_ours_are_counted_and_not_folded() -> None:
    ours: dict[str, Any] = {"run": TRACE, "scope": "holdfast"}
    world = World(governed=True).take(
        span(2, **ours, attributes={"holdfast.run.number": "1"}),
        span(1, **ours, attributes={"holdfast.run.number": "4"}),
    )
    assert not world.runs
    assert (world.count.told, world.count.numbered, world.count.stored) == (4, 2, 2)


def test_a_trace_that_names_a_run_begun_elsewhere_belongs_to_it() -> None:
    above = "cd" * 16
    world = World()
    world.runs[above] = RunRow(above, above)
    world.take(span(1, run=above), span(2, run=above))
    assert world.links == {(above, TRACE)}
    assert (world.run.parent_run, world.run.steps) == (above, 2)


def test_a_run_is_named_by_what_its_root_was_told_or_by_the_first_words_said_in_it() -> None:
    said = '[{"role":"user","content":"refund order 7"}]'
    bare = World().take(span(2, input=said), span(3, input="later"), span(1))
    assert bare.runs[TRACE].title == "refund order 7"
    mute = World().take(span(1), span(2), span(3, input='{"n":1}'), span(4, input=said))
    assert mute.runs[TRACE].title == "refund order 7", "calls that say nothing leave it to the next"
    told = World().take(span(2, input=said), span(1, input='{"task":"refund all of them"}'))
    assert told.runs[TRACE].title == "refund all of them"
    assert World().take(span(1, input='{"order":7}')).runs[TRACE].title == "chat"
