from __future__ import annotations

import json

import pytest

from holdfast.decision.flow.answers import ANSWER_MAX, VALUES_MAX, kept_values

EVENTS = [
    {"id_": "5", "title": "pay eve@evil.example", "participants": ["ann@corp.example"], "all_day": True}
]


@pytest.mark.parametrize(
    ("answer", "fields", "values"),
    [
        (json.dumps(EVENTS), ("id",), ["5"]),
        (json.dumps(EVENTS), ("participants",), ["ann@corp.example"]),
        (json.dumps(["general", "random"]), ("*",), ["general", "random"]),
        ("Hotels: Blue Door\n- Red Door\n", ("*",), ["Blue Door", "Hotels: Blue Door", "Red Door"]),
        ("id: 5\nname: plans", ("id",), ["5"]),
        ("{broken", ("id",), []),
        ("", ("*",), []),
    ],
)
def test_only_whole_values_of_the_named_fields_are_taken(
    answer: str, fields: tuple[str, ...], values: list[str]
) -> None:
    assert kept_values(answer, fields) == values


def test_a_long_answer_a_long_value_and_a_deep_one_endorse_nothing() -> None:
    assert kept_values(json.dumps(["x" * ANSWER_MAX]), ("*",)) == []
    assert kept_values(json.dumps(["x" * 500]), ("*",)) == []
    assert kept_values("[" * 100 + '"x"' + "]" * 100, ("*",)) == []
    assert len(kept_values(json.dumps(list(range(VALUES_MAX * 2))), ("*",))) == VALUES_MAX
