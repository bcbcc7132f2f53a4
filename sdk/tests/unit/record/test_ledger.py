"""The ledger as its callers see it: receipts, pages, proofs, durability, limits."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from holdfast.errors import Invalid, Misconfigured, NotFound, Tampered, Unavailable
from holdfast.record.ledger import (
    LEAF_BYTES_MAX,
    Ledger,
    LocalLedger,
    Proof,
    SigningKey,
    VerifierKey,
    open_ledger,
    open_note,
    verify,
)


def small(folder: Path) -> Ledger:
    return Ledger.open(folder, origin="holdfast/small", signer=SigningKey(b"k" * 32), segment_bytes=8192)


def key_of(ledger: Ledger) -> VerifierKey:
    return VerifierKey.parse((ledger.folder / "key.pub").read_text())


def test_records_come_back_in_order_across_segments_and_restarts(tmp_path: Path) -> None:
    written: list[tuple[int, bytes]] = []
    for _ in range(3):
        ledger = small(tmp_path / "log")
        assert ledger.size == len(written)
        for _ in range(100):
            leaf = b"record %d " % len(written) * 10
            receipt = ledger.append(leaf)
            written.append((receipt.index, leaf))
        assert ledger.read(0, 1000) == written
        assert ledger.read(57, 3) == written[57:60]
        assert ledger.read(len(written), 5) == []
        ledger.close()
    assert len(list((tmp_path / "log" / "segments").iterdir())) > 3


def test_every_record_can_be_proved_without_the_ledger(tmp_path: Path) -> None:
    ledger = small(tmp_path / "log")
    leaves = [b"record %d" % index for index in range(600)]
    for leaf in leaves:
        ledger.append(leaf)
    key = key_of(ledger)
    for index in (0, 1, 255, 256, 300, 511, 512, 598, 599):
        proof = Proof.parse(str(ledger.prove(index)))
        assert (proof.leaf, proof.index) == (leaves[index], index)
        assert proof.verify(key) > index
    with pytest.raises(Invalid):
        ledger.prove(600)
    ledger.close()


def test_a_receipt_with_any_changed_character_does_not_verify(tmp_path: Path) -> None:
    ledger = small(tmp_path / "log")
    for index in range(9):
        ledger.append(b'{"verdict":"deny","n":%d}' % index)
    key, text = key_of(ledger), str(ledger.prove(4))
    ledger.close()
    for place, character in enumerate(text):
        changed = text[:place] + ("A" if character != "A" else "B") + text[place + 1 :]
        with pytest.raises(Tampered):
            Proof.parse(changed).verify(key)


def test_a_checkpoint_is_a_signed_note_that_names_size_and_root(tmp_path: Path) -> None:
    ledger = small(tmp_path / "log")
    ledger.append(b"one")
    note = ledger.checkpoint()
    found = open_note(note, key_of(ledger))
    assert (found.origin, found.size) == ("holdfast/small", 1)
    assert ledger.checkpoint() == note, "nothing was added, so nothing is signed again"
    ledger.close()


def test_many_waiters_are_all_on_the_disk_after_sync(tmp_path: Path) -> None:
    ledger = small(tmp_path / "log")
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(30):
                receipt = ledger.append(b"x" * 200)
                ledger.sync(receipt.index)
                assert ledger.synced > receipt.index
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert ledger.size == 180
    ledger.close()
    assert verify(tmp_path / "log").ok


def test_limits_are_named(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "log", origin="o", signer=SigningKey(b"k" * 32))
    with pytest.raises(Invalid, match="limit"):
        ledger.append(b"")
    with pytest.raises(Invalid, match="65535"):
        ledger.append(b"x" * (LEAF_BYTES_MAX + 1))
    ledger.append(b"x" * LEAF_BYTES_MAX)
    with pytest.raises(Invalid):
        ledger.sync(1)
    ledger.close()
    ledger.close()
    with pytest.raises(Unavailable):
        ledger.append(b"late")


def test_the_private_key_is_for_its_owner_only_and_stays(tmp_path: Path) -> None:
    open_ledger(tmp_path, "a").close()
    path = tmp_path / "keys" / "ledger.ed25519"
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_text()
    open_ledger(tmp_path, "b").close()
    assert path.read_text() == before
    path.write_text("nonsense")
    with pytest.raises(Misconfigured):
        open_ledger(tmp_path, "c")


def test_a_folder_of_another_key_is_refused(tmp_path: Path) -> None:
    open_ledger(tmp_path, "a").close()
    (tmp_path / "keys" / "ledger.ed25519").unlink()
    with pytest.raises(Misconfigured, match="key"):
        open_ledger(tmp_path, "a")


def test_verify_takes_a_data_folder_a_ledger_a_checkpoint_or_a_receipt(tmp_path: Path) -> None:
    ledger = LocalLedger(tmp_path)
    for index in range(3):
        ledger.append(b"record %d" % index)
    other = open_ledger(tmp_path, "server")
    other.append(b"one")
    receipt, note = str(other.prove(0)), other.checkpoint()
    ledger.close()
    other.close()

    seen: list[int] = []
    report = verify(tmp_path, progress=lambda _, size: seen.append(size))
    assert (report.ok, report.kind, report.size, len(report.parts)) == (True, "data", 4, 2)
    assert sorted(seen) == [1, 3]
    assert verify(tmp_path / "ledger" / "server").size == 1

    key = (tmp_path / "ledger" / "server" / "key.pub").read_text()
    (tmp_path / "receipt.txt").write_text(receipt)
    (tmp_path / "note.txt").write_text(note)
    assert verify(tmp_path / "receipt.txt", key=key).kind == "receipt"
    assert verify(tmp_path / "note.txt", key=key).ok
    (tmp_path / "note.txt").write_text(note.replace("\n1\n", "\n2\n"))
    assert not verify(tmp_path / "note.txt", key=key).ok
    with pytest.raises(Invalid, match="key"):
        verify(tmp_path / "receipt.txt")
    with pytest.raises(NotFound):
        verify(tmp_path / "nowhere")


def test_one_bad_ledger_makes_a_data_folder_bad(tmp_path: Path) -> None:
    for name in ("a", "b"):
        ledger = open_ledger(tmp_path, name)
        ledger.append(b"record")
        ledger.close()
    (segment,) = (tmp_path / "ledger" / "b" / "segments").iterdir()
    segment.write_bytes(segment.read_bytes().replace(b"record", b"rec0rd"))
    report = verify(tmp_path)
    assert not report.ok
    assert report.bad_index == 0
    assert [part.ok for part in report.parts] == [True, False]
