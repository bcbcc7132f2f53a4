"""Gzip comes to what zlib makes of it, and stays within its limit."""

from __future__ import annotations

import gzip as made_by
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast_server.errors import Invalid, TooLarge
from holdfast_server.kit import gzip

TEXTS = st.one_of(st.binary(max_size=4_000), st.binary(max_size=20).map(lambda one: one * 40_000))


@given(TEXTS, st.integers(0, 9))
def test_what_was_packed_comes_back_whole(text, level):
    assert gzip.decompress(made_by.compress(text, level), len(text)) == text
    assert gzip.crc32(text) == zlib.crc32(text)


@given(st.binary(max_size=400), st.data())
def test_a_body_that_was_damaged_is_refused_or_was_not(text, data):
    packed = bytearray(made_by.compress(text))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(Invalid):
        assert gzip.decompress(bytes(packed), 10_000) == text


@given(st.binary(max_size=400), st.data())
def test_a_body_that_was_cut_is_refused(text, data):
    packed = made_by.compress(text)
    with pytest.raises(Invalid):
        gzip.decompress(packed[: data.draw(st.integers(0, len(packed) - 1))], 10_000)


def test_a_bomb_is_stopped_while_it_grows():
    bomb = made_by.compress(bytes(50_000_000))
    with pytest.raises(TooLarge, match="over 1000000 bytes"):
        gzip.decompress(bomb, 1_000_000)
