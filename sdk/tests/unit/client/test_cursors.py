"""Up to where the server has a log: gaps are seen, confirmations in any order close them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from holdfast.client import cursors
from holdfast.client.cursors import Cursors


def test_confirmations_in_any_order_move_the_cursor_to_the_first_hole(tmp_path: Path) -> None:
    mine = Cursors(tmp_path)
    order = [index for index in range(50) if index != 20]
    random.Random(3).shuffle(order)
    for index in order:
        mine.note("log", index)
    assert mine.next("log") == 20
    mine.note("log", 20)
    assert mine.next("log") == 50


def test_the_cursor_survives_a_restart_and_an_ended_log_is_known(tmp_path: Path) -> None:
    first = Cursors(tmp_path / "new")
    for index in range(3):
        first.note("log", index)
    first.save()
    second = Cursors(tmp_path / "new")
    assert (second.next("log"), second.finished("log")) == (3, False)
    second.finish("log")
    assert Cursors(tmp_path / "new").finished("log")
    assert Cursors(tmp_path / "new").next("log") == 3


def test_a_hole_is_seen_only_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Cursors(tmp_path)
    for index in range(10):
        mine.expect("log", index)
    for index in (0, 1, 5, 6):
        mine.note("log", index)
    assert mine.gap() is None
    monkeypatch.setattr(cursors, "GAP_AGE_S", 0.0)
    assert mine.gap() == ("log", 2, 5)
    for index in (2, 3, 4):
        mine.note("log", index)
    assert mine.gap() == ("log", 7, 10), "the end may be missing too"
    for index in (7, 8, 9):
        mine.note("log", index)
    assert mine.gap() is None


def test_a_cursor_file_that_makes_no_sense_means_from_the_beginning(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("not a number")
    assert Cursors(tmp_path).next("log") == 0
