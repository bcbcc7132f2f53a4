"""One file of the log: records in frames, appended through a memory map.

A frame is `[u32 length][u32 CRC-32 of the leaf][leaf]`, and its length is written last: a process killed at
any instant leaves a file whose frames are all whole, because what it wrote into the map belongs to the kernel
already. A length of zero ends the log; everything behind it must be zero too. The CRC tells which record an
accident changed; what was changed on purpose does not fit the signed tree.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

HEADER: Final = 4 + 4
LEAF_BYTES_MAX: Final = 0xFFFF
"""Entries of a tlog tile carry a 16-bit length; a longer leaf could not be published."""
SEGMENT_BYTES: Final = 4 * 1024 * 1024
SUFFIX: Final = ".seg"
DIGITS: Final = 20

_header = struct.Struct("<II")
_put = struct.Struct("<I").pack_into
_END: Final = 4
"""A segment in use always ends with a zero length; one without was cut to its content by a clean close."""


class Frame(NamedTuple):
    """One record as it stands in a file."""

    offset: int
    end: int
    crc: int
    leaf: bytes

    @property
    def intact(self) -> bool:
        """Whether the leaf is what was written."""
        return crc32(self.leaf) == self.crc


def segment_name(first: int) -> str:
    """The file name of the segment that begins with record `first`."""
    return f"{first:0{DIGITS}d}{SUFFIX}"


def frames(data: bytes | mmap.mmap, offset: int = 0) -> Iterator[Frame]:
    """The frames of a segment up to its end: a zero length, or one that cannot be."""
    limit = len(data)
    unpack = _header.unpack_from
    while offset + HEADER < limit:
        length, crc = unpack(data, offset)
        body = offset + HEADER
        end = body + length
        if not 0 < length <= LEAF_BYTES_MAX or end > limit:
            return
        yield Frame(offset, end, crc, data[body:end])
        offset = end


def is_zero(data: bytes, start: int) -> bool:
    """Whether nothing but zero bytes stands from `start` on."""
    return data.count(0, start) == len(data) - start


class Removed(OSError):
    """The file of a segment has no name any more."""


class Segment:
    """The segment that is being written."""

    def __init__(self, path: Path, *, used: int = 0, size: int = SEGMENT_BYTES) -> None:
        self.path = path
        self.used = used
        self._size = size
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _allocate(self._fd, size)
            self._map = mmap.mmap(self._fd, size)
        except BaseException:
            os.close(self._fd)
            raise

    def append(self, leaf: bytes) -> bool:
        """Write one frame; False when there is no room left for it."""
        start, length, file = self.used, len(leaf), self._map
        body = start + HEADER
        end = body + length
        if end + _END > self._size:
            return False
        file[body:end] = leaf
        _put(file, start + _END, crc32(leaf))
        _put(file, start, length)
        self.used = end
        return True

    def sync(self) -> None:
        """Return when everything appended is on the disk.

        Raises:
            Removed: somebody deleted the file, so that what is appended would be nowhere.
            OSError: the disk refuses.
        """
        if not os.fstat(self._fd).st_nlink:
            raise Removed(f"{self.path} was removed while it was written")
        if sys.platform == "linux":
            # Linux writes back mapped pages with the file, and fdatasync lets other threads run; msync in
            # CPython does not.
            os.fdatasync(self._fd)
        else:
            self._map.flush()
            os.fsync(self._fd)

    def seal(self) -> None:
        """Cut the file to what is used, put it on the disk and let go of it."""
        self._map.close()
        os.ftruncate(self._fd, self.used)
        os.fsync(self._fd)
        os.close(self._fd)

    def abandon(self) -> None:
        """Let go of the file as it is: it belongs to another process."""
        self._map.close()
        os.close(self._fd)


def _allocate(fd: int, size: int) -> None:
    """Claim the disk space now, so that a full disk is an error here and not a crash in the map."""
    held = os.fstat(fd).st_size
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(fd, 0, size)
    elif held < size:
        os.pwrite(fd, bytes(size - held), held)
