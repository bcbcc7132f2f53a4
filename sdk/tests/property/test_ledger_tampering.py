"""Whatever is changed in the files of a ledger is found."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.errors import Tampered
from holdfast.record.ledger import Ledger, SigningKey, verify_ledger

SEED = bytes(range(32))


def write(
    folder: Path, count: int, *, segment_bytes: int = 1024, close: bool = True, seed: int = 0
) -> Ledger:
    """A ledger of `count` records over several segments, with a checkpoint now and then."""
    chance = random.Random(seed)
    ledger = Ledger.open(folder, origin="holdfast/test", signer=SigningKey(SEED), segment_bytes=segment_bytes)
    for index in range(count):
        ledger.append(
            b'{"n":%d,"filler":"%s"}' % (index, chance.randbytes(chance.randint(1, 40)).hex().encode())
        )
        if index % 5 == 4:
            ledger.checkpoint()
    if close:
        ledger.close()
    return ledger


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_every_single_flipped_byte_of_a_small_ledger_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    write(folder, 9)
    assert verify_ledger(folder).ok
    flipped = 0
    for path in files(folder):
        good = path.read_bytes()
        for place in range(len(good)):
            for mask in (0x01, 0xFF):
                path.write_bytes(good[:place] + bytes([good[place] ^ mask]) + good[place + 1 :])
                assert not verify_ledger(folder).ok, f"{path.name}[{place}] ^ {mask:#x}"
                flipped += 1
        path.write_bytes(good)
    assert verify_ledger(folder).ok
    assert flipped > 2000


def test_every_flipped_byte_of_the_padding_of_a_killed_ledger_is_found(tmp_path: Path) -> None:
    ledger = write(tmp_path / "log", 7, segment_bytes=1024, close=False)
    ledger.checkpoint()
    folder = shutil.copytree(ledger.folder, tmp_path / "as if killed")
    ledger.close()
    last = files(folder / "segments")[-1]
    good = last.read_bytes()
    assert len(good) == 1024
    for place in range(len(good)):
        last.write_bytes(good[:place] + bytes([good[place] ^ 0x20]) + good[place + 1 :])
        assert not verify_ledger(folder).ok, place


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large") / "log"
    write(folder, 600, segment_bytes=16 * 1024)
    return folder


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_byte_of_a_larger_ledger_is_found(large: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(files(large)))
    good = path.read_bytes()
    place, mask = data.draw(st.integers(0, len(good) - 1)), data.draw(st.integers(1, 255))
    try:
        path.write_bytes(good[:place] + bytes([good[place] ^ mask]) + good[place + 1 :])
        assert not verify_ledger(large).ok
    finally:
        path.write_bytes(good)


def test_the_first_bad_record_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    write(folder, 20, segment_bytes=64 * 1024)
    segment = files(folder / "segments")[0]
    good = segment.read_bytes()
    for index in range(20):
        place = good.index(b'{"n":%d,' % index) + 3
        segment.write_bytes(good[:place] + b"X" + good[place + 1 :])
        assert verify_ledger(folder).bad_index == index


def cut_segment(folder: Path) -> None:
    last = files(folder / "segments")[-1]
    last.write_bytes(last.read_bytes()[:-1])


def drop_segment(folder: Path) -> None:
    files(folder / "segments")[1].unlink()


def drop_last_segments(folder: Path) -> None:
    for path in files(folder / "segments")[2:]:
        path.unlink()


def swap_segments(folder: Path) -> None:
    first, second = files(folder / "segments")[:2]
    a, b = first.read_bytes(), second.read_bytes()
    first.write_bytes(b)
    second.write_bytes(a)


def drop_all_records(folder: Path) -> None:
    shutil.rmtree(folder / "segments")


def drop_key(folder: Path) -> None:
    (folder / "key.pub").unlink()


def swap_checkpoints(folder: Path) -> None:
    path = folder / "checkpoints"
    notes = path.read_text().split("\n\n— ")
    whole = path.read_text()
    first, rest = whole[: whole.index("holdfast/test\n", 5)], whole[whole.index("holdfast/test\n", 5) :]
    assert notes
    path.write_text(rest + first)


def cut_checkpoints(folder: Path) -> None:
    path = folder / "checkpoints"
    path.write_text(path.read_text()[:-20])


@pytest.mark.parametrize(
    "change",
    [
        cut_segment,
        drop_segment,
        drop_last_segments,
        swap_segments,
        drop_all_records,
        drop_key,
        swap_checkpoints,
        cut_checkpoints,
    ],
)
def test_every_cut_and_swap_is_found(tmp_path: Path, change: Callable[[Path], None]) -> None:
    folder = tmp_path / "log"
    write(folder, 40)
    assert verify_ledger(folder).ok
    change(folder)
    assert not verify_ledger(folder).ok


def test_a_rewritten_history_is_found_even_when_every_hash_in_it_holds(tmp_path: Path) -> None:
    honest, forged = tmp_path / "honest", tmp_path / "forged"
    write(honest, 40, seed=1)
    write(forged, 40, seed=2)
    shutil.rmtree(honest / "segments")
    shutil.copytree(forged / "segments", honest / "segments")
    report = verify_ledger(honest)
    assert not report.ok
    assert report.bad_index == 0


def test_another_key_than_the_trusted_one_is_found(tmp_path: Path) -> None:
    write(tmp_path / "log", 3)
    stranger = str(SigningKey(b"s" * 32).verifier("holdfast/test"))
    assert verify_ledger(tmp_path / "log", key=str(SigningKey(SEED).verifier("holdfast/test"))).ok
    assert not verify_ledger(tmp_path / "log", key=stranger).ok


def test_a_log_shorter_than_its_checkpoint_is_never_opened_for_writing(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    write(folder, 40)
    drop_last_segments(folder)
    with pytest.raises(Tampered) as caught:
        write(folder, 1)
    assert caught.value.index is not None


def drop_checkpoints(folder: Path) -> None:
    (folder / "checkpoints").unlink()


def keep_only_the_first_checkpoint(folder: Path) -> None:
    path = folder / "checkpoints"
    path.write_text("\n".join(path.read_text().split("\n")[:6]) + "\n")


@pytest.mark.parametrize("change", [drop_checkpoints, keep_only_the_first_checkpoint])
def test_a_closed_log_without_its_last_checkpoint_is_found(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    write(tmp_path / "log", 40)
    change(tmp_path / "log")
    assert not verify_ledger(tmp_path / "log").ok
