"""BusyPoll: the loop stays awake while answers come at once, and soon sleeps where they do not."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from holdfast_server.action.llm.wire import polling
from holdfast_server.action.llm.wire.polling import NS_PER_US, PASSED_MAX, BusyPoll

WITHIN_US = 100


class Turns:
    """A loop's turns, and the time that passes in them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_ns = 0
        self.soon: list[Callable[[], None]] = []
        monkeypatch.setattr(polling, "monotonic_ns", lambda: self.now_ns)

    def sleeps(self, *, within_us: int = WITHIN_US) -> int:
        """How many turns there are until the loop may sleep; each takes a fifth of what is waited for."""
        turns = 0
        while self.soon:
            turns += 1
            self.now_ns += within_us * NS_PER_US // 5
            self.soon.pop(0)()
        return turns


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    return Turns(monkeypatch)


def test_what_left_keeps_the_loop_awake_for_a_moment(turns: Turns) -> None:
    poll = BusyPoll(turns.soon.append, within_us=WITHIN_US)
    poll.expect()
    assert len(turns.soon) == 1
    assert turns.sleeps() == 5


def test_each_answer_that_came_in_time_keeps_it_awake_as_long_again(turns: Turns) -> None:
    poll = BusyPoll(turns.soon.append, within_us=WITHIN_US)
    for _ in range(50):
        poll.expect()
        assert len(turns.soon) == 1, "one look is enough"
        turns.now_ns += WITHIN_US * NS_PER_US // 2
        turns.soon.pop()()
        assert turns.soon, "it goes on"


def test_where_nothing_comes_in_time_it_is_tried_ever_more_rarely(turns: Turns) -> None:
    poll = BusyPoll(turns.soon.append, within_us=WITHIN_US)
    tried: list[int] = []
    for turn in range(5 * PASSED_MAX):
        poll.expect()
        if turns.sleeps():
            tried.append(turn)
    gaps = [later - earlier for earlier, later in pairwise(tried)]
    assert gaps[:9] == [2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert set(gaps[9:]) == {PASSED_MAX + 1}


def test_one_that_came_makes_it_try_each_time_again(turns: Turns) -> None:
    poll = BusyPoll(turns.soon.append, within_us=WITHIN_US)
    for _ in range(2):
        poll.expect()
        turns.sleeps()
    for _ in range(3):
        poll.expect()
    assert turns.soon, "the third is a chance again"
    poll.expect()
    turns.sleeps()
    poll.expect()
    poll.expect()
    assert turns.soon, "after one that was passed over"


def test_for_no_time_at_all_it_does_not_wait(turns: Turns) -> None:
    poll = BusyPoll(turns.soon.append, within_us=0)
    poll.expect()
    assert turns.sleeps(within_us=5) == 1
