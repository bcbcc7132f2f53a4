"""Upstreams that rest: each worker hears of it once, and of none that is back."""

from __future__ import annotations

from holdfast_server.action.llm.messages import Health
from holdfast_server.action.llm.rests import Rests

NOW = 1_790_000_000_000_000_000


def test_what_one_worker_found_out_is_told_once() -> None:
    rests = Rests()
    told = [Health("east/a", "open", back_ns=NOW + 50), Health("west/b", back_ns=NOW - 1), Health("up/c")]
    assert rests.take(told, now_ns=NOW) == {"east/a": NOW + 50}
    assert rests.take(told, now_ns=NOW + 1) == {}
    assert rests.take([Health("east/a", "open", back_ns=NOW + 50)], now_ns=NOW + 2) == {}, (
        "another one heard of it"
    )


def test_a_longer_rest_and_a_later_one_are_told_again() -> None:
    rests = Rests()
    rests.take([Health("east/a", back_ns=NOW + 50)], now_ns=NOW)
    assert rests.take([Health("east/a", back_ns=NOW + 70)], now_ns=NOW) == {"east/a": NOW + 70}
    assert rests.take([Health("east/a", back_ns=NOW + 70)], now_ns=NOW + 71) == {}
    assert rests.take([Health("east/a", back_ns=NOW + 99)], now_ns=NOW + 80) == {"east/a": NOW + 99}
