"""Closings: done together once a turn is over, whatever becomes of one of them."""

from __future__ import annotations

from collections.abc import Callable

from holdfast_server.action.llm.exchange.closing import Closings


def broken() -> None:
    raise OSError("the disk is gone")


def test_they_are_done_together_in_order() -> None:
    turn: list[Callable[[], object]] = []
    done: list[str] = []
    closings = Closings(turn.append)
    for name in ("first", "second"):
        closings.put(lambda name=name: done.append(name))
    assert (len(turn), done) == (1, [])
    turn[0]()
    assert done == ["first", "second"]
    assert not closings.run(), "nothing is left"
    closings.put(lambda: done.append("third"))
    assert len(turn) == 2, "and then it begins again"


def test_one_that_fails_holds_nobody_up() -> None:
    done: list[str] = []
    closings = Closings(lambda _: None)
    closings.put(broken)
    closings.put(lambda: done.append("second"))
    assert closings.run()
    assert done == ["second"]
