"""What a value means to a field, and what is said of one that cannot be."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from holdfast_server.errors import BadQuery
from holdfast_server.insight.search.binding import bind_query
from holdfast_server.insight.search.condition import (
    Condition,
    Either,
    Equals,
    Every,
    Has,
    Holds,
    Mentions,
    Within,
)
from holdfast_server.insight.search.fields import NOUNS, NounName
from holdfast_server.insight.search.parser import parse_query

DAY = 86_400_000_000_000
NOON = int(datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp()) * 1_000_000_000
MIDNIGHT = NOON - DAY // 2


def bound(query: str, noun: NounName = "runs") -> Condition:
    return bind_query(parse_query(query), NOUNS[noun], now_ns=NOON)


def limits(query: str) -> tuple[float | None, float | None]:
    """From where to just before where."""
    found = bound(query)
    assert isinstance(found, Within)
    assert found.low is None or found.low_in
    return found.low, found.high


@pytest.mark.parametrize(
    ("query", "low", "high"),
    [
        ("cost:0.5", 500_000, 500_001),
        ("cost:$0.5", 500_000, 500_001),
        ("cost:>0.5", 500_001, None),
        ("cost:<=0.5", None, 500_001),
        ("cost:0.1..1", 100_000, 1_000_001),
        ("tokens:>=1.5k", 1_500, None),
        ("tokens:..2m", None, 2_000_001),
        ("duration:<1h30m", None, 5_400_000_000_000),
        ("duration:>500ms", 500_000_001, None),
        ("started:>=-2h", NOON - DAY // 12, None),
        ("started:2026-11-01", MIDNIGHT, MIDNIGHT + DAY),
        ("started:today", MIDNIGHT, MIDNIGHT + DAY),
        ("started:>yesterday", MIDNIGHT, None),
        ("started:<2026-11-01T12:00Z", None, NOON),
        ("started:>=2026-11-01T13:00+01:00", NOON, None),
    ],
)
def test_a_literal_is_an_interval(query: str, low: int | None, high: int | None) -> None:
    assert limits(query) == (low, high)


def test_a_moment_is_neither_before_nor_after_itself() -> None:
    found = bound("started:>-2h")
    assert isinstance(found, Within)
    assert not found.low_in


@pytest.mark.parametrize(
    ("query", "noun", "told"),
    [
        ("state:faild", "runs", "column 7: `state` is never `faild`; did you mean `failed`?"),
        ("agent:>5", "runs", "column 1: `agent` is a name and has no more or less"),
        ("cost:>much", "runs", "column 7: `much` is not an amount in US dollars"),
        ("duration:>2", "runs", "column 11: `2` is not a duration with its unit"),
        ("started:>2026-13-01", "runs", "column 10: `2026-13-01` is not a time"),
        ("started:-2h", "runs", "column 9: `started` is a moment, and nothing happens at exactly this one"),
        ("governed:maybe", "runs", "column 10: `governed` is true or false, not `maybe`"),
        ("a (has:colour)", "runs", "column 8: unknown field `colour`"),
        ("attr.x:>high", "spans", "column 9: an attribute is compared as a number, and `high` is none"),
        ("tokens:>99999999999999999m", "runs", "column 9: `99999999999999999m` is too large"),
    ],
)
def test_what_cannot_be_is_said_where_it_stands(query: str, noun: NounName, told: str) -> None:
    with pytest.raises(BadQuery) as caught:
        bound(query, noun)
    assert caught.value.message == told
    assert caught.value.hint


def test_a_field_of_another_noun_leads_there() -> None:
    with pytest.raises(BadQuery) as caught:
        bound("input:x")
    assert caught.value.hint == "It is a field of spans, which are searched with in=spans."
    with pytest.raises(BadQuery) as caught:
        bound("http://shop")
    assert caught.value.hint == 'To search for the text itself, quote it: "http://shop".'


def test_other_words_and_capital_letters_are_understood() -> None:
    state = NOUNS["runs"].fields["state"]
    assert bound("Status:FAILED") == Equals(state, "failed")
    assert bound("state:(failed,halted)") == Either((Equals(state, "failed"), Equals(state, "halted")))
    assert bound("agent:*") == Has(NOUNS["runs"].fields["agent"])


def mentions(query: str) -> list[Mentions]:
    found = bound(query, "spans")
    return [one for one in (found.of if isinstance(found, Every) else [found]) if isinstance(one, Mentions)]


def test_the_index_over_spans_is_asked_for_words_that_may_go_on_at_their_ends() -> None:
    assert bound("refund", "spans") == Mentions("refund", whole=False)
    assert bound("ab", "spans") == Mentions("ab", whole=True)
    found = bound('"order no 4711"', "spans")
    assert isinstance(found, Every)
    assert isinstance(found.of[-1], Holds)
    assert mentions('"order no 4711"') == [
        Mentions("no", whole=True),
        Mentions("order", whole=False),
        Mentions("4711", whole=False),
    ]
    assert mentions('"a b"') == [Mentions("a", whole=True), Mentions("b", whole=True)]
    assert mentions('" order "') == [Mentions("order", whole=True)]


def test_a_word_that_is_not_ascii_may_have_no_ends() -> None:
    assert isinstance(bound("退款", "spans"), Every)
    assert mentions("退款") == []
    assert mentions('"订单 退款 查询"') == [Mentions("退款", whole=True)]
    assert mentions('"ab 退款"') == []
