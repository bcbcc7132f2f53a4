"""Small secret files of an installation: made once, whole, and readable by their owner only."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def keep_secret(path: Path, fresh: bytes) -> bytes:
    """The content of the file; if there is none yet, it is made with `fresh`.

    Two processes that start at once end up with the same secret: the file appears whole, or not at all.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}.new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(fresh)
            file.flush()
            os.fsync(handle)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_bytes()
