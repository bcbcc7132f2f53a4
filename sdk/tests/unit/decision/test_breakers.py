"""A breaker opens for what is down, tries again with care, and never because of what one run does wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.decision.breakers import SECOND, STEPS, Breaker, Breakers, BreakerTerms, Result, State
from holdfast.decision.rates import RateTerms, SlidingWindow

TERMS = BreakerTerms(consecutive=3, runs=2, calls_min=10, window_s=10, open_s=5)


def fail(breaker: Breaker, *errors: str, at: int = 0, run: str = "") -> None:
    for n, error in enumerate(errors):
        breaker.settle(Result(error, 0, run or f"run {n}"), at)


def test_failures_of_one_class_from_two_runs_open_it_and_say_why() -> None:
    breaker = Breaker(TERMS)
    fail(breaker, "Timeout", "Timeout", "Timeout")
    assert (breaker.state, breaker.admit(4 * SECOND)) == (State.OPEN, False)
    assert breaker.reason == "3 failures in a row with Timeout"


def test_what_one_run_does_wrong_is_for_its_detectors() -> None:
    breaker = Breaker(TERMS)
    fail(breaker, *["ValueError"] * 100, run="one")
    assert breaker.state is State.CLOSED


def test_different_failures_and_successes_in_between_are_no_streak() -> None:
    breaker = Breaker(TERMS)
    fail(breaker, "Timeout", "Timeout", "NotFound", "NotFound", "", "NotFound", "Timeout", "Timeout")
    assert breaker.state is State.CLOSED


def test_a_share_of_failures_in_the_window_opens_it_and_an_old_one_does_not() -> None:
    breaker = Breaker(TERMS)
    for n in range(9):
        breaker.settle(Result("" if n % 2 else f"E{n}", 0, f"run {n}"), n)
    assert breaker.state is State.CLOSED
    breaker.settle(Result("E", 0, "run"), 11 * SECOND)
    assert breaker.state is State.CLOSED, "what is older than the window does not count"
    for n in range(9):
        breaker.settle(Result("" if n % 2 else f"E{n}", 0, f"run {n}"), 11 * SECOND)
    assert (breaker.state, "calls failed within 10 s" in breaker.reason) == (State.OPEN, True)


def test_slow_calls_open_it() -> None:
    breaker = Breaker(BreakerTerms(slow_s=1, slow_rate=0.5, calls_min=4))
    for took in (0, 2, 0, 2):
        breaker.settle(Result("", took * SECOND), 0)
    assert (breaker.state, breaker.reason) == (State.OPEN, "2 of 4 calls took longer than 1 s")


def test_one_probe_goes_and_closes_it() -> None:
    breaker = Breaker(TERMS)
    fail(breaker, *["Timeout"] * 3)
    later = 5 * SECOND
    assert [breaker.admit(later) for _ in range(3)] == [True, False, False]
    assert breaker.state is State.HALF_OPEN
    assert breaker.settle(Result("", 0), later)
    assert [breaker.admit(later) for _ in range(3)] == [True, True, True]


def test_a_probe_that_fails_makes_it_wait_twice_as_long() -> None:
    breaker = Breaker(TERMS)
    fail(breaker, *["Timeout"] * 3)
    assert breaker.admit(5 * SECOND)
    fail(breaker, "Timeout", at=6 * SECOND)
    assert (breaker.state, breaker.retry_ns) == (State.OPEN, 16 * SECOND)


def test_a_probe_that_never_comes_back_makes_room_for_another() -> None:
    breaker = Breaker(TERMS)
    fail(breaker, *["Timeout"] * 3)
    assert breaker.admit(5 * SECOND)
    assert not breaker.admit(9 * SECOND)
    assert breaker.admit(10 * SECOND)


def test_a_person_closes_it() -> None:
    breaker = Breaker(TERMS)
    fail(breaker, *["Timeout"] * 3)
    assert breaker.reset()
    assert breaker.admit(0)
    assert not breaker.reset()


@given(st.lists(st.tuples(st.sampled_from(["admit", "good", "bad", "reset"]), st.integers(0, 20))))
def test_it_only_takes_steps_that_are_listed(events: list[tuple[str, int]]) -> None:
    breaker, now = Breaker(BreakerTerms(consecutive=2, runs=1, open_s=5, probes=2)), 0
    for event, later in events:
        now += later * SECOND
        before = breaker.state
        if event == "admit":
            breaker.admit(now)
        elif event == "reset":
            breaker.reset()
        else:
            breaker.settle(Result("E" if event == "bad" else "", 0, "run"), now)
        assert breaker.state in {before, *(to for (of, _), to in STEPS.items() if of is before)}


def test_each_kind_has_terms_and_a_name_its_own() -> None:
    terms = Breakers(models=None, named={"bash": None, "slow": TERMS})
    assert terms.terms("tool", "search") == BreakerTerms()
    assert terms.terms("model", "openai/gpt-4o") is None
    assert terms.terms("tool", "bash") is None
    assert terms.terms("dependency", "slow") is TERMS


@given(st.lists(st.integers(0, 5 * SECOND), max_size=60), st.integers(1, 5))
def test_no_window_of_a_rate_ever_holds_more_than_it_says(gaps: list[int], calls: int) -> None:
    window = SlidingWindow(RateTerms(of="tool", calls=calls, per_s=7))
    now, taken = 0, list[int]()
    for gap in gaps:
        now += gap
        if not window.wait_ns(now):
            window.take(now)
            taken.append(now)
    for first in taken:
        assert sum(first <= one < first + 7 * SECOND for one in taken) <= calls


def test_a_rate_says_how_long_to_wait() -> None:
    window = SlidingWindow(RateTerms(of="tool", calls=2, per_s=10))
    window.take(0)
    window.take(4 * SECOND)
    assert window.wait_ns(6 * SECOND) == 4 * SECOND


@pytest.mark.parametrize("field", ["error_rate", "slow_rate"])
def test_terms_that_make_no_sense_are_refused(field: str) -> None:
    import msgspec

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({field: 1.5}, BreakerTerms)
