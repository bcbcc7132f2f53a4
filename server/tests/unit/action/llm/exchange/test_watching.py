"""What a streamed answer says of itself, read from its ends."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.record.models import CHAT, DIALECTS, MESSAGES, Answered, Dialect
from holdfast_server.action.llm.exchange.watching import MOULDS, Watch
from holdfast_server.action.llm.seam import NO_CREDIT, Credit

Event = dict[str, Any]
words = st.lists(st.text(max_size=8), max_size=40)
USED = {"prompt_tokens": 4, "completion_tokens": 9}


def _chunk(content: str | None = None, finish: str | None = None, usage: Event | None = None) -> Event:
    choices = [] if usage else [{"index": 0, "delta": {"content": content}, "finish_reason": finish}]
    return {"id": "c", "model": "m", "choices": choices, "usage": usage}


def _watch(dialect: Dialect, events: list[Event], end: bytes = b"") -> Watch:
    watch = Watch(dialect, {})
    for event in events:
        watch.feed(b"data: " + json.dumps(event).encode() + b"\n\n")
    watch.feed(end)
    return watch


def _said(found: Answered) -> tuple[str, str, Event, str, str]:
    return found.id, found.model, found.usage, found.finish, found.failed


@given(words, st.integers(0, 3), st.integers(0, 9))
def test_the_ends_of_a_stream_say_what_all_of_it_says(said: list[str], missing: int, after: int) -> None:
    events = [_chunk(one) for one in said]
    events += [_chunk("", "stop"), _chunk(usage=USED)][missing % 2 : 2 - missing // 2]
    events += [{"type": "ping"}] * after
    watch = _watch(CHAT, events, b"data: [DONE]\n\n")
    assert _said(watch.outcome()) == _said(watch.answered())


@given(words)
def test_counts_of_both_ends_are_one_usage(said: list[str]) -> None:
    begun = {"id": "a", "model": "m", "usage": {"input_tokens": 7, "output_tokens": 1}}
    deltas = [{"type": "content_block_delta", "delta": {"text": one}} for one in said]
    ended = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}}
    events = [{"type": "message_start", "message": begun}, *deltas, ended, {"type": "message_stop"}]
    found = _watch(MESSAGES, events).outcome()
    assert _said(found) == ("a", "m", {"input_tokens": 7, "output_tokens": 9}, "end_turn", "")


def test_of_a_stream_that_did_not_end_every_event_is_read() -> None:
    watch = _watch(CHAT, [_chunk("word ")] * 50)
    assert watch.outcome().length == watch.answered().length == 250


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: type(one).__name__)
def test_of_nothing_nothing_is_said(dialect: Dialect) -> None:
    assert _said(_watch(dialect, []).outcome()) == ("", "", {}, "", "")


def _delta(dialect: Dialect, number: int, text: str, padding: int | None = None) -> bytes:
    if dialect is CHAT:
        said: Event = _chunk(text)
        if padding is not None:
            said["obfuscation"] = "x" * padding
    elif dialect is MESSAGES:
        said = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
    else:
        said = {"type": "response.output_text.delta", "sequence_number": number, "delta": text}
    written = json.dumps(said, ensure_ascii=number % 2 == 0)
    if dialect is MESSAGES and padding is not None:
        written = written[:-1] + " " * padding + "}"
    return b"data: " + written.encode() + b"\n\n"


def _passes(piece: bytes, credit: Credit, left: int) -> int:
    """How much of its credit a piece takes; 0 when it is to be looked at."""
    size = len(piece) - len(credit.before) - len(credit.within) - len(credit.after)
    fits = piece.startswith(credit.before) and piece.endswith(credit.after) and credit.within in piece
    return size if 0 < size < left and fits and not (credit.without and credit.without in piece) else 0


@given(
    st.sampled_from([CHAT, MESSAGES, *DIALECTS]),
    st.lists(st.one_of(st.text(max_size=8), st.just("word "), st.just("a longer word ")), max_size=60),
    st.integers(0, 90),
    st.data(),
)
def test_a_mould_changes_nothing_about_where_an_answer_is_cut(
    dialect: Dialect, said: list[str], held: int, data: st.DataObject
) -> None:
    stream = b"".join(_delta(dialect, number, text) for number, text in enumerate(said))
    at = data.draw(st.lists(st.integers(0, len(stream)), max_size=60).map(sorted))
    ends = [place + 2 for place in range(len(stream)) if stream.startswith(b"\n\n", place)]
    at = sorted({*at, *ends}) if data.draw(st.booleans()) else at
    pieces = [stream[begin:end] for begin, end in pairwise([0, *at, len(stream)]) if begin < end]
    found: list[tuple[bytes, bool, int]] = []
    for moulds in (MOULDS, 0):
        watch = Watch(dialect, {}, held=held, prolong=lambda _: False)
        watch._moulds = moulds and watch._moulds
        passed = b""
        for piece in pieces:
            if not watch.cut:
                passed += watch.feed(piece)
        passed += b"" if watch.cut else watch.rest()
        found.append((passed, watch.cut, watch.tokens_out if watch.cut else 0))
    assert found[0] == found[1]


def test_the_words_of_events_in_a_mould_are_counted_at_once() -> None:
    watch = Watch(CHAT, {}, held=1000, prolong=lambda _: True)
    for number in range(300):
        watch.feed(_delta(CHAT, 0, "word " if number % 2 else "a word more ") * (1 + number % 3))
    passed = sum((1 + number % 3) * (5 if number % 2 else 12) for number in range(300))
    assert watch._mould is not None
    assert not watch._uncounted
    assert watch.said == passed


@given(
    st.sampled_from([CHAT, MESSAGES, *DIALECTS]),
    st.lists(st.tuples(st.text(max_size=8) | st.just("word "), st.none() | st.integers(0, 9)), max_size=60),
    st.integers(0, 90),
    st.booleans(),
)
def test_what_passes_on_credit_is_counted_as_if_each_piece_had_been_looked_at(
    dialect: Dialect, said: list[tuple[str, int | None]], held: int, counted: bool
) -> None:
    pieces = [_delta(dialect, number, text, padding) for number, (text, padding) in enumerate(said)]
    prolong = (lambda _: False) if counted else None
    some = Watch(dialect, {}, held=held, prolong=prolong)
    other = Watch(dialect, {}, held=held, prolong=prolong)
    passed, credit, left, waiting = b"", NO_CREDIT, 0, list[bytes]()
    for number, piece in enumerate(pieces):
        if size := _passes(piece, credit, left):
            left -= size
            waiting.append(piece)
            passed += piece
        elif not some.cut:
            if waiting:
                some.passed(waiting, number, 1)
            waiting = []
            passed += some.feed(piece)
            credit = some.credit
            left = credit.size
    if waiting:
        some.passed(waiting, len(waiting), 1)
    expected = b"".join(other.feed(piece) for piece in pieces if not other.cut)
    assert (passed, some.cut, some.body) == (expected, other.cut, other.body)
    assert some.pieces == other.pieces
    assert _said(some.answered()) == _said(other.answered())


def test_pauses_between_pieces_that_passed_on_credit_are_seen() -> None:
    watch = Watch(CHAT, {})
    watch.feed(_delta(CHAT, 0, "a"))
    began = watch.last_ns
    watch.passed([_delta(CHAT, 0, "b")] * 3, began + 500_000_000_001, 500_000_000_000 - 5)
    assert (watch.pieces, watch.gap_max_ns) == (4, 500_000_000_000 - 5)
    assert watch.first_ns == began


def test_a_stream_whose_usage_is_hidden_has_credit_for_events_without_any() -> None:
    watch = Watch(CHAT, {}, hides_usage=True)
    assert watch.credit.size == 0
    piece = _delta(CHAT, 0, "word ")
    assert watch.feed(piece) == piece
    credit = watch.credit
    assert credit.size > 0
    assert piece.startswith(credit.before)
    assert piece.endswith(credit.after)
    count = b"data: " + json.dumps(_chunk(usage=USED)).encode() + b"\n\n"
    assert credit.without in count
    assert credit.without not in piece
    assert watch.feed(count) == b""
    assert watch.answered().usage == USED


@given(st.lists(st.text(max_size=12), max_size=40), st.integers(0, 41), st.booleans())
def test_no_hidden_event_passes_on_credit(said: list[str], at: int, glued: bool) -> None:
    deltas = [_delta(CHAT, 0, text) for text in said]
    count = b"data: " + json.dumps(_chunk(usage=USED)).encode() + b"\n\n"
    pieces = [*deltas[:at], count, *deltas[at:]]
    if glued:
        pieces = [b"".join(pieces[place : place + 3]) for place in range(0, len(pieces), 3)]
    watch, passed, left, credit = Watch(CHAT, {}, hides_usage=True), b"", 0, NO_CREDIT
    for piece in pieces:
        if size := _passes(piece, credit, left):
            left -= size
            watch.passed([piece], 1, 1)
            passed += piece
        else:
            passed += watch.feed(piece)
            credit = watch.credit
            left = credit.size
    assert passed + watch.rest() == b"".join(deltas)
    assert watch.answered().usage == USED


def test_what_holds_back_events_or_is_not_paid_for_gives_no_credit() -> None:
    assert Watch(CHAT, {}).credit.size > 0
    assert Watch(CHAT, {}, holds=lambda _: False).credit.size == 0
    assert Watch(CHAT, {}, held=0, prolong=lambda _: False).credit.size == 0
