"""The journal: what was accepted and not yet stored, safe against a kill at any instant.

```text
<folder>/<first position, 20 digits>.log     frames, one after the other
frame = u32 length · u32 crc32 of the body · body
```

A position is a byte count since the journal began; it never goes back. A frame counts when it is whole; a
torn one at the end was never acknowledged and is cut off. `append` waits for the disk, and all who wait at
one moment share one flush.
"""

from __future__ import annotations

import asyncio
import os
import struct
import threading
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

from holdfast_server.errors import Unavailable
from holdfast_server.kit.gzip import crc32

SEGMENT_BYTES: Final = 16 * 1024 * 1024
PIECE_BYTES: Final = 64 * 1024
"""Written at once: of a megabyte in one piece each page costs five times as much (ext4 on Linux 6.18)."""
_FRAME: Final = struct.Struct("<II")


class Frame(msgspec.Struct, frozen=True):
    """One accepted body and the position right after it."""

    body: bytes
    end: int


class Journal:
    """An append-only file of accepted bodies; appends come from one event loop."""

    def __init__(self, folder: Path, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.folder = folder
        self._segment_bytes = segment_bytes
        self._waiting: list[tuple[bytes, asyncio.Future[int]]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self.end = _cut_torn_tail(folder)
        self._file, self._first = _open_last(folder, self.end)

    async def append(self, body: bytes) -> int:
        """Keep a body; when this returns it is on the disk. Returns the position right after it.

        Raises:
            Unavailable: the disk refuses; nothing was kept.
        """
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((body, future))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        return await future

    def note(self, body: bytes) -> int:
        """Keep a body against a kill of the process, without waiting for the disk: `sync` does that.

        Raises:
            Unavailable: the disk refuses; nothing was kept.
        """
        return self.note_all((body,))

    def note_all(self, bodies: Iterable[bytes]) -> int:
        """`note` for several bodies, in one go.

        Raises:
            Unavailable: the disk refuses; nothing was kept.
        """
        frames = b"".join([_FRAME.pack(len(body), crc32(body)) + body for body in bodies])
        with self._lock:
            try:
                self._roll()
                _write_all(self._file, frames)
            except OSError as error:
                os.ftruncate(self._file, self.end - self._first)
                raise Unavailable(
                    f"the journal cannot be written: {error}", hint="Free disk space."
                ) from error
            self.end += len(frames)
            return self.end

    def sync(self) -> None:
        """Return when everything kept so far is on the disk; others may write meanwhile.

        Raises:
            Unavailable: the disk refuses.
        """
        with self._lock:
            file = os.dup(self._file)
        try:
            os.fdatasync(file)
        except OSError as error:
            raise Unavailable(f"the journal cannot be written: {error}", hint="Free disk space.") from error
        finally:
            os.close(file)

    def read_from(self, position: int) -> Iterator[Frame]:
        """Every acknowledged frame from this position on; safe beside `append`."""
        return read_frames(self.folder, position, self.end)

    def read_kept(self) -> Iterator[Frame]:
        """Every whole frame that has not been deleted yet, also those before the cursor."""
        return self.read_from(self.first)

    @property
    def first(self) -> int:
        """Where the oldest frame that is still kept begins."""
        paths = _segments(self.folder)
        return int(paths[0].stem) if paths else self.end

    def forget_before(self, position: int) -> None:
        """Delete segments that end before this position; the last of them stays, for those who retry."""
        paths = [
            path for path, following in pairwise(_segments(self.folder)) if int(following.stem) <= position
        ]
        for path in paths[:-1]:
            path.unlink()

    def close(self) -> None:
        """Let the file go; whatever was acknowledged is on the disk already."""
        with self._lock:
            os.close(self._file)

    async def _flush(self) -> None:
        """Write everything that waits, again and again until nothing does."""
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                ends = await asyncio.to_thread(self._write, [body for body, _ in batch])
            except OSError as error:
                refused = Unavailable(f"the journal cannot be written: {error}", hint="Free disk space.")
                for _, future in batch:
                    _fail(future, refused)
                continue
            for (_, future), end in zip(batch, ends, strict=True):
                if not future.done():
                    future.set_result(end)

    def _write(self, bodies: list[bytes]) -> list[int]:
        """Append frames and wait for the disk; after a failure the file ends where it ended before."""
        with self._lock:
            self._roll()
            ends: list[int] = []
            place = self.end
            for body in bodies:
                place += _FRAME.size + len(body)
                ends.append(place)
            frames = b"".join(_FRAME.pack(len(body), crc32(body)) + body for body in bodies)
            try:
                _write_all(self._file, frames)
                os.fdatasync(self._file)
            except OSError:
                os.ftruncate(self._file, self.end - self._first)
                raise
            self.end = place
            return ends

    def _roll(self) -> None:
        if self.end - self._first < self._segment_bytes:
            return
        fresh = _create(self.folder / _name(self.end))
        os.fdatasync(self._file)  # what was noted and not yet synced must not be left behind
        os.close(self._file)
        self._file, self._first = fresh, self.end


def read_frames(folder: Path, position: int, end: int) -> Iterator[Frame]:
    """The frames between two positions, each the end of a frame; any process may read them."""
    paths = _segments(folder)
    firsts = [int(path.stem) for path in paths]
    for path, first, following in zip(paths, firsts, [*firsts[1:], end], strict=True):
        if first < end and following > position:
            for frame in _frames(path, first, max(first, position)):
                if frame.end > end:
                    return
                yield frame


def _fail(future: asyncio.Future[int], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest[:PIECE_BYTES]) :]


def _name(first: int) -> str:
    return f"{first:020}.log"


def _segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.log"))


def _create(path: Path) -> int:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return file


def _open_last(folder: Path, end: int) -> tuple[int, int]:
    paths = _segments(folder)
    path = paths[-1] if paths else folder / _name(end)
    return _create(path), int(path.stem)


def _cut_torn_tail(folder: Path) -> int:
    """Where the last whole frame ends; what stands after it was never acknowledged."""
    paths = _segments(folder)
    if not paths:
        return 0
    first = end = int(paths[-1].stem)
    for frame in _frames(paths[-1], first, first):
        end = frame.end
    os.truncate(paths[-1], end - first)
    return end


def _frames(path: Path, first: int, position: int) -> Iterator[Frame]:
    """The whole frames of one segment from `position`, which is the end of another."""
    with path.open("rb") as file:
        file.seek(position - first)
        place = position
        while len(head := file.read(_FRAME.size)) == _FRAME.size:
            length, checksum = _FRAME.unpack(head)
            body = file.read(length)
            if len(body) != length or crc32(body) != checksum:
                return
            place += _FRAME.size + length
            yield Frame(body, place)
