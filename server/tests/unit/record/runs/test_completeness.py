"""What is said of a run's completeness follows from its counts, and nothing is claimed that nobody counts."""

from __future__ import annotations

import pytest

from holdfast_server.record.runs.completeness import judge
from holdfast_server.record.runs.counts import CountRow

ENDED = {"accepted": 4, "stored": 4, "ended_seen_ns": 1}


def row(**counts: int) -> CountRow:
    return CountRow("r", **ENDED | counts)  # type: ignore[arg-type]


def test_all_that_was_made_is_here() -> None:
    told = judge(row(told=4, numbered=4), state="completed")
    assert (told.state, told.missing, told.text) == ("whole", 0, "4 of 4 spans that its agent made are here.")


@pytest.mark.parametrize(
    ("dropped", "said"),
    [(0, "2 never arrived."), (1, "1 were dropped by its process. 1 never arrived."), (9, "2 were dropped")],
)
def test_a_gap_is_what_the_process_dropped_and_what_never_arrived(dropped: int, said: str) -> None:
    told = judge(row(told=6, numbered=4), state="completed", dropped=dropped)
    assert (told.state, told.missing, told.dropped) == ("partial", 2, min(2, dropped))
    assert said in told.text


def test_while_it_runs_what_is_missing_may_still_come() -> None:
    told = judge(row(told=6, numbered=4, ended_seen_ns=0), state="running")
    assert (told.state, told.text) == (
        "unknown",
        "4 of 6 spans that its agent made are here. 2 may still come.",
    )


def test_a_sender_that_does_not_count_is_never_called_whole() -> None:
    told = judge(row(), state="completed")
    assert (told.state, told.sent) == ("unknown", None)
    assert told.text == "4 spans came; their sender does not count them. Nothing is known to be missing."


def test_a_gap_in_a_trace_of_others_is_partial_once_it_is_over() -> None:
    gap = row(orphaned=3)
    gap.missing = [("ab", 1, 2), ("cd", 1, 1)]
    assert judge(gap, state="running").state == "unknown"
    told = judge(gap, state="completed")
    assert (told.state, told.missing, told.orphaned) == ("partial", 2, 3)


def test_a_run_whose_root_never_came_is_partial() -> None:
    told = judge(row(ended_seen_ns=0), state="lost")
    assert told.state == "partial"
    assert "never came" in told.text


def test_a_run_of_the_sdk_without_any_span_says_so_and_one_over_rest_does_not() -> None:
    assert judge(None, state="completed", shipped=True).state == "partial"
    assert judge(CountRow("r", told=5), state="completed", shipped=True).missing == 5
    assert judge(None, state="running", shipped=True).state == "unknown"
    assert judge(None, state="completed").state == "unknown"


def test_what_came_again_and_late_is_told() -> None:
    told = judge(row(told=4, numbered=4, accepted=7, late=1), state="completed")
    assert (told.duplicates, told.late, told.state) == (3, 1, "whole")
    assert "1 came after its end." in told.text
