"""In which slices of time spans are searched."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from holdfast_server.adapters.spans.days import OLD, OLD_NS, begin_of, day_of
from holdfast_server.adapters.spans.searching import END_NS, slices

DAYS = [(20261122, 10), (20261121, 30), (20261120, 5), (20261119, 400), (20261118, 1), (OLD, 7)]


def test_slices_are_whole_days_and_grow() -> None:
    assert list(slices(DAYS, 40)) == [
        (begin_of(20261121), END_NS),
        (begin_of(20261119), begin_of(20261121)),
        (0, begin_of(20261119)),
    ]


def test_few_spans_are_one_slice() -> None:
    assert list(slices(DAYS, 1_000)) == [(0, END_NS)]
    assert list(slices([], 1)) == [(0, END_NS)]


@given(st.integers(1, 1_000))
def test_slices_leave_no_moment_out_and_take_none_twice(enough: int) -> None:
    found = list(slices(DAYS, enough))
    assert [since for since, _ in found[:-1]] == [until for _, until in found[1:]]
    assert (found[0][1], found[-1][0]) == (END_NS, 0)


@given(st.integers(OLD_NS, 2**62))
def test_a_day_begins_with_its_first_moment(ns: int) -> None:
    begin = begin_of(day_of(ns))
    assert begin <= ns
    assert day_of(begin) == day_of(ns)
    assert day_of(max(begin - 1, 0)) != day_of(ns)


def test_what_is_old_begins_with_time() -> None:
    assert begin_of(day_of(OLD_NS - 1)) == 0
