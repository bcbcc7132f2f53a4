"""A run as columns: nothing twice, nothing lost, every parent found or said to be missing."""

from __future__ import annotations

from holdfast_server.record.runs.outline import Flag, columns_of, lines_of, merge, outline, turned
from holdfast_server.record.spans.bare import strip
from holdfast_server.record.spans.span import Span

T0 = 1_800_000_000_000_000_000


def test_every_step_has_one_entry_in_every_column(line):
    steps = [line("a", kind="start"), line("b", 10, parent="a"), line("c", 20, parent="b", end_ns=None)]
    made = outline("r", "t", turned(steps), total=3)
    columns = [
        value for name, value in made if isinstance(value, list) and not name.endswith(("_names", "_table"))
    ]
    assert {len(column) for column in columns} == {3}
    assert made.parents == [-1, 0, 1]
    assert made.starts_us == [0, 10, 20]
    assert made.durations_us == [5, 5, None]
    assert [made.kind_names[kind] for kind in made.kinds] == ["start", "tool", "tool"]
    assert [made.name_table[name] for name in made.names] == ["pay"] * 3
    assert not made.truncated


def test_a_step_whose_parent_never_arrived_says_so_and_a_root_does_not(line):
    made = outline("r", "t", turned([line("a"), line("b", parent="gone")]), total=2)
    assert made.parents == [-1, -1]
    assert [bool(flags & Flag.ORPHAN) for flags in made.flags] == [False, True]


def test_a_span_whose_step_was_decided_is_not_shown_twice(line):
    spans = [
        Span("t", "a", "", T0, T0 + 9, "shadow", "tool"),
        Span("t", "b", "a", T0 + 1, T0 + 9, "chat", "model", status="error", billed=True),
    ]
    found = merge([line("a", name="pay")], lines_of(strip(spans, digests=True)))
    assert [(one.id, one.name) for one in found] == [("a", "pay"), ("b", "chat")]
    assert found[1].flags == Flag.ERROR | Flag.UNPRICED
    assert found[1].digest != 0 or found[0].digest == 0


def test_spans_alone_are_the_same_with_and_without_lines():
    spans = [
        Span("t", f"{place}", "", T0 + place, T0 + 9, "chat", "model", status="error") for place in range(3)
    ]
    bare = strip(spans, digests=False)
    whole = outline("r", "t", columns_of(bare), total=3)
    assert whole == outline("r", "t", turned(merge([], lines_of(bare))), total=3)


def test_an_empty_run_and_one_that_was_cut_are_told_apart(line):
    assert outline("r", "t", turned([]), total=0).ids == []
    assert outline("r", "t", turned([line("a")]), total=2).truncated


def test_what_nobody_knows_is_a_plain_span(line):
    made = outline("r", "t", turned([line("a", kind="novel", state="odd", verdict="maybe")]), total=1)
    assert (made.kinds, made.state_names[made.states[0]], made.verdict_names[made.verdicts[0]]) == (
        [7],
        "done",
        "",
    )
