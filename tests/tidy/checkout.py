"""The checkout as the tidy tests see it: its root, its files, its pages."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = {".png", ".ico", ".woff2", ".gz", ".pb", ".bin"}


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file that is or may become part of the repository: tracked, or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(path for name in sorted(filter(None, listed.split("\0"))) if (path := ROOT / name).is_file())


def text_files() -> list[Path]:
    """Those of them a person can read."""
    return [path for path in files() if path.suffix not in BINARY]


def pages() -> list[Path]:
    """Every Markdown page."""
    return [path for path in files() if path.suffix == ".md"]


def name(path: Path) -> str:
    """A path as the repository names it."""
    return str(path.relative_to(ROOT))
