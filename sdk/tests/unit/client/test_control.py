"""Server-sent events, however the network cuts them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.client.control import EVENT_BYTES_MAX, Event, read_events

STREAM = b': hello\r\n\r\nevent: kills\r\nid: 4\r\ndata: {"a":\r\ndata: 1}\r\n\r\nevent: ping\n\ndata:x\n\n'
EVENTS = [Event("kills", b'{"a":\n1}'), Event("message", b"x")]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_events_are_the_same_however_the_stream_is_cut(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[a:b] for a, b in pairwise(places)]
    assert list(read_events(chunks)) == EVENTS


def test_an_event_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        list(read_events([b"data: "] + [b"x" * 1024] * (EVENT_BYTES_MAX // 1024 + 1)))
