"""Shipping: everything at least once, forgotten only when acknowledged, and one bad frame stops nothing."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from holdfast.record import OutcomeRecord, ShippedRecord, encode_leaf
from holdfast.record.ledger import Ledger
from holdfast.record.ledger.note import SigningKey
from holdfast_server.action.llm.backlog import Backlog, Waiting, read_state
from holdfast_server.action.llm.shipping import (
    RECORD,
    Away,
    Sender,
    Shipper,
)
from holdfast_server.action.llm.slots import find_orphans, is_held, take_slots
from holdfast_server.action.otlp.plain import PlainSpan
from holdfast_server.record.spans.journal import Journal

LOG = "0123456789abcdef"
SPAN = b"a span"
SHOWN = PlainSpan("a" * 32, "b" * 16, "", 1, 2, "chat small", False, {})


class Server(Sender):
    """Takes what comes, unless it is away."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, int]] = []
        self.shown: list[PlainSpan] = []
        self.settled: list[tuple[str, int]] = []
        self.away = False
        self.refused: set[int] = set()
        self.spans_max = 1_000
        self.posts = 0

    def records(self, log_id: str, records: Sequence[ShippedRecord]) -> bool:
        if self.away:
            raise Away("nobody there")
        if self.refused & {one.index for one in records}:
            return False
        self.taken += [(log_id, one.index) for one in records]
        return True

    def spans(self, log_id: str, spans: Sequence[PlainSpan]) -> bool:
        assert log_id == LOG
        self.posts += 1
        if len(spans) > self.spans_max:
            return False
        self.shown += spans
        return True

    def settle(self, log_id: str, size: int) -> bool:
        self.settled.append((log_id, size))
        return True


class Unfolding:
    """Reads frames of one kind only."""

    def unfold(self, body: bytes) -> tuple[Sequence[ShippedRecord], Sequence[PlainSpan]]:
        if body == SPAN:
            return (), (SHOWN,)
        raise ValueError(f"what is {body[:1]!r}?")


def leaf(step: int) -> bytes:
    outcome = OutcomeRecord(step, LOG, f"{step:016x}", "r" * 32, "s", "done", "", None, 0, 0, "small", (), "")
    return encode_leaf(outcome)


def frame(index: int) -> bytes:
    return RECORD + msgspec.json.encode(ShippedRecord.of(LOG, index, leaf(index)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (slot,) = take_slots(tmp_path, 1)
    slot.close()
    return slot.folder


def test_what_is_acknowledged_is_shipped_once_and_what_is_not_waits(folder: Path) -> None:
    journal, server = Journal(folder / "journal", segment_bytes=200), Server()
    for index in range(5):
        journal.note(frame(index))
    journal.note(SPAN)
    server.away = True
    with pytest.raises(Away):
        Shipper(folder, server, Unfolding()).ship()
    backlog = Backlog(folder.parent)
    waiting = backlog.look(0).bytes
    assert waiting > 0
    server.away = False
    assert Shipper(folder, server, Unfolding()).ship()
    assert server.taken == [(LOG, index) for index in range(5)]
    assert server.shown == [SHOWN]
    assert backlog.look(0) == Waiting()
    assert journal.first > 0
    journal.note(frame(5))
    Shipper(folder, server, Unfolding()).ship()
    assert server.taken[-1] == (LOG, 5)
    assert len(server.taken) == 6


def test_what_is_too_much_at_once_is_not_sent_piece_by_piece(folder: Path) -> None:
    journal, server = Journal(folder / "journal"), Server()
    journal.note(frame(0))
    for _ in range(64):
        journal.note(SPAN)
    server.spans_max = 20
    Shipper(folder, server, Unfolding()).ship()
    assert server.shown == [SHOWN] * 64
    assert server.posts == 1 + 2 + 4
    journal.close()


def test_a_bad_frame_and_a_refused_record_take_no_other_with_them(folder: Path) -> None:
    journal, server = Journal(folder / "journal"), Server()
    journal.note(frame(0))
    journal.note(b"?nobody knows")
    journal.note(frame(1))
    journal.note(frame(2))
    server.refused = {1}
    assert Shipper(folder, server, Unfolding()).ship()
    assert server.taken == [(LOG, 0), (LOG, 2)]
    assert read_state(folder).place == journal.end


def test_what_only_the_ledger_of_a_killed_worker_holds_is_shipped_and_its_leases_settled(
    folder: Path,
) -> None:
    journal, server = Journal(folder / "journal"), Server()
    signer = SigningKey.open(folder / "key")
    ledger = Ledger.open(folder / "ledger" / LOG, origin=LOG, signer=signer)
    for index in range(3):
        ledger.append(leaf(index))
    journal.note(frame(0))
    shipper = Shipper(folder, server, Unfolding())
    assert shipper.ship()
    assert not shipper.ship()  # while it lives it is only heard
    assert server.settled == []
    ledger.abandon()
    assert shipper.ship()
    assert server.taken == [(LOG, index) for index in range(3)]
    assert server.settled == [(LOG, 3)]
    assert not Shipper(folder, server, Unfolding()).ship()


def test_a_folder_whose_worker_lives_is_nobody_elses(tmp_path: Path) -> None:
    first, second = take_slots(tmp_path, 2)
    assert [first.name, second.name] == ["w0", "w1"]
    first.note(os.getpid())
    second.close()
    (third,) = take_slots(tmp_path, 1)
    assert third.name == "w1"
    assert is_held(first.folder)
    assert find_orphans(tmp_path, {third.name}) == [first.folder]
    fcntl.flock(first.lock, fcntl.LOCK_UN)
    assert find_orphans(tmp_path, {third.name}) == []
    first.close()
    third.close()
