"""The ledger of this process: a log of its own in the data folder, and another one in every forked child."""

from __future__ import annotations

import os
import weakref
from pathlib import Path

from holdfast.record.ledger.ledger import Ledger
from holdfast.record.ledger.note import SigningKey
from holdfast.record.ledger.receipt import Receipt

LEDGERS = "ledger"
KEY_FILE = "keys/ledger.ed25519"


def open_ledger(data: Path | str, name: str) -> Ledger:
    """Open `<data>/ledger/<name>` with the key of the data folder, which is made when it is not there."""
    data = Path(data)
    signer = SigningKey.open(data / KEY_FILE)
    return Ledger.open(data / LEDGERS / name, origin=f"holdfast/{name}", signer=signer)


class LocalLedger:
    """One log for each process start, so that no two processes ever write the same one."""

    def __init__(self, data: Path | str) -> None:
        self._data = Path(data)
        self._ledger = self._begin()
        reference = weakref.WeakMethod(self._after_fork)
        os.register_at_fork(after_in_child=lambda: (method := reference()) and method())

    @property
    def log(self) -> str:
        """The id of the log that is written now; another one in a forked child."""
        return self._ledger.log

    @property
    def folder(self) -> Path:
        """The folder of that log."""
        return self._ledger.folder

    @property
    def size(self) -> int:
        """How many records that log holds."""
        return self._ledger.size

    def append(self, leaf: bytes) -> Receipt:
        """Add one record; see `Ledger.append`."""
        return self._ledger.append(leaf)

    def sync(self, index: int) -> None:
        """Wait until a record is on the disk; see `Ledger.sync`."""
        self._ledger.sync(index)

    def read(self, start: int, count: int) -> list[tuple[int, bytes]]:
        """A page of records; see `Ledger.read`."""
        return self._ledger.read(start, count)

    def close(self) -> None:
        """Sign the end and let the folder go."""
        self._ledger.close()

    def _begin(self) -> Ledger:
        return open_ledger(self._data, os.urandom(8).hex())

    def _after_fork(self) -> None:
        if not self._ledger.closed:
            self._ledger.abandon()
            self._ledger = self._begin()
