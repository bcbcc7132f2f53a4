"""Mould: what pieces of one form say, told without reading them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from holdfast_server.action.llm.exchange.moulding import Mould

MOULD = Mould(b'data: {"text":"', b'"}\n\n')
words = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters='"\\'), min_size=1)


def event(said: str) -> bytes:
    return MOULD.before + said.encode() + MOULD.after


@given(st.lists(st.lists(words, min_size=1, max_size=3), min_size=1))
def test_pieces_of_one_event_or_several_say_what_all_of_them_say(pieces: list[list[str]]) -> None:
    sent = [b"".join(map(event, said)) for said in pieces]
    assert MOULD.weigh_all(sent) == MOULD.weigh(b"".join(sent)) == sum(len("".join(said)) for said in pieces)


def test_what_needs_to_be_read_is_not_told() -> None:
    assert MOULD.weigh_all([event("plain"), event('\\"escaped\\"')]) == 0
    assert MOULD.weigh_all([event("plain"), event("größer")]) == 0
