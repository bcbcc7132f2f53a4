"""When a cheap model is good enough, and what that comes to."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast_server.action.llm.config import EscalateTerms
from holdfast_server.action.llm.routing.escalating import (
    Example,
    as_model,
    believe,
    confidence_of,
    learn,
)
from holdfast_server.action.llm.routing.frontier import (
    Case,
    at_threshold,
    draw_frontier,
    first_reaching,
    gain,
)

EASY, HARD = "what is the capital of france number", "prove the theorem about groups number"
SEEN = [Example(f"{EASY} {n}", 1.0, 1.0) for n in range(40)] + [
    Example(f"{HARD} {n}", 0.0, 1.0) for n in range(40)
]


def test_what_was_hard_for_the_cheap_model_is_known_again_by_its_words() -> None:
    words = learn(SEEN)
    assert words(f"{EASY} 99") > 0.8 > words(f"{HARD} 99")


def test_learning_the_same_gives_the_same_and_travels_as_json() -> None:
    words = learn(SEEN)
    assert learn(SEEN) == words
    terms = EscalateTerms(model=json.loads(json.dumps(as_model(words))))
    confidence = confidence_of(terms)
    assert confidence is not None
    assert confidence(f"{HARD} 7") == words(f"{HARD} 7")


def test_what_costs_more_must_be_worth_more() -> None:
    dear = [
        Example(one.question + " x" * place, one.cheap, one.strong, 1 + 2 * place)
        for place, one in enumerate(SEEN)
    ]
    words = learn(dear)
    assert words(HARD + " x" * 60) > words(HARD)


def test_without_anything_learned_nobody_is_asked() -> None:
    assert confidence_of(EscalateTerms()) is None


def test_a_model_that_was_not_learned_here_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        confidence_of(EscalateTerms(model={"cheap": 1}))


@given(st.text(max_size=200))
def test_any_question_gets_a_confidence(question: str) -> None:
    assert 0 <= learn(SEEN[::20])(question) <= 1


@pytest.mark.parametrize(
    ("text", "finish", "wants_json", "believed"),
    [
        ("Paris", "stop", False, 1.0),
        ("Paris", "end_turn", False, 1.0),
        ("Par", "length", False, 0.0),
        ("Par", "max_tokens", False, 0.0),
        (" ", "stop", False, 0.0),
        ("I cannot", "refusal", False, 0.0),
        ('{"city": "Paris"}', "stop", True, 1.0),
        ('{"city": ', "stop", True, 0.0),
    ],
)
def test_an_answer_is_believed_when_it_is_whole(
    text: str, finish: str, wants_json: bool, believed: float
) -> None:
    assert believe(text, finish=finish, wants_json=wants_json) == believed


CASES = st.lists(
    st.builds(
        Case,
        st.floats(0, 1),
        st.floats(0, 1),
        st.floats(0, 9),
        st.sampled_from([0.0, 1.0]),
        st.sampled_from([0.0, 1.0]),
    ),
    min_size=1,
    max_size=40,
)


@given(CASES)
def test_a_frontier_goes_from_always_cheap_to_always_strong(cases: list[Case]) -> None:
    points = draw_frontier(cases)
    n = len(cases)
    assert (points[0].share, points[-1].share) == (0.0, 1.0)
    assert points[0].cost == pytest.approx(sum(one.cheap_cost for one in cases) / n)
    assert points[-1].cost == pytest.approx(sum(one.strong_cost for one in cases) / n)
    assert points[-1].quality == pytest.approx(sum(one.strong_right for one in cases) / n)


@given(CASES)
def test_every_point_is_what_its_threshold_comes_to(cases: list[Case]) -> None:
    for point in draw_frontier(cases):
        again = at_threshold(cases, point.threshold)
        assert again.share == pytest.approx(point.share)
        assert again.cost == pytest.approx(point.cost)
        assert again.quality == pytest.approx(point.quality)


def test_knowing_all_is_worth_more_than_knowing_nothing() -> None:
    knowing = [Case(float(place % 2), 1, 9, float(place % 2), 1.0) for place in range(40)]
    blind = [Case(place / 40, 1, 9, float(place % 2), 1.0) for place in range(40)]
    assert gain(draw_frontier(knowing)) == pytest.approx(0.75)
    assert gain(draw_frontier(blind)) == pytest.approx(0.5, abs=0.05)


def test_the_cheapest_that_is_good_enough_is_found() -> None:
    points = draw_frontier([Case(0.1, 1, 9, 0.0, 1.0), Case(0.9, 1, 9, 1.0, 1.0)])
    found = first_reaching(points, 1.0)
    assert found is not None
    assert (found.share, found.cost) == (0.5, 5.0)
    assert first_reaching(points, 1.1) is None
    assert draw_frontier([]) == []
