"""The query language as text: what is printed reads back, and no text at all breaks the reader."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast_server.errors import BadQuery
from holdfast_server.insight.search import syntax
from holdfast_server.insight.search.binding import bind_query
from holdfast_server.insight.search.fields import NOUNS, NounName
from holdfast_server.insight.search.parser import parse_query
from holdfast_server.insight.search.syntax import (
    All,
    Compared,
    Listed,
    Node,
    Not,
    Ranged,
    Term,
    Text,
    Word,
    is_plain,
    print_query,
    print_value,
)

NOW = 1_800_000_000_000_000_000
LETTERS = st.sampled_from("aZ0 \"\\*()-:<>.,'%_äß\n😀")
PLAIN = st.text(st.sampled_from("aZ0_.@/-+:ä%'\\"), min_size=1, max_size=6).filter(is_plain)
WORDS = st.builds(Word, PLAIN) | st.builds(Word, st.text(LETTERS, max_size=6), quoted=st.just(True))
PATTERNS = st.builds(lambda text: Word(f"{text}*"), PLAIN)
KEYS = st.sampled_from(["agent", "tokens_in", "a.b-c", "Z", "attr.gen_ai.system"]) | st.builds(
    lambda name: f"attr.{name}", st.text(LETTERS, min_size=1, max_size=6)
)
ENDS = st.none() | PLAIN.filter(lambda text: text == text.strip(".")).map(Word)
VALUES = (
    WORDS
    | PATTERNS
    | st.builds(Compared, st.sampled_from((">", ">=", "<", "<=")), WORDS)
    | st.tuples(ENDS, ENDS).filter(any).map(lambda ends: Ranged(*ends))
    | st.builds(Listed, st.lists(WORDS | PATTERNS, min_size=1, max_size=3).map(tuple))
)
LEAVES = st.builds(Text, WORDS | PATTERNS) | st.builds(Term, KEYS, VALUES)


def joined(how: type[All] | type[syntax.Any], parts: list[Node]) -> Node:
    """Several nodes as one, as the parser makes it: no `All` stands right in an `All`."""
    flat = [one for part in parts for one in (part.of if isinstance(part, how) else (part,))]
    return how(tuple(flat))


def grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3)
    hows = st.sampled_from((All, syntax.Any))
    return st.builds(Not, inner) | st.builds(joined, hows, several)


QUERIES = st.just(All()) | st.recursive(LEAVES, grown, max_leaves=8)
SCRAPS = st.sampled_from(
    ["(", ")", '"', "-", " OR ", " NOT ", "agent:", "attr.", ":", ">", "..", ",", "*", "\\", "has:", " "]
)
TYPED = st.text() | st.lists(SCRAPS | st.text(max_size=3), max_size=20).map("".join)


@given(QUERIES)
def test_what_is_printed_reads_back_as_the_same_query(query: Node) -> None:
    assert parse_query(print_query(query)) == query


def refused(typed: str, noun: NounName) -> BadQuery | None:
    """Why a text is no query of a noun, if it is none."""
    try:
        bind_query(parse_query(typed), NOUNS[noun], now_ns=NOW)
    except BadQuery as error:
        return error
    return None


@given(TYPED)
def test_any_text_is_a_query_or_an_error(typed: str) -> None:
    with suppress(BadQuery):
        read = parse_query(typed)
        assert parse_query(print_query(read)) == read


@given(TYPED, st.sampled_from(list(NOUNS)))
def test_an_error_names_its_column_and_the_next_step(typed: str, noun: NounName) -> None:
    if error := refused(typed, noun):
        assert 0 <= error.at <= len(typed)
        assert error.message.startswith(f"column {error.at + 1}: ")
        assert error.hint


@given(st.text(LETTERS, max_size=12))
def test_a_value_stands_for_itself_however_it_looks(text: str) -> None:
    read = parse_query(f"agent:{print_value(text)}")
    assert isinstance(read, Term)
    assert isinstance(read.value, Word)
    assert read.value.text == text


@pytest.mark.parametrize("much", ["(" * 1900, "-" * 1900, "NOT " * 400, "(a " * 400])
def test_depth_has_a_limit(much: str) -> None:
    with pytest.raises(BadQuery, match="deep"):
        parse_query(much)


@pytest.mark.parametrize(
    "much", ["a" * 3000, "a" * 300, "a " * 65, f"agent:({'b,' * 65}b)", f"agent:{'b*' * 9}", "cost:1e99"]
)
def test_everything_has_a_limit(much: str) -> None:
    assert refused(much, "runs")
