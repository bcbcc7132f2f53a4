from __future__ import annotations

import pytest

from holdfast.decision import Latch
from holdfast.errors import Invalid
from holdfast.guard.sessions import Sessions, fit


def test_the_same_id_is_the_same_session() -> None:
    sessions = Sessions(4)
    assert sessions.get("a") is sessions.get("a")


@pytest.mark.parametrize("name", ["", "a b", "a" * 129, "a\n", "ä/../b c"])
def test_what_is_no_id_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        Sessions(4).get(name)


@pytest.mark.parametrize("name", ["a b", "a" * 500, "käse?"])
def test_a_frameworks_id_is_made_to_fit_and_stays_itself(name: str) -> None:
    assert fit(name) == fit(name) != fit(name + "x")
    Sessions(4).get(fit(name))


def test_an_id_that_fits_is_kept() -> None:
    assert fit("thread-1") == "thread-1"
    assert fit("") == ""


def test_what_every_session_is_counted_by_is_the_setting() -> None:
    assert Sessions(4, {"team": "support"}).get("a").tags == {"team": "support"}
    assert Sessions(4).get("a").tags == {}


def test_the_longest_untouched_is_forgotten_first() -> None:
    sessions = Sessions(2)
    first, second = sessions.get("1"), sessions.get("2")
    sessions.get("1")
    sessions.get("3")
    assert sessions.get("1") is first
    assert sessions.get("2") is not second


def test_a_halted_or_running_session_is_not_forgotten() -> None:
    sessions = Sessions(2)
    halted, running = sessions.get("halted"), sessions.get("running")
    halted.state.latch = Latch("rule", "over")
    running.open_runs = 1
    sessions.get("3")
    assert sessions.get("halted") is halted
    assert sessions.get("running") is running


def test_there_is_a_limit_whatever_happens() -> None:
    sessions = Sessions(2)
    for number in range(20):
        sessions.get(str(number)).open_runs = 1
    assert len(sessions) <= 5
