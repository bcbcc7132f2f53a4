"""The small files of a ledger folder: who may write, who signs, what was signed, what was set aside."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

from holdfast.errors import Conflict, Misconfigured
from holdfast.record.ledger.merkle import EMPTY_ROOT
from holdfast.record.ledger.note import NOTE_LINES, Checkpoint, SigningKey

CHECKPOINTS: Final = "checkpoints"
KEY: Final = "key.pub"
SEGMENTS: Final = "segments"
TORN: Final = ".torn"


def lock_folder(folder: Path) -> int:
    """Become the one writer of this folder, until the returned descriptor is closed or the process ends.

    Raises:
        Conflict: another process is.
    """
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        hint = "Stop it, or use another data folder."
        raise Conflict(f"another process writes {folder}", hint=hint) from error
    return handle


def is_locked(folder: Path) -> bool:
    """Whether somebody writes this folder at the moment."""
    try:
        os.close(lock_folder(folder))
    except Conflict:
        return True
    return False


def claim(folder: Path, origin: str, signer: SigningKey) -> None:
    """Begin a log in a new folder, or make sure that the folder is of this key.

    A log begins with a signed checkpoint of nothing, so that one without any has lost them.

    Raises:
        Misconfigured: the folder was signed by another key.
    """
    path = folder / KEY
    text = f"{signer.verifier(origin)}\n".encode()
    if not path.exists() and not any((folder / SEGMENTS).iterdir()):
        nothing = Checkpoint(origin, 0, EMPTY_ROOT).sign(signer)
        write_durably(folder / CHECKPOINTS, f"{nothing}\n".encode())
        write_durably(path, text)
    elif not path.exists() or path.read_bytes() != text:
        raise Misconfigured(
            f"{path} is not the key of this installation",
            hint="Restore keys/ledger.ed25519, or move the ledger folder away to begin a new one.",
        )


def append_note(folder: Path, note: str) -> None:
    """Add a signed checkpoint, durably."""
    handle = os.open(folder / CHECKPOINTS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, f"{note}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def read_notes(folder: Path) -> tuple[list[str], bytes]:
    """The signed checkpoints of a folder, unchecked, and the bytes that follow the last whole one."""
    path = folder / CHECKPOINTS
    raw = path.read_bytes() if path.exists() else b""
    lines = raw.split(b"\n")
    step = NOTE_LINES + 1
    whole = (len(lines) - 1) // step
    blocks = (lines[place * step : (place + 1) * step] for place in range(whole))
    notes = [b"\n".join(block).decode("utf-8", "replace") for block in blocks]
    return notes, b"\n".join(lines[whole * step :])


def set_aside(path: Path, torn: bytes) -> Path:
    """Keep bytes that are not part of the log beside it, under their own hash: nothing is lost silently."""
    kept = path.with_name(f"{path.name}.{hashlib.sha256(torn).hexdigest()[:16]}{TORN}")
    write_durably(kept, torn)
    return kept


def write_durably(path: Path, data: bytes) -> None:
    """Write a whole file so that a crash leaves the old one or the new one."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
