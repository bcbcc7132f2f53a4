"""When merges and indexes wait."""

from __future__ import annotations

import pytest

from holdfast_server.adapters.spans import upkeep
from holdfast_server.adapters.spans.upkeep import AT_ONCE, CATCHING_UP_S, MERGELESS_S, Upkeep

LARGE = AT_ONCE + 1


class Time:
    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(upkeep, "time", made)
    return made


@pytest.fixture
def kept(time: Time) -> Upkeep:
    made = Upkeep("db.spans", holds_merges=True)
    assert len(list(made.let_merge())) == 1, "another process may have left them waiting"
    return made


def test_merges_wait_from_the_first_large_block_until_there_is_rest(kept):
    assert not list(kept.before(AT_ONCE))
    assert "MODIFY SETTING" in next(kept.before(LARGE))
    assert not list(kept.before(LARGE))
    assert "RESET SETTING" in next(kept.let_merge())
    assert not list(kept.let_merge())


def test_merges_never_wait_for_long_and_then_are_free_for_as_long(kept, time):
    list(kept.before(LARGE))
    time.now += MERGELESS_S + 1
    assert "RESET SETTING" in next(kept.before(LARGE))
    time.now += MERGELESS_S
    assert not list(kept.before(LARGE))
    time.now += 2
    assert "MODIFY SETTING" in next(kept.before(LARGE))


def test_an_engine_that_is_a_server_merges_when_it_likes():
    made = Upkeep("db.spans", holds_merges=False)
    assert not list(made.before(LARGE))
    assert not list(made.let_merge())


def test_blocks_are_indexed_late_once_and_not_all_the_time(kept, time):
    assert kept.is_late(), "the process before may have left some"
    assert len(list(kept.index(["20260101", "20260102"]))) == 2
    assert not kept.is_late()
    list(kept.before(LARGE))
    assert not kept.is_late()
    time.now += CATCHING_UP_S
    assert kept.is_late()
    assert not list(kept.index(["'; DROP TABLE"]))
    assert not kept.is_late()
