"""Payloads too large for a row, each kept once under the SHA-256 of what it says.

```text
<folder>/<first two digits>/<the other 62>       zstd
```

Whoever has the text can compute where it stands, so a prompt that a thousand calls repeat is kept once. A
file is written beside its place and moved there, so half of one is never read.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from holdfast_server.errors import Invalid, NotFound, Unavailable
from holdfast_server.kit.recent import Recent
from holdfast_server.kit.zstd import compress, decompress

BLOB_BYTES_MAX: Final = 256 * 1024 * 1024
FRESH_S: Final = 3600.0
"""A blob that was kept again so recently need not be touched once more."""
REMEMBERED: Final = 20_000
_NAME: Final = re.compile(r"[0-9a-f]{64}")
_SUFFIX: Final = ".tmp"


class Blobs:
    """A folder of payloads; any process may read and add, one sweeps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: Recent[str, float] = Recent(REMEMBERED)

    def put(self, text: str) -> str:
        """Keep a text durably; returns its SHA-256 in hex.

        Raises:
            Unavailable: the disk refuses; nothing was kept.
        """
        data = text.encode("utf-8", "surrogatepass")
        name = hashlib.sha256(data).hexdigest()
        now = time.time()
        if now - (self._known.get(name) or 0) > FRESH_S:
            try:
                self._keep(name, data)
            except OSError as error:
                raise Unavailable(
                    f"a payload cannot be kept: {error.strerror}", hint="Free disk space."
                ) from error
            self._known.add(name, now)
        return name

    def get(self, name: str) -> bytes:
        """A payload, whole.

        Raises:
            Invalid: that is not the name of one.
            NotFound: it is not here, or not any more.
        """
        try:
            return decompress(self._path(name).read_bytes(), BLOB_BYTES_MAX)
        except FileNotFoundError:
            raise NotFound(
                f"there is no payload {name[:64]}", hint="It may be past its retention: /v1/retention."
            ) from None

    def size(self, name: str) -> int:
        """Bytes on the disk; 0 when it is not there."""
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            return 0

    def sweep(self, before_s: float) -> tuple[int, int]:
        """Delete what was last kept before this moment; returns how many, and their bytes on the disk."""
        count = size = 0
        for path in self._files():
            told = path.stat()
            if told.st_mtime < before_s:
                path.unlink(missing_ok=True)
                count, size = count + 1, size + told.st_size
        return count, size

    def usage(self) -> tuple[int, int]:
        """How many there are, and their bytes on the disk."""
        sizes = [path.stat().st_size for path in self._files()]
        return len(sizes), sum(sizes)

    def _keep(self, name: str, data: bytes) -> None:
        path = self._path(name)
        try:
            os.utime(path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f"{path.name}.{os.getpid()}{_SUFFIX}")
            with beside.open("wb") as file:
                file.write(compress(data))
                file.flush()
                os.fdatasync(file.fileno())
            beside.replace(path)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise Invalid(f"{name[:80]!r} is not a SHA-256 in hex")
        return self.folder / name[:2] / name[2:]

    def _files(self) -> Iterator[Path]:
        for path in self.folder.glob("??/*"):
            if path.suffix != _SUFFIX or path.stat().st_mtime < time.time() - FRESH_S:
                yield path
