"""Backlog: how much waits to be shipped, and for how long."""

from __future__ import annotations

from pathlib import Path

from holdfast_server.action.llm.backlog import LOOK_S, MARKS_MAX, Backlog, State, Waiting, write_state
from holdfast_server.action.llm.slots import LOCK
from holdfast_server.record.spans.journal import Journal


def journal_in(folder: Path) -> Journal:
    folder.mkdir(parents=True)
    (folder / LOCK).touch()
    return Journal(folder / "journal")


def test_what_waits_has_waited_since_it_was_first_seen(tmp_path: Path) -> None:
    folder, backlog = tmp_path / "w0", Backlog(tmp_path)
    journal = journal_in(folder)
    assert backlog.look(10) == Waiting()
    journal.note(b"first")
    first = journal.end
    assert backlog.look(20) == Waiting(first, 0)
    journal.note(b"second")
    assert backlog.look(25) == Waiting(journal.end, 5)
    write_state(folder, State(first))
    assert backlog.look(27) == Waiting(journal.end - first, 2)
    write_state(folder, State(journal.end))
    assert backlog.look(30) == Waiting()
    journal.close()


def test_the_longest_wait_counts_and_all_bytes(tmp_path: Path) -> None:
    backlog = Backlog(tmp_path)
    early, late = journal_in(tmp_path / "w0"), journal_in(tmp_path / "w1")
    early.note(b"frame")
    backlog.look(1)
    late.note(b"frame")
    assert backlog.look(4) == Waiting(early.end + late.end, 3)
    early.close()
    late.close()


def test_a_server_that_is_away_for_long_does_not_fill_the_memory(tmp_path: Path) -> None:
    folder, backlog = tmp_path / "w0", Backlog(tmp_path)
    journal = journal_in(folder)
    looks, waiting = MARKS_MAX + 100, Waiting()
    for look in range(looks):
        journal.note(b"frame")
        waiting = backlog.look(2 * LOOK_S * look)
    assert waiting.seconds == 2 * LOOK_S * (looks - 1)
    assert len(backlog.marks[folder]) <= MARKS_MAX
    journal.close()
