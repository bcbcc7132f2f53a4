"""Salted hashes that stand for payloads in the ledger."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

from holdfast.errors import Misconfigured
from holdfast.record.secret import keep_secret


class Commitments:
    """Salted hashes that stand for payloads: without the key nobody can test a guess against them."""

    KEY_SIZE: Final = 32

    def __init__(self, key: bytes) -> None:
        # Copied for each commitment: the key goes through the compression once, not each time.
        self._keyed = hashlib.blake2b(key=key, digest_size=32)

    @classmethod
    def open(cls, path: Path) -> Commitments:
        """Read the key file, or make one that only its owner may read.

        Raises:
            Misconfigured: the file is not a key.
        """
        key = keep_secret(path, os.urandom(cls.KEY_SIZE))
        if len(key) != cls.KEY_SIZE:
            raise Misconfigured(
                f"{path} is not a commitment key", hint="Restore it, or move it away to start a new one."
            )
        return cls(key)

    def commit(self, step: str, field: str, data: bytes) -> str:
        """The commitment to one field of one step, hex."""
        salt = self._keyed.copy()
        salt.update(f"{step}\0{field}".encode())
        return hashlib.sha256(salt.digest() + data).hexdigest()
