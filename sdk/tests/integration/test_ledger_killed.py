"""A writer killed at any instant: what it had a receipt for is there, and the log verifies."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from holdfast.errors import Conflict, Tampered
from holdfast.record.ledger import Ledger, Reader, SigningKey, open_ledger, verify_ledger
from holdfast.record.ledger.local import KEY_FILE
from holdfast.record.ledger.segment import HEADER

KILLS = 15

WRITER = """
import os, sys
from holdfast.record.ledger import open_ledger
ledger = open_ledger(sys.argv[1], "killed")
leaf = lambda index: b'{"n":%d,"filler":"%s"}' % (index, b"x" * (index * 37 % 900))
while True:
    receipt = ledger.append(leaf(ledger.size))
    if receipt.index % 7 == 0:
        ledger.sync(receipt.index)
    os.write(1, b"%d\\n" % receipt.index)
"""


def leaf(index: int) -> bytes:
    return b'{"n":%d,"filler":"%s"}' % (index, b"x" * (index * 37 % 900))


def recover_a_copy(folder: Path, copy: Path) -> None:
    """Open the log as the next start would, and verify it, leaving the killed one to the next writer."""
    shutil.copytree(folder, copy)
    Ledger.open(copy, origin="holdfast/killed", signer=SigningKey.open(folder.parents[1] / KEY_FILE)).close()
    assert verify_ledger(copy).ok
    shutil.rmtree(copy)


@pytest.mark.chaos
def test_nothing_acknowledged_is_lost_when_the_writer_is_killed_again_and_again(tmp_path: Path) -> None:
    chance = random.Random(7)
    folder = tmp_path / "ledger" / "killed"
    acknowledged = -1
    for _ in range(KILLS):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(chance.uniform(0, 0.05))
        writer.send_signal(signal.SIGKILL)
        lines = (first + writer.stdout.read()).split(b"\n")
        writer.wait()
        writer.stdout.close()
        acknowledged = max(acknowledged, *(int(line) for line in lines[:-1]))

        records = Reader(folder).records(max(0, acknowledged - 500), 10_000)
        assert records[-1][0] >= acknowledged
        assert [(index, leaf(index)) for index, _ in records] == records
        recover_a_copy(folder, tmp_path / "copy")
    assert acknowledged > KILLS * 10


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A log of five records whose writer ended without a word; two of them are signed."""
    ledger = reopen(tmp_path / "log")
    for index in range(5):
        ledger.append(b"record %d" % index)
        if index == 1:
            ledger.checkpoint()
    folder = shutil.copytree(ledger.folder, tmp_path / "as if killed")
    ledger.close()
    return folder


def reopen(folder: Path) -> Ledger:
    return Ledger.open(folder, origin="o", signer=SigningKey(b"k" * 32), segment_bytes=4096)


FRAME = HEADER + len(b"record 0")


@pytest.mark.parametrize("torn", [b"\0\0\0\0" + b"half a hash", b"\x09\0\0\0" + b"h" * 32 + b"record 5!"])
def test_a_torn_append_is_set_aside_and_the_log_goes_on(killed: Path, torn: bytes) -> None:
    segment = next((killed / "segments").glob("*.seg"))
    content = bytearray(segment.read_bytes())
    content[5 * FRAME : 5 * FRAME + len(torn)] = torn
    segment.write_bytes(content)
    assert verify_ledger(killed).bad_index == 5

    ledger = reopen(killed)
    assert ledger.size == 5
    assert ledger.append(b"record 5").index == 5
    ledger.close()
    report = verify_ledger(killed)
    assert report.ok
    assert report.size == 6
    (kept,) = (killed / "segments").glob("*.torn")
    assert kept.read_bytes() == torn.rstrip(b"\0")
    assert any("set aside" in note for note in report.notes)

    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    assert not verify_ledger(killed).ok


def test_a_hole_before_the_last_checkpoint_is_tampering_not_a_torn_tail(killed: Path) -> None:
    segment = next((killed / "segments").glob("*.seg"))
    content = bytearray(segment.read_bytes())
    content[FRAME : FRAME + 4] = bytes(4)
    segment.write_bytes(content)
    with pytest.raises(Tampered) as caught:
        reopen(killed)
    assert caught.value.index == 1


def test_a_checkpoint_torn_by_a_crash_is_set_aside(killed: Path) -> None:
    path = killed / "checkpoints"
    path.write_bytes(path.read_bytes() + b"o\n5\nabc")
    assert not verify_ledger(killed).ok
    reopen(killed).close()
    assert verify_ledger(killed).ok


def test_a_log_has_one_writer(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, "one")
    with pytest.raises(Conflict):
        open_ledger(tmp_path, "one")
    ledger.close()
    open_ledger(tmp_path, "one").close()


def test_the_children_of_a_fork_write_logs_of_their_own(tmp_path: Path) -> None:
    code = """
import os, sys
from holdfast.record.ledger import LocalLedger
ledger = LocalLedger(sys.argv[1])
ledger.append(b"parent before")
parent = ledger.log
child = os.fork()
if child == 0:
    assert ledger.log != parent and ledger.size == 0
    ledger.append(b"child")
    ledger.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
ledger.append(b"parent after")
assert ledger.log == parent and ledger.size == 2
ledger.close()
"""
    subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", code, str(tmp_path)], check=True, timeout=60
    )
    reports = [verify_ledger(folder) for folder in (tmp_path / "ledger").iterdir()]
    assert sorted((report.ok, report.size) for report in reports) == [(True, 1), (True, 2)]


def test_a_killed_log_that_nobody_opens_again_verifies_as_it_is(tmp_path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    for _ in range(200):
        writer.stdout.readline()
    os.kill(writer.pid, signal.SIGSTOP)
    live = verify_ledger(tmp_path / "ledger" / "killed")
    assert live.ok
    assert any("being written" in note for note in live.notes)
    writer.kill()
    writer.wait()
    writer.stdout.close()
