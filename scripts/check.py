"""Run every static check and say at the end which of them failed.

All of them run even after one failed, because a person fixing things wants the whole list.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PYTHON_FOLDERS = ("sdk", "server", "scripts", "tests", "bench", "examples")


def main() -> int:
    """Run the checks one after the other."""
    failed = [name for name, command, folder in checks() if not passes(name, command, folder)]
    print(f"check: {'FAILED: ' + ', '.join(failed) if failed else 'all passed'}")
    return 1 if failed else 0


def checks() -> Iterator[tuple[str, list[str], Path]]:
    """Name, command and folder of each check, quickest first."""
    folders = [name for name in PYTHON_FOLDERS if (ROOT / name).exists()]
    yield "format", [str(BIN / "ruff"), "format", "--check", *folders], ROOT
    yield "lint", [str(BIN / "ruff"), "check", *folders], ROOT
    yield "imports", [str(BIN / "lint-imports")], ROOT
    yield "generated files", [str(BIN / "python"), "scripts/gen.py", "--check"], ROOT
    yield "types", [str(BIN / "basedpyright")], ROOT
    package = ROOT / "ui" / "package.json"
    if package.exists() and "check" in json.loads(package.read_text())["scripts"]:
        yield "console", [str(BIN / "npm"), "run", "--silent", "check"], ROOT / "ui"


def passes(name: str, command: list[str], folder: Path) -> bool:
    """Run one check; show its output only when it fails."""
    started = time.monotonic()
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    print(
        f"{'ok  ' if done.returncode == 0 else 'FAIL'} {name} ({time.monotonic() - started:.0f} s)",
        flush=True,
    )
    if done.returncode:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
