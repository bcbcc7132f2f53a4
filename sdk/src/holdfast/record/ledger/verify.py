"""Whether a ledger is what it says it is: offline, from its files alone, down to the last byte.

Without a copy of a checkpoint kept elsewhere nobody can tell that the end of a log was cut off together with
its last checkpoints; everything else is found here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

from holdfast.errors import Invalid, NotFound, Tampered
from holdfast.record.ledger.files import CHECKPOINTS, KEY, SEGMENTS, TORN, is_locked, read_notes
from holdfast.record.ledger.merkle import EMPTY_ROOT, CompactRange, leaf_hash
from holdfast.record.ledger.note import Checkpoint, VerifierKey, open_note
from holdfast.record.ledger.reader import segment_files
from holdfast.record.ledger.receipt import PROOF_HEADER, Proof
from holdfast.record.ledger.segment import Frame, frames, is_zero

Progress = Callable[[Path, int], None]
"""Told the ledger and how many of its records have been checked so far."""

FILE_BYTES_MAX: Final = 1024 * 1024
"""A checkpoint or receipt is a few kilobytes."""


class Report(msgspec.Struct, frozen=True):
    """What was found at one path."""

    path: str
    kind: str
    """ledger, data, checkpoint or receipt."""
    ok: bool
    size: int = 0
    root: str = ""
    origin: str = ""
    key: str = ""
    """The public key everything was checked against: compare it with the copy you trust."""
    signed: int = 0
    """How many records the last checkpoint covers."""
    bad_index: int | None = None
    """The first record that cannot be trusted, when it is known."""
    error: str = ""
    notes: tuple[str, ...] = ()
    """What is not wrong, but worth knowing."""
    parts: tuple[Report, ...] = ()


def verify(path: Path | str, *, key: str | None = None, progress: Progress | None = None) -> Report:
    """Check a data folder, a ledger folder, a checkpoint file or a receipt file.

    Args:
        path: what to check.
        key: the public key to trust (a `vkey` line); without it the one in the folder is used and reported.
        progress: told now and then how far a ledger has been checked.

    Raises:
        NotFound: there is nothing to check at the path.
        Invalid: a single file cannot be checked without a key.
    """
    path = Path(path)
    if path.is_file():
        return _verify_file(path, key)
    if not path.is_dir():
        raise NotFound(f"there is nothing at {path}")
    if _is_ledger(path):
        return verify_ledger(path, key=key, progress=progress)
    below = path / "ledger" if (path / "ledger").is_dir() else path
    folders = sorted(folder for folder in below.iterdir() if folder.is_dir())
    parts = tuple(verify_ledger(folder, key=key, progress=progress) for folder in folders)
    if not parts:
        raise NotFound(
            f"there is no ledger below {path}",
            hint="Pass a data folder, a ledger, a checkpoint or a receipt.",
        )
    bad = [part for part in parts if not part.ok]
    return Report(
        str(path),
        "data",
        ok=not bad,
        size=sum(part.size for part in parts),
        signed=sum(part.signed for part in parts),
        bad_index=bad[0].bad_index if bad else None,
        error=f"{bad[0].path}: {bad[0].error}" if bad else "",
        parts=parts,
    )


def verify_ledger(folder: Path, *, key: str | None = None, progress: Progress | None = None) -> Report:
    """Check one ledger folder."""
    check = _Check(folder, progress)
    try:
        check.run(key)
    except Tampered as error:
        return check.report(error)
    return check.report(None)


class _Check:
    """One pass over one ledger folder; what it has seen so far is what it reports."""

    def __init__(self, folder: Path, progress: Progress | None) -> None:
        self._folder = folder
        self._progress = progress
        self._tree = CompactRange()
        self._key: VerifierKey | None = None
        self._signed: list[Checkpoint] = []
        self._notes: list[str] = []
        self._live = False
        self._sealed = False
        """Whether the last segment ends with its last record, as only a clean close leaves it."""

    def run(self, pinned: str | None) -> None:
        self._live = is_locked(self._folder)
        self._key = _read_key(self._folder, pinned)
        self._signed = _read_checkpoints(self._folder, self._key)
        self._look_around()
        self._walk()
        last = self._signed[-1].size
        if self._tree.size < last:
            raise Tampered(
                f"the log ends before record {self._tree.size}; {last} were signed", index=self._tree.size
            )
        unsigned = self._tree.size - self._signed[-1].size
        if unsigned and self._sealed:
            raise Tampered(
                "the log was closed, and the checkpoint of its end is missing", index=self._signed[-1].size
            )
        if unsigned:
            self._notes.append(
                f"the last {unsigned} records are not signed yet: their writer was killed, or runs"
            )

    def report(self, error: Tampered | None) -> Report:
        return Report(
            str(self._folder),
            "ledger",
            ok=error is None,
            size=self._tree.size,
            root=self._tree.root().hex(),
            origin=self._key.name if self._key else "",
            key=str(self._key or ""),
            signed=self._signed[-1].size if self._signed else 0,
            bad_index=error.index if error else None,
            error=str(error or ""),
            notes=tuple(self._notes),
        )

    def _walk(self) -> None:
        """Hash every record again; compare with every checkpoint on the way."""
        due = iter([*(checkpoint for checkpoint in self._signed if checkpoint.size), None])
        checkpoint, trusted = next(due), 0
        for frame in self._records():
            index = self._tree.size
            if not frame.intact:
                raise Tampered(f"record {index} is not what was written", index=index)
            self._tree.push(leaf_hash(frame.leaf))
            if checkpoint and checkpoint.size == index + 1:
                if self._tree.root() != checkpoint.root:
                    raise Tampered(
                        f"records {trusted} to {index} are not those that were signed", index=trusted
                    )
                checkpoint, trusted = next(due), index + 1

    def _records(self) -> Iterator[Frame]:
        files = segment_files(self._folder)
        for place, (first, path) in enumerate(files):
            if first != self._tree.size:
                raise Tampered(
                    f"{path.name} does not follow record {self._tree.size - 1}", index=self._tree.size
                )
            data, end = path.read_bytes(), 0
            for frame in frames(data):
                yield frame
                end = frame.end
            self._sealed = end == len(data)
            # The writer fills the bytes of a frame before its length, so the very end of a live log may be in
            # motion.
            if not (self._live and place == len(files) - 1) and not is_zero(data, end):
                index = self._tree.size
                raise Tampered(
                    f"bytes stand behind record {index - 1} that are no record", index=index, hint=_TORN_HINT
                )
            if self._progress:
                self._progress(self._folder, self._tree.size)

    def _look_around(self) -> None:
        """Account for every file of the folder: what is set aside must be what its name says."""
        if self._live:
            self._notes.append("the log is being written; its very end was not checked")
        known = {path for _, path in segment_files(self._folder)} | {
            self._folder / CHECKPOINTS,
            self._folder / KEY,
        }
        for path in sorted(self._folder.rglob("*")):
            if path in known or path == self._folder / SEGMENTS:
                continue
            relative = path.relative_to(self._folder)
            if path.suffix != TORN or not path.is_file():
                self._notes.append(f"{relative} is not part of the ledger")
            elif hashlib.sha256(path.read_bytes()).hexdigest()[:16] != path.name.split(".")[-2]:
                raise Tampered(f"{relative} is not what was set aside")
            else:
                self._notes.append(f"{relative} was set aside: an append that a crash cut off")


_TORN_HINT: Final = "A crash leaves this too: opening the ledger sets a torn append aside, then verify again."


def _is_ledger(folder: Path) -> bool:
    return any((folder / name).exists() for name in (SEGMENTS, CHECKPOINTS, KEY))


def _read_key(folder: Path, pinned: str | None) -> VerifierKey:
    path = folder / KEY
    if not path.is_file():
        raise Tampered(f"{KEY} is missing")
    text = path.read_bytes().decode("utf-8", "replace")
    if (
        pinned is not None
        and VerifierKey.parse(f"{pinned.strip()}\n").public != VerifierKey.parse(text).public
    ):
        raise Tampered("the ledger is signed by another key than the one you trust")
    return VerifierKey.parse(text)


def _read_checkpoints(folder: Path, key: VerifierKey) -> list[Checkpoint]:
    notes, rest = read_notes(folder)
    signed = [open_note(note, key) for note in notes]
    if rest:
        raise Tampered(f"the {CHECKPOINTS} file ends in the middle of a checkpoint", hint=_TORN_HINT)
    if not signed or signed[0] != Checkpoint(key.name, 0, EMPTY_ROOT):
        raise Tampered("the first checkpoints are missing")
    if any(a.size >= b.size for a, b in pairwise(signed)):
        raise Tampered("the checkpoints are not in order")
    return signed


def _verify_file(path: Path, key: str | None) -> Report:
    if path.stat().st_size > FILE_BYTES_MAX:
        raise Invalid(f"{path} is too large for a checkpoint or a receipt")
    text = path.read_bytes().decode("utf-8", "replace")
    beside = path.parent / KEY
    vkey = key or (beside.read_text() if beside.is_file() else "")
    if not vkey:
        raise Invalid(
            f"a public key is needed to check {path}", hint="Pass it; it is in key.pub of the ledger."
        )
    kind = "receipt" if text.startswith(PROOF_HEADER) else "checkpoint"
    try:
        verifier = VerifierKey.parse(f"{vkey.strip()}\n")
        if kind == "receipt":
            size = Proof.parse(text).verify(verifier)
            return Report(
                str(path), kind, ok=True, size=size, origin=verifier.name, key=str(verifier), signed=size
            )
        found = open_note(text, verifier)
    except Tampered as error:
        return Report(str(path), kind, ok=False, bad_index=error.index, error=str(error), key=vkey.strip())
    return Report(
        str(path),
        kind,
        ok=True,
        size=found.size,
        root=found.root.hex(),
        origin=found.origin,
        key=str(verifier),
        signed=found.size,
    )
