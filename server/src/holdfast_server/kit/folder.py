"""The data folder belongs to one process; a second one is refused and told who holds it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final, Self

from holdfast_server.errors import FolderHeld, Misconfigured

LOCK: Final = "server.lock"


class HeldFolder:
    """The lock on a data folder; the kernel lets go of it however the process ends."""

    def __init__(self, data: Path) -> None:
        """Take the folder.

        Raises:
            FolderHeld: another process has it.
            Misconfigured: the folder cannot be used.
        """
        try:
            data.mkdir(parents=True, exist_ok=True)
            self._file = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Misconfigured(
                f"the data folder {data} cannot be used: {error}", hint="Name another with --data."
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._file, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            raise FolderHeld(
                f"process {holder} already serves the data folder {data}",
                hint="Stop it, or name another folder with --data.",
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
