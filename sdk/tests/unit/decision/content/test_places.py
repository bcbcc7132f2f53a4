"""A place where secrets are written is read around its words, and the rest of a text is not."""

from __future__ import annotations

import pytest

from holdfast.decision.content import SECRETS, scan
from holdfast.decision.content.anchors import around

FAR = "plain words " * 1_000


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([], []),
        ([3], [(0, 13)]),
        ([30, 34, 60], [(25, 44), (55, 70)]),
        ([0, 15], [(0, 25)]),
    ],
)
def test_stretches_that_meet_are_one(places: list[int], expected: list[tuple[int, int]]) -> None:
    assert list(around(places, 5, 10)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "curl -s -u ann:Tr0ub4dor3x https://api.example.com",
        "login: ann / Tr0ub4dor3x",
        "postgres://ann:Tr0ub4dor3x@db/main",
        "10.1.2.3 root Tr0ub4dor3x",
        'jwt.sign(body, "Tr0ub4dor3x")',
    ],
)
def test_a_place_is_found_however_far_it_stands_in_a_text(text: str) -> None:
    whole = f"{FAR}{text}\n{FAR}"
    assert [whole[found.start : found.end] for found in scan(whole, SECRETS)] == ["Tr0ub4dor3x"]
