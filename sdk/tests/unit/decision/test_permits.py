"""Permits of a rate: more at once for who makes many calls, good for a moment, never more than there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from holdfast.action import Kind
from holdfast.decision import Source, compile_bundle
from holdfast.decision.breakers import SECOND
from holdfast.decision.permits import Permit, PermitAsk, Permits, Permitted
from holdfast.decision.rates import RateTerms, rates_of
from holdfast.guard.traffic import Traffic

TERMS = RateTerms("tool", 8, 10.0)
WANTED = ((TERMS, "fetch"),)
RULES = 'agents: {"*": {}}\nrates: [{of: tool, name: fetch, calls: 8, per_s: 10}]\n'


def give(granted: int, *, wait_s: float = 0, good_s: float = 1.0, holders: int = 1) -> Permit:
    return Permit(granted, good_s, wait_s, 7 if granted else 0, holders)


def test_nothing_goes_without_a_permit_and_each_is_used_once() -> None:
    permits = Permits()
    assert permits.take(WANTED, 0).state == "short"
    permits.take_in(WANTED[0], give(2), sent_ns=0, now_ns=0)
    assert [permits.take(WANTED, 0).state for _ in range(3)] == ["granted", "granted", "short"]


def test_a_permit_is_void_after_its_moment() -> None:
    permits = Permits()
    permits.take_in(WANTED[0], give(2), sent_ns=0, now_ns=0)
    assert permits.take(WANTED, SECOND).state == "short"
    ask = permits.ask(WANTED[0], SECOND)
    assert (ask.back, ask.grant) == (2, 7), "what was not used is given back"


def test_who_makes_many_calls_asks_for_more_at_once() -> None:
    permits = Permits()
    permits.take_in(WANTED[0], give(3), sent_ns=0, now_ns=0)
    for _ in range(3):
        permits.take(WANTED, 0)
    assert permits.ask(WANTED[0], 0).ahead == 3
    assert permits.ask(WANTED[0], 100 * SECOND).ahead == 0, "long ago says nothing of now"


def test_who_was_refused_asks_no_more_until_it_may_fit() -> None:
    permits = Permits()
    permits.take_in(WANTED[0], give(0, wait_s=2), sent_ns=0, now_ns=0)
    refused = permits.take(WANTED, SECOND)
    assert (refused.state, refused.wait_ns) == ("refused", SECOND)
    assert permits.take(WANTED, 3 * SECOND).state == "short"


def test_a_call_has_a_permit_of_every_rate_or_uses_none() -> None:
    both = (*WANTED, (RateTerms("agent", 5, 60.0), "ada"))
    permits = Permits()
    permits.take_in(both[0], give(1), sent_ns=0, now_ns=0)
    assert permits.take(both, 0).state == "short"
    assert permits.take(WANTED, 0).state == "granted", "it was not used up by the call that did not go"


def test_a_rate_concerns_its_tool_its_agent_or_its_model() -> None:
    rates = (TERMS, RateTerms("agent", 1, 1.0, "ada"), RateTerms("model", 1, 1.0, "m"))
    found = {
        kind: [one.of for one, _ in rates_of(rates, kind, "m", "ada")] for kind in (Kind.TOOL, Kind.MODEL)
    }
    assert found == {Kind.TOOL: ["tool", "agent"], Kind.MODEL: ["agent", "model"]}


class Counter:
    """Whoever counts for all: gives what the test says, or does not answer."""

    def __init__(self, *answers: Permit | None) -> None:
        self.counts, self.answers = True, list(answers)
        self.asked: list[Sequence[PermitAsk]] = []

    def permit(self, asks: Sequence[PermitAsk]) -> Permitted | None:
        self.asked.append(asks)
        answer = self.answers.pop(0) if self.answers else None
        return None if answer is None else Permitted((answer,) * len(asks))


def test_a_guard_lets_go_what_was_permitted_and_refuses_the_rest(act: Any) -> None:
    bundle = compile_bundle([Source("rules.yaml", RULES)])
    counter = Counter(give(2), give(0, wait_s=5))
    traffic = Traffic(now_ns=lambda: 0, counter=counter)
    told = [traffic.admit(act("fetch"), bundle) for _ in range(4)]
    assert [one is None for one in told] == [True, True, False, False]
    assert len(counter.asked) == 2
    assert told[2] is not None
    assert told[2].cure == "Try again in 5 s."


def test_without_an_answer_a_process_keeps_to_its_share_and_says_what_it_does_not_know(act: Any) -> None:
    bundle = compile_bundle([Source("rules.yaml", RULES)])
    counter = Counter(give(1, holders=4))
    traffic = Traffic(now_ns=lambda: 0, counter=counter)
    told = [traffic.admit(act("fetch"), bundle) for _ in range(3)]
    assert [one is None for one in told] == [True, True, False], "two of eight for one of four"
    assert told[2] is not None
    assert "out of reach" in told[2].message
    alone = Traffic(now_ns=lambda: 0)
    refused = [alone.admit(act("fetch"), bundle) for _ in range(9)][-1]
    assert refused is not None
    assert "not counted: there is no server" in refused.message


def test_a_permit_that_came_too_late_lets_nothing_go(act: Any) -> None:
    bundle = compile_bundle([Source("rules.yaml", RULES)])
    times = iter(range(0, 10**12, 2 * SECOND))
    traffic = Traffic(now_ns=lambda: next(times), counter=Counter(give(2)))
    assert traffic.admit(act("fetch"), bundle) is not None
