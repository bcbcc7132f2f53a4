"""What duties are made of: exact rates, bounded repetitions, one effect a key, an honest comparison."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.action import Compensation, Contract, Effect, PostCondition, Rate, Retries
from holdfast.decision.effects import KEYS_MAX, Effects
from holdfast.decision.observed import worst
from holdfast.decision.undoing import Undo, find_undo
from holdfast.errors import Denied, Invalid, Misconfigured, TimedOut, Unavailable
from holdfast.guard.conduct import Conduct, conduct_payload
from holdfast.guard.duties.probing import compare, failed
from holdfast.guard.duties.rate import Rates
from holdfast.guard.duties.retrying import RetryBudget, Told, may_repeat, passes, wait_s
from holdfast.guard.duties.timing import await_within, call_within


@given(
    st.lists(st.floats(min_value=0, max_value=3), max_size=60),
    st.integers(min_value=1, max_value=5),
    st.floats(min_value=0.5, max_value=4),
)
def test_no_window_ever_holds_more_calls_than_the_rate(gaps: list[float], calls: int, per_s: float) -> None:
    now = [0.0]
    rates, taken = Rates(lambda: now[0]), []
    for gap in gaps:
        now[0] += gap
        if not rates.take("t", Rate(calls=calls, per_s=per_s)):
            taken.append(now[0])
    for first in taken:
        assert sum(first <= at < first + per_s for at in taken) <= calls


def test_a_refused_call_is_told_when_it_would_fit_and_takes_no_place() -> None:
    now = [0.0]
    rates, rate = Rates(lambda: now[0]), Rate(calls=1, per_s=10)
    assert rates.take("t", rate) == 0
    now[0] = 4
    assert rates.take("t", rate) == 6
    now[0] = 10
    assert rates.take("t", rate) == 0
    assert rates.take("other", rate) == 0


def test_one_of_ten_calls_is_repeated_in_the_long_run() -> None:
    budget = RetryBudget()
    repeated = 0
    for _ in range(1_000):
        budget.earn("t")
        repeated += budget.take("t")
    assert 100 <= repeated <= 115


@given(st.integers(min_value=1, max_value=10))
def test_waits_double_and_end_somewhere(attempt: int) -> None:
    retries = Retries(wait_s=0.5, wait_max_s=4)
    longest = min(0.5 * 2 ** (attempt - 1), 4)
    assert longest / 2 <= wait_s(retries, attempt) <= longest


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (TimedOut("late"), True),
        (Unavailable("busy"), True),
        (Told(ConnectionError(), "words"), True),
        (OSError(), False),
        (KeyError(), True),
        (ValueError(), False),
        (Denied("no"), False),
        (Misconfigured("no"), False),
        (Invalid("no"), False),
        (Told(Denied("no"), "words"), False),
        (KeyboardInterrupt(), False),
        (asyncio.CancelledError(), False),
    ],
)
def test_only_what_passes_is_repeated(error: BaseException, again: bool) -> None:
    assert passes(error, Retries(on=("KeyError", "Denied", "HoldfastError", "Refused"))) is again


@pytest.mark.parametrize(
    ("effect", "idempotent", "may"),
    [(Effect.READ, False, True), (Effect.SPEND, False, False), (Effect.SPEND, True, True)],
)
def test_what_would_happen_twice_is_not_repeated(effect: Effect, idempotent: bool, may: bool) -> None:
    assert may_repeat(Contract("t", effect=effect, idempotent=idempotent)) is may


def claim(effects: Effects, step: str, digest: str = "d", *, repeatable: bool = False) -> Any:
    return effects.claim(("pay", "k"), step=step, digest=digest, repeatable=repeatable)


def test_the_life_of_a_key() -> None:
    effects = Effects()
    assert claim(effects, "s1").step == "s1"
    assert "on its way (step s1)" in claim(effects, "s2")
    effects.settle(("pay", "k"), "s2", result="stolen")
    assert "on its way" in claim(effects, "s2"), "only who began it can end it"
    effects.settle(("pay", "k"), "s1", result="paid")
    assert claim(effects, "s2").result == "paid"
    assert "another call" in claim(effects, "s3", "other")
    effects.release(("pay", "k"), "s1")
    assert claim(effects, "s2").result == "paid", "what was done stays done"


def test_a_doubt_is_only_lifted_by_what_may_be_repeated() -> None:
    effects = Effects()
    claim(effects, "s1")
    effects.settle(("pay", "k"), "s1", doubt=True)
    assert "not known" in claim(effects, "s2")
    assert claim(effects, "s3", repeatable=True).step == "s3"


def test_keys_are_bounded_and_none_is_forgotten() -> None:
    effects = Effects()
    for n in range(KEYS_MAX):
        effects.claim(("pay", str(n)), step="s", digest="d", repeatable=False)
    assert "idempotency keys" in str(effects.claim(("pay", "more"), step="s", digest="d", repeatable=False))


KNOWN = {"arguments": {"amount": 5}, "result": {"id": "a"}}


@pytest.mark.parametrize(
    ("fields", "value", "observed"),
    [
        ({"expect": {"amount": "$arguments.amount"}}, {"amount": 5}, "confirmed"),
        ({"expect": {"amount": "$arguments.amount"}}, {"amount": 6}, "contradicted"),
        ({"expect": {"amount": 5}}, {}, "contradicted"),
        ({"expect": {"amount": 5}}, '{"amount": 5}', "confirmed"),
        ({"expect": {"done": True}}, {"done": 1}, "contradicted"),
        ({"expect": {"lines.0.n": 1}}, {"lines": [{"n": 1}]}, "confirmed"),
        ({"schema": {"type": "object", "required": ["id"]}}, {"id": 1}, "confirmed"),
        ({"schema": {"type": "object", "required": ["id"]}}, {}, "contradicted"),
        ({"fails_with": ("KeyError",)}, {"id": 1}, "contradicted"),
    ],
)
def test_what_a_probe_shows_is_compared(fields: dict[str, Any], value: Any, observed: str) -> None:
    assert compare(PostCondition(tool="show", **fields), value, KNOWN)[0] == observed


@pytest.mark.parametrize(
    ("error", "observed"),
    [
        (FileNotFoundError("x"), "confirmed"),
        (KeyError("x"), "unknown"),
        (Denied("no"), "unknown"),
        (TimedOut("late"), "unknown"),
    ],
)
def test_a_probe_that_fails_otherwise_than_it_must_has_told_nothing(error: Exception, observed: str) -> None:
    condition = PostCondition(tool="show", fails_with=("FileNotFoundError", "Denied"))
    assert failed(condition, error)[0] == observed


def test_whatever_is_not_confirmed_outweighs_what_is() -> None:
    assert worst([]) == ""
    assert worst(["confirmed", "confirmed"]) == "confirmed"
    assert worst(["confirmed", "unknown"]) == "unknown"
    assert worst(["unknown", "contradicted", "confirmed"]) == "contradicted"


def test_only_what_there_is_to_tell_is_told() -> None:
    assert conduct_payload(Conduct()) == {}
    assert conduct_payload(Conduct(attempts=2, observed="unknown")) == {"attempts": 2, "observed": "unknown"}
    undone = conduct_payload(Conduct(undo=Undo("reverse", {"id": "X-1"})))
    assert undone == {"undo": {"tool": "reverse", "arguments": {"id": "X-1"}}}


def test_the_way_back_is_known_where_its_references_lead_somewhere() -> None:
    way = Compensation(tool="reverse", arguments={"id": "$result.id", "why": "$arguments.why"})
    known = {"arguments": {"why": "twice"}, "result": {"id": 7}}
    assert find_undo(Contract("pay", compensation=way), known) == Undo("reverse", {"id": 7, "why": "twice"})
    assert find_undo(Contract("pay", compensation=way), {"arguments": {"why": "twice"}}) is None
    assert find_undo(Contract("pay"), known) is None


def test_calls_in_time_give_what_they_give() -> None:
    assert call_within(lambda: 7, 10, tool="t") == 7
    with pytest.raises(KeyError):
        call_within(lambda: {}["x"], 10, tool="t")


def test_a_timeout_of_the_call_itself_is_its_own() -> None:
    async def slow() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        asyncio.run(await_within(slow, 10, tool="t"))


def test_calls_that_never_end_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from holdfast.guard.duties import timing

    monkeypatch.setattr(timing, "_slots", threading.BoundedSemaphore(1))
    go_on = threading.Event()
    with pytest.raises(TimedOut):
        call_within(go_on.wait, 0.01, tool="t")
    with pytest.raises(Unavailable, match="still running"):
        call_within(lambda: 7, 10, tool="t")
    go_on.set()
