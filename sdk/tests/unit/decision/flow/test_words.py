from __future__ import annotations

import pytest

from holdfast.decision.endorsement import Endorsed
from holdfast.decision.flow.words import TEXT_MAX, one_form, words


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("$1,200.00", "1200"),
        ("10%", "10"),
        ("May 15th, 2024", "2024-05-15"),
        ("15 May", "05-15"),
        ("the 3rd of June 2025", "the 2025-06-03"),
        ("at 2pm", "at 14:00"),
        ("12:30 am", "00:30"),
        ("https://Shop.example/a/", "shop.example/a"),
        ("'Ann Lee',", "ann lee"),
    ],
)
def test_what_means_the_same_has_one_form(text: str, form: str) -> None:
    assert one_form(text) == form


@pytest.mark.parametrize(
    ("said", "value", "held"),
    [
        ("What do we do on June 13?", "13", False),
        ("Delete file 13", "13", True),
        ("See you on May 15", "2024-05-15", True),
        ("See you on May 15, 2023", "2024-05-15", False),
        ("Read www.shop.example", "http://www.shop.example/", True),
        ("Read www.shop.example", "http://www.shop.example/?d=secret", False),
    ],
)
def test_a_date_is_one_word_and_a_link_is_all_of_it(said: str, value: str, held: bool) -> None:
    endorsed = Endorsed()
    endorsed.add(said)
    assert endorsed.holds(value) is held


def test_an_entry_may_fill_the_persons_own_words() -> None:
    endorsed = Endorsed()
    endorsed.add("Call the event 'Dinner at {restaurant}'")
    endorsed.enter("Blue Door")
    assert endorsed.holds("Dinner at Blue Door")
    assert not endorsed.holds("Dinner at Red Door")
    assert not endorsed.holds("Breakfast at Blue Door")
    assert not endorsed.chose("Blue Door"), "being on a list is not being named"


def test_a_text_is_read_up_to_its_limit() -> None:
    assert len(list(words("ab " * TEXT_MAX))) <= TEXT_MAX
