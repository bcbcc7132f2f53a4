"""Opening a log that a crash may have cut: what was signed must be there, and a torn tail is set aside.

Killing a process leaves at most one unfinished frame, which nobody was given a receipt for. A power failure
can leave more, but never before the last checkpoint, because a checkpoint is written after the disk has what
it signs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from holdfast.errors import Tampered
from holdfast.record.ledger.files import CHECKPOINTS, read_notes, set_aside
from holdfast.record.ledger.merkle import CompactRange, leaf_hash
from holdfast.record.ledger.note import Checkpoint, VerifierKey, open_note
from holdfast.record.ledger.reader import segment_files
from holdfast.record.ledger.segment import frames, is_zero


@dataclass(frozen=True, slots=True)
class Recovered:
    """Where writing goes on."""

    tree: CompactRange
    checkpoint: Checkpoint
    note: str
    first: int
    """The first record of the segment to go on with."""
    used: int
    """How far that segment is filled."""


def recover(folder: Path, key: VerifierKey) -> Recovered:
    """Find the end of the log and set aside what lies torn behind it.

    Raises:
        Tampered: the log is shorter than, or other than, what its last checkpoint signed.
    """
    checkpoint, note = _last_checkpoint(folder, key)
    signed = checkpoint.size
    tree, first, used = CompactRange(), 0, 0
    files = segment_files(folder)
    for place, (begins, path) in enumerate(files):
        if begins != tree.size:
            _set_aside_rest(files[place:], 0, tree.size, signed)
            break
        first, used = begins, _fold(path, tree, checkpoint)
        if not is_zero(path.read_bytes(), used):
            _set_aside_rest(files[place:], used, tree.size, signed)
            break
    if tree.size < signed:
        raise Tampered(f"the log ends at record {tree.size}; {signed} were signed", index=tree.size)
    return Recovered(tree, checkpoint, note, first, used)


def _last_checkpoint(folder: Path, key: VerifierKey) -> tuple[Checkpoint, str]:
    notes, rest = read_notes(folder)
    if rest:
        path = folder / CHECKPOINTS
        set_aside(path, rest)
        os.truncate(path, path.stat().st_size - len(rest))
    if not notes:
        raise Tampered("the checkpoints of the ledger are missing")
    return open_note(notes[-1], key), notes[-1]


def _fold(path: Path, tree: CompactRange, checkpoint: Checkpoint) -> int:
    """Add a segment's records to the tree and return where the good ones end.

    What is signed is compared as a whole with the signed root; what is not yet, record by record.
    """
    signed, used = checkpoint.size, 0
    for frame in frames(path.read_bytes()):
        if tree.size >= signed and not frame.intact:
            break
        tree.push(leaf_hash(frame.leaf))
        used = frame.end
        if tree.size == signed and tree.root() != checkpoint.root:
            raise Tampered(f"the first {signed} records are not those that were signed")
    return used


def _set_aside_rest(files: list[tuple[int, Path]], used: int, size: int, signed: int) -> None:
    """Move everything behind the end of the log out of the way; only what was never signed may be."""
    if size < signed:
        raise Tampered(f"record {size} does not hold, and {signed} were signed", index=size)
    for place, (_, path) in enumerate(files):
        keep = used if place == 0 else 0
        torn = path.read_bytes()[keep:].rstrip(b"\0")
        if torn:
            set_aside(path, torn)
        if place:
            path.unlink()
        else:
            _blank(path, keep, len(torn))


def _blank(path: Path, start: int, length: int) -> None:
    """Turn bytes back into padding; cutting the file here would look like a clean close."""
    with path.open("r+b") as file:
        file.seek(start)
        file.write(bytes(length))
        file.flush()
        os.fsync(file.fileno())
