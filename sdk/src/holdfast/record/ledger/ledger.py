"""The ledger: an append-only log in one folder, provable as a whole and record by record.

```text
<folder>/segments/00000000000000000000.seg   records, see segment.py
<folder>/checkpoints                         signed notes, oldest first, see note.py
<folder>/key.pub                             who signs them
<folder>                                     locked by its one writer
```

A receipt is given once the record is in the kernel's hands: killing the process cannot lose it. `sync` waits
for the disk; the waiters of one moment share one flush.
"""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path
from typing import Final

from holdfast.errors import Invalid, Unavailable
from holdfast.record.ledger.files import append_note, claim, lock_folder
from holdfast.record.ledger.merkle import CompactRange, inclusion_path, leaf_hash
from holdfast.record.ledger.note import Checkpoint, SigningKey
from holdfast.record.ledger.reader import Reader
from holdfast.record.ledger.receipt import Proof, Receipt
from holdfast.record.ledger.recovery import recover
from holdfast.record.ledger.segment import LEAF_BYTES_MAX, SEGMENT_BYTES, Removed, Segment, segment_name

CHECKPOINT_EVERY: Final = 1024
CHECKPOINT_INTERVAL_S: Final = 5.0
CHECKPOINT_PAUSE_S: Final = 1.0
"""Between two checkpoints that nobody asked for: while the disk writes, every thread of the process is slower
(on a virtual disk 1 call in 50, five times), so a busy log is signed once a second."""
SEGMENTS_AHEAD_MAX: Final = 64
"""Full segments that may wait for the disk; beyond that, appending is refused."""

_log = logging.getLogger(__name__)


class Ledger:
    """One log, written by one process at a time; every method may be called from any thread."""

    def __init__(self, folder: Path, *, origin: str, signer: SigningKey, segment_bytes: int) -> None:
        self.folder = folder
        self.origin = origin
        self.log = folder.name
        self._signer = signer
        self._segment_bytes = segment_bytes
        self._reader = Reader(folder)
        self._lock = threading.Lock()
        self._disk = threading.Lock()
        self._wake = threading.Event()
        self._over = threading.Event()
        self._closed = False
        self._keeper: threading.Thread | None = None
        self._lock_fd = lock_folder(folder)
        try:
            claim(folder, origin, signer)
            found = recover(folder, signer.verifier(origin))
            self._tree: CompactRange = found.tree
            self._size = found.tree.size
            # What is in the log and not yet in the tree: only a checkpoint needs the root, and its thread can
            # do the hashing that a caller would have to wait for.
            self._fresh: list[bytes] = []
            self._checkpoint, self._note = found.checkpoint, found.note
            self._synced = self._size
            self._full: list[Segment] = []
            self._segment = Segment(
                folder / "segments" / segment_name(found.first),
                used=found.used,
                size=max(segment_bytes, found.used),
            )
        except BaseException:
            os.close(self._lock_fd)
            raise

    @classmethod
    def open(
        cls, folder: Path | str, *, origin: str, signer: SigningKey, segment_bytes: int = SEGMENT_BYTES
    ) -> Ledger:
        """Open the log in `folder` for writing, or begin one; a torn tail is set aside first.

        Raises:
            Conflict: another process writes this log.
            Tampered: what the last checkpoint signed is no longer there.
        """
        folder = Path(folder)
        (folder / "segments").mkdir(parents=True, exist_ok=True)
        return cls(folder, origin=origin, signer=signer, segment_bytes=segment_bytes)

    @property
    def size(self) -> int:
        """How many records the log holds."""
        return self._size

    @property
    def synced(self) -> int:
        """How many of them are known to be on the disk."""
        return self._synced

    @property
    def closed(self) -> bool:
        """Whether nothing can be appended any more."""
        return self._closed

    def append(self, leaf: bytes) -> Receipt:
        """Add one record; when this returns, a killed process cannot lose it.

        Raises:
            Invalid: the leaf is empty or longer than 65,535 bytes.
            Unavailable: the ledger is closed, or there is no disk space for the next segment.
        """
        length = len(leaf)
        if not 0 < length <= LEAF_BYTES_MAX:
            raise Invalid(f"a record takes {length} bytes; the limit is {LEAF_BYTES_MAX}")
        with self._lock:
            if self._closed:
                raise Unavailable("the ledger is closed")
            if not self._segment.append(leaf):
                self._roll()
                self._segment.append(leaf)
            index = self._size
            self._size = index + 1
            self._fresh.append(leaf)
        if not index % CHECKPOINT_EVERY:
            self._tend()
        return Receipt(self.log, index)

    def sync(self, index: int) -> None:
        """Return when record `index` is on the disk; concurrent callers share one flush.

        Raises:
            Invalid: there is no such record.
            Unavailable: the disk refuses.
        """
        if index >= self._size:
            raise Invalid(f"record {index} is not in the log yet")
        if self._synced <= index:
            with self._disk:
                # Whoever waited here while another flushed is usually served by that flush.
                if self._synced <= index:
                    self._flush()

    def checkpoint(self) -> str:
        """Put everything on the disk, sign its size and root, and return the signed note."""
        with self._disk:
            size, root = self._flush()
            if self._checkpoint.size != size:
                self._sign(size, root)
            return self._note

    def read(self, start: int, count: int) -> list[tuple[int, bytes]]:
        """A page of records, `(index, leaf)`, at most 10,000."""
        return self._reader.records(start, count)

    def prove(self, index: int) -> Proof:
        """The proof that record `index` is in the log, up to a checkpoint that is made when needed.

        Raises:
            Invalid: there is no such record.
        """
        found = self.read(index, 1)
        if not found:
            raise Invalid(f"record {index} is not in the log")
        if self._checkpoint.size <= index:
            self.checkpoint()
        with self._disk:
            note, checkpoint = self._note, self._checkpoint
        path = inclusion_path(index, checkpoint.size, self._reader.subtree)
        return Proof(index, found[0][1], tuple(path), note)

    def close(self) -> None:
        """Sign the end, cut the last segment to its content, let the folder go; twice is the same as once."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._over.set()
        self._wake.set()
        self.checkpoint()
        with self._disk, self._lock:
            self._segment.seal()
            os.close(self._lock_fd)

    def abandon(self) -> None:
        """Let go without writing a byte: in the child of a fork the log belongs to the parent."""
        self._closed = True
        for segment in (*self._full, self._segment):
            segment.abandon()
        os.close(self._lock_fd)

    def _sign(self, size: int, root: bytes) -> None:
        self._checkpoint = Checkpoint(self.origin, size, root)
        self._note = self._checkpoint.sign(self._signer)
        append_note(self.folder, self._note)

    def _roll(self) -> None:
        """Begin the next segment; the full one is put on the disk with the next flush."""
        if len(self._full) >= SEGMENTS_AHEAD_MAX:
            raise Unavailable(
                "the disk does not keep up with the ledger", hint="Look at the disk of the data folder."
            )
        try:
            fresh = Segment(self.folder / "segments" / segment_name(self._size), size=self._segment_bytes)
        except OSError as error:
            raise Unavailable(f"the ledger cannot grow: {error}", hint="Free disk space.") from error
        self._full.append(self._segment)
        self._segment = fresh

    def _flush(self) -> tuple[int, bytes]:
        """Put everything appended so far on the disk; the caller holds the disk lock."""
        with self._lock:
            full, self._full = self._full, []
            fresh, self._fresh = self._fresh, []
            segment, size = self._segment, self._size
        for leaf in fresh:
            self._tree.push(leaf_hash(leaf))
        try:
            for done in full:
                done.seal()
            segment.sync()
        except Removed as error:
            # Nothing that is appended from here on could ever be found again.
            self._closed = True
            raise Unavailable(f"the ledger was removed: {error}", hint="Start the process again.") from error
        except OSError as error:
            raise Unavailable(f"the disk refuses the ledger: {error}") from error
        self._synced = max(self._synced, size)
        return size, self._tree.root()

    def _tend(self) -> None:
        """Ask for a checkpoint; the thread that makes them starts with the first record."""
        if self._keeper is None:
            self._keeper = threading.Thread(target=self._keep, name="holdfast-ledger", daemon=True)
            self._keeper.start()
        self._wake.set()

    def _keep(self) -> None:
        """Sign what was added after 1,024 records or five seconds, at most once a second."""
        while not self._closed:
            self._wake.wait(CHECKPOINT_INTERVAL_S)
            self._wake.clear()
            try:
                if not self._closed and self._checkpoint.size != self.size:
                    self.checkpoint()
            except (OSError, Unavailable) as error:
                _log.error("holdfast: the ledger in %s cannot be signed now: %s", self.folder, error)
            self._over.wait(CHECKPOINT_PAUSE_S)
