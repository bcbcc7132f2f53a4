"""What pieces of one form say, told without reading them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast_server.action.llm.exchange.moulding import Mould, find_words, mould_of

MOULD = Mould(b'data: {"text":"', b'"}\n\n')
words = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters='"\\'), min_size=1)


def event(said: str) -> bytes:
    return MOULD.before + said.encode() + MOULD.after


@given(st.lists(st.lists(words, min_size=1, max_size=3), min_size=1))
def test_pieces_of_one_event_or_several_say_what_all_of_them_say(pieces: list[list[str]]) -> None:
    sent = [b"".join(map(event, said)) for said in pieces]
    data = b"".join(sent)
    assert MOULD.weigh_all(data, len(sent)) == MOULD.weigh(data) == sum(len("".join(said)) for said in pieces)


# As providers send them: the first with its words, the second with others and another padding.
PADDED = {
    "openai": ('{"delta":{"content":"%s"},"finish_reason":null}],"obfuscation":"%s"}', "buMc", ""),
    "azure": ('{"delta":{"content":"%s"},"model":"m","obfuscation":"%s","usage":null}', "", "i67G4fc"),
    "mistral": ('{"choices":[{"delta":{"content":"%s"},"finish_reason":null}],"p":"%s"}', "a", "abcdefg"),
    "anthropic": ('{"index":0,"delta":{"type":"text_delta","text":"%s"}%s}', "", "        "),
}


@pytest.mark.parametrize(("form", "first", "other"), PADDED.values(), ids=PADDED)
@given(said=st.lists(words, min_size=1, max_size=9))
def test_what_pads_an_event_is_nothing_that_it_says(
    form: str, first: str, other: str, said: list[str]
) -> None:
    event = b"data: " + (form % ("Hello", first)).encode() + b"\n\n"
    found = find_words(event)
    assert found is not None
    mould = mould_of(event, found, lambda read: 0 if read.count(b"Hello") == 0 else 5)
    assert mould is not None
    others = [
        b"data: " + (form % (one, (first, other)[at % 2])).encode() + b"\n\n" for at, one in enumerate(said)
    ]
    for one in others:
        assert one.startswith(mould.before)
        assert one.endswith(mould.after)
        assert mould.within in one
    length = len("".join(said))
    # Words that begin as what stands behind them take a closer look.
    told = 0 if mould.within == b'"}' and any(one.startswith("}") for one in said) else length
    assert mould.weigh_all(b"".join(others), len(others)) == mould.weigh(b"".join(others)) == told
    ended = others[-1].replace(b"null", b'"stop"').replace(b"text_delta", b'x"y')
    assert mould.weigh_all(b"".join([*others, ended]), len(others) + 1) == 0


@pytest.mark.parametrize(("beside", "known"), [(b'"y","q":"z"', True), (b'"y","p":"z"', False)])
def test_an_event_is_no_mould_when_its_padding_cannot_be_found(beside: bytes, *, known: bool) -> None:
    event = b'data: {"x":%b,"content":"Hello","p":"w"}\n\n' % beside
    found = find_words(event)
    assert found is not None
    assert (mould_of(event, found, lambda read: 5 * read.count(b"Hello")) is not None) == known


def test_what_needs_to_be_read_is_not_told() -> None:
    for said in ('\\"escaped\\"', "größer", "\\u00f6", "a\nb", "a\rb"):
        assert MOULD.weigh_all(event("plain") + event(said), 2) == 0, said
