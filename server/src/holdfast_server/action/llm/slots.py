"""The folders of workers: each belongs to one process, for as long as that lives.

A lock on the folder is taken here and handed on to the worker with its file descriptor. So the kernel knows
whether the worker lives, even one whose supervisor was killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from holdfast_server.errors import Misconfigured

LOCK: Final = "worker.lock"
SLOTS_MAX: Final = 256


class Slot:
    """One worker's folder, locked."""

    def __init__(self, name: str, folder: Path, lock: int) -> None:
        self.name, self.folder, self.lock = name, folder, lock

    def note(self, pid: int) -> None:
        """Write down who has it."""
        os.ftruncate(self.lock, 0)
        os.pwrite(self.lock, f"{pid}\n".encode(), 0)

    def close(self) -> None:
        """Keep it no longer; whoever got the descriptor still does."""
        os.close(self.lock)


def take_slots(folder: Path, count: int) -> list[Slot]:
    """So many free folders.

    Raises:
        Misconfigured: the folder cannot be used.
    """
    found: list[Slot] = []
    for name in _names():
        if len(found) == count:
            break
        slot = _try(name, folder / name)
        if slot is not None:
            found.append(slot)
    return found


def find_orphans(folder: Path, ours: Collection[str]) -> list[Path]:
    """The folders of workers that live and are not ours: their supervisor was killed."""
    return [one for one in list_folders(folder) if one.name not in ours and is_held(one)]


def end_orphan(folder: Path) -> None:
    """Tell a worker to let its streams end and leave."""
    with contextlib.suppress(OSError):
        if pid := read_pid(folder):
            os.kill(pid, signal.SIGTERM)


def read_pid(folder: Path) -> int:
    """Who has a folder, or had it last; 0 when nobody did."""
    try:
        return int((folder / LOCK).read_text())
    except (OSError, ValueError):
        return 0


def is_held(folder: Path) -> bool:
    """Whether somebody lives in a folder."""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def list_folders(folder: Path) -> list[Path]:
    """The folders of every worker that ever was here."""
    return sorted(path.parent for path in folder.glob(f"w*/{LOCK}"))


def _names() -> Iterator[str]:
    return (f"w{place}" for place in range(SLOTS_MAX))


def _try(name: str, folder: Path) -> Slot | None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Misconfigured(
            f"the gateway's folder {folder} cannot be used: {error}", hint="Name another with --data."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return Slot(name, folder, lock)
