"""What parts two questions that sound alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast_server.action.llm.caches.verifying import differs


@pytest.mark.parametrize(
    ("one", "other", "part"),
    [
        ("Give 5 mg of aspirin", "Give 50 mg of aspirin", "numbers"),
        ("Give five mg of aspirin", "Give 6 mg of aspirin", "numbers"),
        ("Is it safe to drink?", "Is it not safe to drink?", "negation"),
        ("Cook it with salt", "Cook it without salt", "negation"),
        ("How does my card work?", "Why does my card work?", "question"),
        ("My transfer is pending", "Is my transfer pending?", "question"),
        ("can i change my name", "please change my name", "question"),
        ("What is the weather in Paris?", "What is the weather in Rome?", "names"),
        ("What does `open` do?", "What does `close` do?", "names"),
        ("Is python3 there?", "Is python2 there?", "numbers"),
        ("Mail ann@x.example please", "Mail bob@x.example please", "names"),
        ("How do I enable logging?", "How do I disable logging?", "opposites"),
        ("Show the first order", "Show the last order", "opposites"),
        ("How do I turn euros to dollars?", "How do I turn dollars to euros?", "order"),
        ("a flight from london to rome", "a flight from rome to london", "order"),
        ("Wie spät ist es?", "Wie spät ist es?", "language"),
    ],
)
def test_what_changes_an_answer_parts_two_questions(one: str, other: str, part: str) -> None:
    assert differs(one, other) == differs(other, one) == part


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I reset my password?", "How can I reset my password?"),
        ("What's the capital of France?", "What is France's capital?"),
        ("please set a reminder", "can you set a reminder"),
        ("Two apples cost how much?", "How much do 2 apples cost?"),
        ("where is my card", "Where is my card?"),
        ("a flight from london to rome", "a flight to rome from london"),
    ],
)
def test_other_words_for_the_same_do_not(one: str, other: str) -> None:
    assert differs(one, other) == differs(other, one) == ""


TEXTS = st.text(max_size=60) | st.sampled_from(
    ["How do I open 2 files?", "Is it not late in Rome?", "from a to b", "Don't say `x`!"]
)


@given(TEXTS, TEXTS)
def test_it_makes_no_difference_which_question_came_first(one: str, other: str) -> None:
    assert bool(differs(one, other)) is bool(differs(other, one))


@given(TEXTS)
def test_a_question_never_differs_from_itself_but_in_a_language_not_known_here(text: str) -> None:
    assert differs(text, text) in {"", "language"}


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_another_number_is_always_another_question(one: int, other: int) -> None:
    assert bool(differs(f"pay {one} euros", f"pay {other} euros")) is (one != other)
