"""What waits on the disk while the server is away: parcels in order, bounded, there again after a restart.

Each process writes a folder of its own below the root and holds a lock on it; a folder that nobody holds
belongs to a process that is gone, and whoever comes next delivers it. A parcel may be delivered twice (a
crash between sending and noting it); the server knows spans by their id and records by their place.
"""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from pathlib import Path
from typing import Final, NamedTuple

from holdfast.errors import Conflict
from holdfast.record.ledger.files import lock_folder

SEGMENT_BYTES: Final = 1024 * 1024
BYTES_MAX: Final = 256 * 1024 * 1024
PARCEL_BYTES_MAX: Final = 8 * 1024 * 1024
SUFFIX: Final = ".spool"

_header = struct.Struct("<IIII")  # checksum, items, bytes of the label, bytes of the body


class Parcel(NamedTuple):
    """One body ready to be posted, and what it stands for."""

    body: bytes
    items: int
    label: bytes = b""
    """What its sender needs to know once it is delivered."""


class Room:
    """How many bytes all spools of one root may still take."""

    def __init__(self, bytes_max: int) -> None:
        self._left = bytes_max

    def take(self, size: int) -> bool:
        """Claim room, if there is enough."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def give(self, size: int) -> None:
        """Return room."""
        self._left += size


class Spool:
    """One folder of parcels, first in, first out; used by one thread at a time."""

    def __init__(self, folder: Path, *, room: Room, segment_bytes: int = SEGMENT_BYTES) -> None:
        """Open a folder, or make one.

        Raises:
            Conflict: another process holds it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._lock = lock_folder(folder)
        self.torn = 0
        """Segments whose end could not be read back."""
        self._room = room
        self._segment_bytes = segment_bytes
        self._segments = sorted(folder.glob(f"*{SUFFIX}"))
        self._next = int(self._segments[-1].stem) + 1 if self._segments else 0
        self._taken = sum(path.stat().st_size for path in self._segments)
        self._room.give(-self._taken)
        self._offset = 0
        self._writing: int | None = None
        self._written = 0

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return self.peek() is None

    def append(self, parcel: Parcel) -> bool:
        """Keep a parcel; False when there is no room left, and then it is not kept."""
        lengths = (parcel.items, len(parcel.label), len(parcel.body))
        checksum = zlib.crc32(parcel.label + parcel.body, parcel.items)
        frame = _header.pack(checksum, *lengths) + parcel.label + parcel.body
        if len(parcel.body) > PARCEL_BYTES_MAX or not self._room.take(len(frame)):
            return False
        try:
            self._write(frame)
        except OSError:
            self._room.give(len(frame))
            self._rotate()
            return False
        self._taken += len(frame)
        return True

    def peek(self) -> Parcel | None:
        """The oldest parcel, or None."""
        while self._segments:
            found = self._read(self._segments[0])
            if found is not None:
                return found
            if len(self._segments) == 1 and self._writing is not None:
                self._rotate()
            self._drop_first()
        return None

    def pop(self) -> None:
        """Forget the oldest parcel: it was delivered."""
        parcel = self.peek()
        if parcel is not None:
            self._offset += _header.size + len(parcel.label) + len(parcel.body)

    def close(self) -> None:
        """Put what waits on the disk; an empty folder is taken away."""
        self._rotate()
        if self.empty:
            self.folder.rmdir()
        os.close(self._lock)

    def abandon(self) -> None:
        """Let go without a trace: in the child of a fork the folder belongs to the parent."""
        if self._writing is not None:
            os.close(self._writing)
            self._writing = None
        os.close(self._lock)

    def _write(self, frame: bytes) -> None:
        if self._writing is None:
            path = self.folder / f"{self._next:08d}{SUFFIX}"
            self._writing = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._segments.append(path)
            self._next, self._written = self._next + 1, 0
        if os.write(self._writing, frame) < len(frame):
            os.ftruncate(self._writing, self._written)
            raise OSError("the disk is full")
        self._written += len(frame)
        if self._written >= self._segment_bytes:
            self._rotate()

    def _rotate(self) -> None:
        """Finish the segment that is being written."""
        if self._writing is not None:
            os.fsync(self._writing)
            os.close(self._writing)
            self._writing = None

    def _read(self, path: Path) -> Parcel | None:
        """The parcel at the reading place of a segment; None at its end or where it is torn."""
        with path.open("rb") as file:
            file.seek(self._offset)
            head = file.read(_header.size)
            if not head:
                return None
            if len(head) == _header.size:
                checksum, items, label_bytes, body_bytes = _header.unpack(head)
                if label_bytes + body_bytes <= 2 * PARCEL_BYTES_MAX:
                    content = file.read(label_bytes + body_bytes)
                    if len(content) == label_bytes + body_bytes and zlib.crc32(content, items) == checksum:
                        return Parcel(content[label_bytes:], items, content[:label_bytes])
        self.torn += 1
        return None

    def _drop_first(self) -> None:
        path = self._segments.pop(0)
        size = path.stat().st_size
        path.unlink()
        self._taken -= size
        self._room.give(size)
        self._offset = 0


def begin(root: Path, room: Room) -> Spool:
    """A fresh spool below the root, for this process alone."""
    return Spool(root / os.urandom(8).hex(), room=room)


def adopt(root: Path, room: Room) -> list[Spool]:
    """The spools below the root that processes left behind, oldest first, now ours."""
    if not root.is_dir():
        return []
    folders = sorted(
        (path for path in root.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime
    )
    adopted: list[Spool] = []
    for folder in folders:
        with contextlib.suppress(Conflict):
            adopted.append(Spool(folder, room=room))
    return adopted
