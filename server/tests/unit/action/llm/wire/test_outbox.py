"""Outbox: what leaves together, in which order, and what has no company to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from holdfast_server.action.llm.wire.outbox import FEW, TOGETHER, Outbox

CROWD = range(FEW + 1)


def nobody() -> None:
    """Stands for who expects an answer."""
    raise AssertionError("in a crowd nobody waits for one answer")


class Reader(asyncio.WriteTransport):
    """Somebody who is written to."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[bytes] = []
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.got.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closing


@pytest.fixture
def turn() -> list[Callable[[], None]]:
    """What is to be done when the turn is over."""
    return []


def test_a_crowd_is_written_to_when_the_turn_is_over(turn: list[Callable[[], None]]) -> None:
    outbox, some = Outbox(turn.append, CROWD, nobody), [Reader() for _ in range(3)]
    for one in some:
        outbox.put(one, b"head")
    outbox.put(some[0], b" and body")
    assert all(outbox.holds(one) and not one.got for one in some)
    (flush,) = turn
    flush()
    assert [one.got for one in some] == [[b"head and body"], [b"head"], [b"head"]]
    assert not any(outbox.holds(one) for one in some)


def test_a_few_are_written_to_at_once(turn: list[Callable[[], None]]) -> None:
    expected: list[bytes] = []
    one = Reader()
    outbox = Outbox(turn.append, range(FEW), lambda: expected.extend(one.got))
    outbox.put(one, b"alone")
    assert (one.got, turn) == ([b"alone"], [])
    assert expected == one.got, "an answer is expected once it has left"


def test_nobody_overtakes_what_waits_for_the_same_reader(turn: list[Callable[[], None]]) -> None:
    calls = list(CROWD)
    outbox, one = Outbox(turn.append, calls, nobody), Reader()
    outbox.put(one, b"first ")
    calls.clear()
    outbox.put(one, b"second")
    outbox.flush()
    assert one.got == [b"first second"]


def test_no_turn_is_so_long_that_everybody_waits_for_its_end(turn: list[Callable[[], None]]) -> None:
    outbox, some = Outbox(turn.append, CROWD, nobody), [Reader() for _ in range(TOGETHER + 1)]
    for one in some:
        outbox.put(one, b"x")
    assert [len(one.got) for one in some] == [1] * TOGETHER + [0]
    assert outbox.holds(some[-1])


def test_who_is_closed_gets_nothing_more(turn: list[Callable[[], None]]) -> None:
    outbox, one = Outbox(turn.append, CROWD, nobody), Reader()
    outbox.put(one, b"x")
    one.closing = True
    outbox.flush()
    assert one.got == []
