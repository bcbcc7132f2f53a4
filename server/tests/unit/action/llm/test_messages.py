"""What supervisor and worker say: whole however it is cut, bounded, and nothing that was not meant."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast_server.action.llm import messages
from holdfast_server.action.llm.config import Key, Provider, Snapshot, digest_key
from holdfast_server.action.llm.messages import (
    Configure,
    Controlled,
    Drain,
    Frames,
    LiveCall,
    Stats,
    pack,
    read_from_worker,
    read_to_worker,
)

SNAPSHOT = Snapshot(
    3,
    keys=(Key("key_1", digest_key("hf-1"), "bot", tags={"team": "ops"}),),
    providers=(Provider("acme", "https://models.example", secret="sk-1"),),
    kills=frozenset({("org", "*")}),
    prices=({"model": "small", "input": 0.5},),
)
SAID = (Configure(SNAPSHOT), Controlled(frozenset({("agent", "bot")}), heard=False), Drain(3.5))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_frames_come_out_whole_however_they_are_cut(sizes: list[int]) -> None:
    sent, frames, heard = b"".join(map(pack, SAID)), Frames(), list[object]()
    place = 0
    while place < len(sent):
        size = sizes[len(heard) % len(sizes)]
        heard += [read_to_worker(body) for body in frames.feed(sent[place : place + size])]
        place += size
    assert tuple(heard) == SAID


def test_a_frame_that_is_too_long_is_refused_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "FRAME_BYTES_MAX", 16)
    with pytest.raises(ValueError, match="over 16"):
        pack(Configure(SNAPSHOT))
    with pytest.raises(ValueError, match="over 16"):
        list(Frames().feed(b"\x00\x00\x01\x00"))


def test_each_side_takes_only_what_the_other_may_say() -> None:
    (body,) = Frames().feed(pack(Stats(calls=(LiveCall("0" * 16),))))
    assert read_from_worker(body) == Stats(calls=(LiveCall("0" * 16),))
    with pytest.raises(msgspec.ValidationError):
        read_to_worker(body)


def test_a_secret_is_never_printed() -> None:
    assert "sk-1" not in repr(SNAPSHOT)
