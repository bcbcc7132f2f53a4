"""The spool: in order, bounded, there again after a restart, and whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.client.spool import Parcel, Room, Spool, adopt, begin
from holdfast.errors import Conflict

MEGABYTE = 1024 * 1024


def parcels(count: int, *, size: int = 100) -> list[Parcel]:
    return [Parcel(bytes([at % 256]) * size, at, b"label %d" % at) for at in range(count)]


def drain(spool: Spool) -> list[Parcel]:
    found: list[Parcel] = []
    while (parcel := spool.peek()) is not None:
        found.append(parcel)
        spool.pop()
    return found


def test_parcels_come_out_as_they_went_in_also_across_segments(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", room=Room(MEGABYTE), segment_bytes=512)
    given = parcels(50)
    assert all(spool.append(parcel) for parcel in given)
    assert len(list((tmp_path / "s").iterdir())) > 5
    assert drain(spool) == given
    assert spool.empty
    spool.close()
    assert not (tmp_path / "s").exists(), "an empty spool leaves nothing behind"


def test_adding_while_taking_keeps_the_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", room=Room(MEGABYTE), segment_bytes=300)
    given, found = parcels(60), list[Parcel]()
    for at, parcel in enumerate(given):
        assert spool.append(parcel)
        if at % 3 == 2:
            found += drain(spool)[:]
    assert found + drain(spool) == given
    spool.close()


def test_what_waits_is_there_after_a_restart(tmp_path: Path) -> None:
    first = begin(tmp_path, Room(MEGABYTE))
    given = parcels(5)
    for parcel in given:
        first.append(parcel)
    assert adopt(tmp_path, Room(MEGABYTE)) == [], "its process lives"
    first.close()
    (second,) = adopt(tmp_path, Room(MEGABYTE))
    with pytest.raises(Conflict):
        Spool(second.folder, room=Room(MEGABYTE))
    assert drain(second) == given
    second.close()


def test_what_finds_no_room_is_refused_and_room_comes_back(tmp_path: Path) -> None:
    room = Room(1000)
    spool = Spool(tmp_path / "s", room=room, segment_bytes=200)
    kept = [spool.append(parcel) for parcel in parcels(20)]
    assert 0 < sum(kept) < 20
    assert kept == sorted(kept, reverse=True)
    drain(spool)
    assert spool.append(parcels(1)[0])
    spool.close()


def test_what_a_dead_process_left_counts_against_the_room(tmp_path: Path) -> None:
    first = begin(tmp_path, Room(1000))
    for parcel in parcels(6):
        first.append(parcel)
    first.close()
    room = Room(1000)
    (left,) = adopt(tmp_path, room)
    fresh = begin(tmp_path, room)
    assert sum(fresh.append(parcel) for parcel in parcels(9)) < 6
    left.close()
    fresh.close()


@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_a_damaged_segment_ends_where_the_damage_is_and_is_counted(tmp_path: Path, damage: str) -> None:
    spool = Spool(tmp_path / "s", room=Room(MEGABYTE), segment_bytes=MEGABYTE)
    given = parcels(5)
    for parcel in given:
        spool.append(parcel)
    spool.close()
    (path,) = (tmp_path / "s").iterdir()
    content = bytearray(path.read_bytes())
    if damage == "cut":
        del content[-10:]
    else:
        content[-10] ^= 1
    path.write_bytes(content)
    again = Spool(tmp_path / "s", room=Room(MEGABYTE))
    assert drain(again) == given[:4]
    assert again.torn == 1
    again.close()
