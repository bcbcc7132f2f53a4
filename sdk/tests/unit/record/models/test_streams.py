from __future__ import annotations

import gzip
import json
import zlib
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.record.models.streams import LINE_BYTES_MAX, EventReader, Inflater

EVENTS = [{"n": number, "text": "ü" * number} for number in range(5)]
STREAM = b"".join(
    b"event: x\r\ndata: " + json.dumps(one, ensure_ascii=False).encode() + b"\r\n\r\n" for one in EVENTS
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_events_are_found_however_the_bytes_are_cut(cuts: list[int]) -> None:
    found: list[Any] = []
    reader = EventReader(found.append)
    edges = [0, *sorted(cuts), len(STREAM)]
    for start, end in pairwise(edges):
        reader.feed(STREAM[start:end])
    reader.finish()
    assert found == EVENTS


def test_what_is_no_json_is_passed_over() -> None:
    found: list[Any] = []
    reader = EventReader(found.append)
    reader.feed(b'data: [DONE]\n\ndata: {broken\n\n: comment {\n\ndata: {"a": 1}')
    reader.finish()
    assert found == [{"a": 1}]


def test_a_line_without_an_end_is_not_kept() -> None:
    found: list[Any] = []
    reader = EventReader(found.append)
    reader.feed(b"data: {" + b"x" * (LINE_BYTES_MAX + 1))
    reader.feed(b'\ndata: {"a": 1}\n')
    assert found == [{"a": 1}]


@pytest.mark.parametrize(
    ("coding", "pack"), [("", bytes), ("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_content_codings_are_undone_piece_by_piece(coding: str, pack: Any) -> None:
    inflate = Inflater(coding)
    packed = pack(STREAM)
    assert b"".join(inflate(packed[place : place + 7]) for place in range(0, len(packed), 7)) == STREAM


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_what_cannot_be_undone_yields_nothing_and_raises_nothing(coding: str) -> None:
    assert Inflater(coding)(b"not packed like that") == b""
