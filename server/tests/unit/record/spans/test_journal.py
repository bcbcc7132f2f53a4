"""The journal keeps what it acknowledged, whatever happened to its tail."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from holdfast_server.errors import Unavailable
from holdfast_server.record.spans.journal import Journal


async def keep(journal: Journal, *bodies: bytes) -> list[int]:
    return list(await asyncio.gather(*(journal.append(body) for body in bodies)))


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.log"))


def bodies(journal: Journal, position: int = 0) -> list[bytes]:
    return [frame.body for frame in journal.read_from(position)]


async def test_what_was_appended_is_read_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    ends = await keep(journal, b"one", b"two", b"three")
    assert bodies(journal) == [b"one", b"two", b"three"]
    assert bodies(journal, ends[0]) == [b"two", b"three"]
    assert bodies(journal, ends[-1]) == []
    journal.close()


@pytest.mark.parametrize("cut", [1, 5, 8, 9, 10])
async def test_a_torn_tail_is_cut_off_and_appending_goes_on(tmp_path: Path, cut: int) -> None:
    journal = Journal(tmp_path)
    await keep(journal, b"whole", b"torn!")
    journal.close()
    (path,) = segments(tmp_path)
    os.truncate(path, path.stat().st_size - cut)
    again = Journal(tmp_path)
    await keep(again, b"after")
    assert bodies(again) == [b"whole", b"after"]
    again.close()


async def test_a_flipped_byte_ends_what_counts(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    await keep(journal, b"whole", b"flipped")
    journal.close()
    (path,) = segments(tmp_path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    again = Journal(tmp_path)
    assert bodies(again) == [b"whole"]
    again.close()


async def test_segments_roll_and_old_ones_go_but_the_last_stored_one_stays(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment_bytes=50)
    for place in range(10):
        await journal.append(b"%020d" % place)
    before = len(segments(tmp_path))
    assert bodies(journal) == [b"%020d" % place for place in range(10)]
    journal.forget_before(journal.end)
    assert (before, len(segments(tmp_path))) == (5, 2)
    journal.close()
    again = Journal(tmp_path, segment_bytes=50)
    assert again.end == 10 * 28
    assert [frame.body for frame in again.read_kept()] == [b"%020d" % place for place in range(6, 10)]
    again.close()


async def test_a_disk_that_refuses_is_said_and_nothing_half_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    await keep(journal, b"before")

    def refuse(_: int) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", refuse)
        with pytest.raises(Unavailable, match="no space left"):
            await journal.append(b"lost")
    await keep(journal, b"after")
    assert bodies(journal) == [b"before", b"after"]
    journal.close()


async def test_what_was_noted_survives_a_kill_and_stands_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment_bytes=64)
    for n in range(10):
        journal.note(f"note {n} ".encode() * 3)
    journal.sync()
    await keep(journal, b"waited for")
    # No close: this is what a killed process leaves.
    again = Journal(tmp_path, segment_bytes=64)
    assert bodies(again) == [*(f"note {n} ".encode() * 3 for n in range(10)), b"waited for"]
    assert len(segments(tmp_path)) > 1
    journal.close()
    again.close()


async def test_a_note_that_cannot_be_written_is_refused_and_leaves_no_trace(tmp_path: Path) -> None:
    import resource

    journal = Journal(tmp_path)
    journal.note(b"kept")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        with pytest.raises(Unavailable):
            journal.note(b"x" * 1_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    journal.note(b"kept, too")
    assert bodies(journal) == [b"kept", b"kept, too"]
    journal.close()
