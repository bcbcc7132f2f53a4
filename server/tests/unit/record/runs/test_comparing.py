"""Two runs side by side: nothing is lost, and the first step at which they part is named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast_server.record.runs.comparing import Mark, align, compare, first, parted, read, say

names = st.lists(st.sampled_from("abc"), max_size=40)


@pytest.fixture
def run_of(line):
    """A run that took these steps, one after the other."""

    def make(*names: str, **fields: dict[str, object]) -> list:
        return [line("root", kind="start", name="shop", target="shop")] + [
            line(f"s{place}", place + 1, parent="root", name=name, target=name, **fields.get(name, {}))
            for place, name in enumerate(names)
        ]

    return make


def test_equal_runs_do_not_part(run_of):
    pairs, depths = compare(run_of("a", "b"), run_of("a", "b"))
    assert pairs.marks == [Mark.SAME] * 3
    assert depths == [0, 1, 1]
    assert say(run_of("a", "b"), run_of("a", "b"), pairs, None) == "Both did the same."


def test_a_step_that_only_one_took_is_where_they_part(run_of):
    left, right = run_of("a", "x", "b"), run_of("a", "b")
    pairs, _ = compare(left, right)
    assert pairs.marks == [Mark.SAME, Mark.SAME, Mark.ONLY_LEFT, Mark.SAME]
    assert say(left, right, pairs, 2) == "Only the left did x; the other went on with b."
    assert told(right, left) == "Only the right did x; the other went on with b."
    assert told(left[:2], left) == "Only the right did x; the other had ended."


def test_the_same_call_with_another_end_is_a_divergence_and_with_other_arguments_a_hint(run_of):
    left = run_of("a", "b", a={"digest": 1})
    right = run_of("a", "b", a={"digest": 2}, b={"verdict": "deny", "state": "refused"})
    pairs, _ = compare(left, right)
    assert pairs.marks == [Mark.SAME, Mark.ARGUMENTS, Mark.OUTCOME]
    assert first(pairs.marks, Mark.OUTCOME) == 2
    assert say(left, right, pairs, 2) == "b: done on the left, deny, refused on the right."


def test_what_holds_other_steps_parts_only_where_nothing_beneath_it_tells_more(run_of):
    left = run_of("a", "b")
    right = run_of("a", "b", b={"state": "failed"})
    right[0] = right[0]._replace(state="failed")
    pairs, _ = compare(left, right)
    assert pairs.marks == [Mark.OUTCOME, Mark.SAME, Mark.OUTCOME]
    assert parted(left, right, pairs) == 2
    right[2] = right[2]._replace(state="done")
    assert parted(left, right, compare(left, right)[0]) == 0


def test_branches_that_took_turns_otherwise_have_not_parted(line):
    root = line("root", kind="start")
    left = [root, line("p", 1, parent="root"), line("q", 2, parent="p"), line("r", 3, parent="root")]
    right = [root, line("p", 1, parent="root"), line("r", 2, parent="root"), line("q", 3, parent="p")]
    assert compare(left, right)[0].marks == [Mark.SAME] * 4


def test_numbers_in_the_names_of_frames_do_not_part_runs(line):
    frame = {"kind": "span", "target": ""}
    left, right = [line("a", name="batch 1", **frame)], [line("a", name="batch 2", **frame)]
    assert compare(left, right)[0].marks == [Mark.SAME]


@pytest.mark.parametrize("parents", [{"a": "b", "b": "a"}, {"a": "a", "b": "a"}, {"a": "gone", "b": "a"}])
def test_every_step_is_read_once_even_in_a_cycle(line, parents):
    lines = [line(name, place, parent=parent) for place, (name, parent) in enumerate(parents.items())]
    assert sorted(read(lines).order) == [0, 1]


@settings(deadline=None)
@given(names, names)
def test_aligning_keeps_every_step_once_and_in_order_and_faces_only_equals(left, right):
    keys_left = [("tool", name, "shop", 1) for name in left]
    keys_right = [("tool", name, "shop", 1) for name in right]
    rows = align(keys_left, keys_right)
    assert [i for i, _ in rows if i >= 0] == list(range(len(left)))
    assert [j for _, j in rows if j >= 0] == list(range(len(right)))
    assert all(left[i] == right[j] for i, j in rows if i >= 0 and j >= 0)


def told(left: list, right: list) -> str:
    pairs, _ = compare(left, right)
    return say(left, right, pairs, parted(left, right, pairs))
