"""Secrets are found in every way people write them down, and in none of the ways they write about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.decision.content import SECRETS, Family, Stream, scan
from holdfast.decision.content.shapes import is_random

HERE = Path(__file__).parent
VALUES = {
    "{P}": "Tr0ub4dor&3x",
    "{Q}": "hunter2xyz9",
    "{T}": "k7Qm2Vx9Lp4Zr8Nt3Wy6Bd1Hs5Jf",
    "{H}": "9f3ac07d1e8b4265af90c3d7e1b84526",
    "{U}": "6f1c9e2a-7b4d-4c8e-9a53-d2e8f7b16c04",
}


def lines(name: str) -> list[str]:
    """The lines of a file beside this one; `\\n` in one is the end of a line."""
    return [line.replace("\\n", "\n").replace("\\t", "\t") for line in _read(name) if line]


def _read(name: str) -> list[str]:
    return (HERE / name).read_text(encoding="utf-8").split("\n")


def filled(way: str) -> tuple[str, list[str]]:
    """A way of writing with values in it, and those values."""
    text = way
    for slot, value in VALUES.items():
        text = text.replace(slot, value)
    return text, [value for slot, value in VALUES.items() if slot in way]


@pytest.mark.parametrize("way", lines("ways.txt"))
def test_a_secret_is_found_whatever_way_it_is_written(way: str) -> None:
    text, values = filled(way)
    rest = text
    for found in reversed(scan(text, {Family.SECRET})):
        rest = f"{rest[: found.start]}\0{rest[found.end :]}"
    assert not [value for value in values if value in rest]


@pytest.mark.parametrize("text", lines("harmless.txt"))
def test_what_is_written_about_secrets_holds_none(text: str) -> None:
    assert scan(text, {Family.SECRET}) == ()


@pytest.mark.parametrize("way", lines("ways.txt"))
def test_a_secret_cut_in_two_does_not_leave(way: str) -> None:
    text, values = filled(way)
    cut = text.index(values[0]) + len(values[0]) // 2
    stream = Stream(SECRETS)
    out = stream.feed(text[:cut]) + stream.feed(text[cut:]) + stream.finish()
    assert not [value for value in values if value in out]


@pytest.mark.parametrize("text", ["password: 123456", "pwd=654321;", "Password: welcome", "passwd=starwars"])
def test_what_most_people_choose_is_known_as_a_password(text: str) -> None:
    assert [found.kind for found in scan(text, {Family.SECRET})] == ["password"]


@pytest.mark.parametrize(
    ("value", "random"),
    [
        ("MKdTKZZqzlyEZzoO", True),
        ("getUserAuthenticationToken", False),
        ("a-list-of-names-from-2024", False),
        ("k7Qm2Vx9Lp4Zr8Nt", True),
    ],
)
def test_names_are_not_random_and_what_nobody_would_think_of_is(value: str, random: bool) -> None:
    assert is_random(value) is random
