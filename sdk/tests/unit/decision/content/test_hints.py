"""Where a detector finds something, one of its hints stands, so a text without any need not be read."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.decision.content import scan
from holdfast.decision.content.hints import Hint, hints, plain
from holdfast.decision.content.hints.loosening import loosen
from holdfast.decision.content.own_corpus import own_corpora

ROWS = [str(row["text"]) for corpus in own_corpora() for row in corpus.rows]
texts = st.lists(st.sampled_from([*ROWS, "\n", " ", "é ", "password: ", "please "]), max_size=3).map("".join)


@cache
def _search(hint: Hint) -> tuple[re.Pattern[str], re.Pattern[str]]:
    flags = (re.IGNORECASE if hint.caseless else 0) | (0 if hint.wide else re.ASCII)
    return re.compile(hint.pattern, flags), re.compile(hint.also)


def _stands(hint: Hint, text: str) -> bool:
    pattern, also = _search(hint)
    read = text if hint.wide else plain(text).decode()
    return pattern.search(read) is not None and also.search(read) is not None


@settings(deadline=None, max_examples=60)
@given(texts)
def test_whatever_is_found_was_hinted_at(text: str) -> None:
    for found in scan(text, deep=False):
        assert any(hint.family is found.family and _stands(hint, text) for hint in hints()), found


@pytest.mark.parametrize("text", ROWS)
def test_what_is_found_under_a_disguise_is_hinted_at(text: str) -> None:
    folded = not unicodedata.is_normalized("NFKC", text)  # and then it is read in any case
    if not folded and len(scan(text, deep=True)) > len(scan(text, deep=False)):
        assert any(hint.family is None and _stands(hint, text) for hint in hints())


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\bone\s+(?=two)(?!three)two\b", r"one[\s?]+two"),
        (r"(?P<quote>[\"'])a{2,9}(?P=quote)", "(?:[\\\"'])a{2,}[\"']?"),
        (r"(?m)^x[^\n?]{0,3}[\w.]\d$", r"x[^\n]*[?\w.][\d?]"),
        ("naïf [aï]", r"na\?f [?a]"),
        (r"(?<![a-z(])\(\d{4}\)", r"\([\d?]{4}\)"),
        ("a{2,9}+b*+c++d{1,4}?", "a{2,}b*c+d+?"),
    ],
)
def test_a_pattern_loses_what_only_narrows_it(pattern: str, expected: str) -> None:
    assert loosen(pattern) == expected


def test_what_cannot_be_made_wider_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be widened"):
        loosen(r"[^\W_]")
