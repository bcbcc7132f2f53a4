"""What it takes to read a text grows with its length and no faster, whatever the text is made of.

Work is counted in calls: of our functions, of patterns, of anything else that Python calls. What a single
pattern may read is bounded by itself, and that is held here, too.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from holdfast.decision.content import (
    EVERYTHING,
    SECRETS,
    Stream,
    commands,
    fields,
    formats,
    injection,
    logins,
    numbers,
    pii,
    scan,
    secrets,
    spoken,
)
from holdfast.decision.content.format_table import HEADED
from holdfast.decision.content.provider_names import NAMES
from holdfast.decision.content.streaming import CONTEXT, HOLD, STEP

parser: Any = importlib.import_module("re._parser")
opcodes: Any = importlib.import_module("re._constants")
"""Nothing public tells how a pattern was understood."""

SIGNS = ("", "-", " ", "=", ': "', ".", "%20")
WORDS = {
    "names of fields": fields.WORDS,
    "places for logins": secrets.MARKS,
    "orders": (*injection.TRIGGERS, *(word for words, _ in injection.FOREIGN_ORDERS for word in words)),
    "services": sorted(NAMES)[::60],
    "heads of keys": sorted({head for _, heads, _ in HEADED for head in heads.split()})[::3],
    "insides of keys": formats.INNER,
    "personal": pii.MARKS,
    "characters": (*map(chr, range(1, 127)), *"éаａ한忘\u200b\ufeff\U000e0041"),
    "what repeats": (
        "-----BEGIN ", f"-----BEGIN {'PRIVATE'} KEY-----\n", "A" * 64 + "\n", "eyJ.", "aB3-", "sk-sk-",
        '\\"', "[{", "a@a.", "1.1.", "::", "+1 (", "%41", "&amp;", "A\u0430 ", "ignorez", "ignorier", "0x1,",
        "user=a;pwd=b;", "username: a\npassword ", "kind: Secret\ndata:\n a: b\n", "4111 1111 ",
        "you ignoring ", "Abc your ",
    ),
}  # fmt: skip
SIZE = 384
TIMES = 4
MOST = 48
"""Calls that one character may cause."""


scan("a@b.co password: hunter22 please", EVERYTHING)
"""What is made once is made before anything is counted."""


def _reading() -> Iterator[re.Pattern[str]]:
    """Patterns that read texts, rather than values that were cut to a length."""
    yield from (place.pattern for place in logins.PLACES)
    yield from injection.PATTERNS
    yield from (re.compile(order) for _, order in injection.FOREIGN_ORDERS)
    yield from (form.body for forms in formats.HEADED.values() for form in forms)
    for module in (commands, spoken, logins, numbers, pii):
        for one in vars(module).values():
            bound = getattr(one, "__self__", one)
            if isinstance(bound, re.Pattern):
                yield bound


def _endless(tree: Any) -> Iterator[Any]:
    """Repeats without an end that may be tried again shorter; possessive ones may not."""
    for name, given in tree:
        if name in {opcodes.MAX_REPEAT, opcodes.MIN_REPEAT}:
            if given[1] == opcodes.MAXREPEAT:
                yield given
            yield from _endless(given[2])
        elif name is opcodes.BRANCH:
            yield from (each for branch in given[1] for each in _endless(branch))
        elif name is opcodes.SUBPATTERN:
            yield from _endless(given[-1])
        elif name in {opcodes.ASSERT, opcodes.ASSERT_NOT}:
            yield from _endless(given[1])


@pytest.mark.parametrize("kind", WORDS)
def test_four_times_the_text_is_four_times_the_work(kind: str) -> None:
    for unit in {word + sign for word in WORDS[kind] for sign in SIGNS}:
        short, long = _repeated(unit, SIZE), _repeated(unit, TIMES * SIZE)
        few, many = _work(short), _work(long)
        assert many <= MOST * len(long), unit
        assert many <= 1.25 * TIMES * few + SIZE, unit


@pytest.mark.parametrize("unit", ["a", "token-", "password=aB3$", "-----BEGIN ", "aB3$ ", "\n"])
def test_a_text_in_pieces_is_read_a_bounded_number_of_times(unit: str) -> None:
    read, text = 0, _repeated(unit, 40_000)

    def look(*given: Any, **said: Any) -> Any:
        nonlocal read
        read += len(given[0])
        return scan(*given, **said)

    stream = Stream(SECRETS, look=look)
    for letter in text:
        stream.feed(letter)
    stream.finish()
    assert read <= (CONTEXT + HOLD + STEP) / STEP * 1.5 * len(text)


def test_many_findings_are_settled_without_comparing_each_with_each() -> None:
    few, many = (_work(_repeated("ab@example.com ", size)) for size in (2_000, 16_000))
    assert many <= 8.5 * few


@pytest.mark.parametrize("pattern", tuple(_reading()), ids=lambda pattern: pattern.pattern[:40])
def test_no_pattern_reads_on_without_an_end(pattern: re.Pattern[str]) -> None:
    assert not list(_endless(parser.parse(pattern.pattern, pattern.flags)))


def _repeated(unit: str, size: int) -> str:
    return (unit * (size // len(unit) + 1))[:size]


def _work(text: str) -> int:
    """Calls that reading a text takes."""
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        scan(text, EVERYTHING)
    finally:
        sys.setprofile(before)
    return calls
