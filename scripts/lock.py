"""Write requirements.lock and requirements-bench.lock from the three pyproject files.

The locks carry versions and hashes but no address of an index, so that any mirror serves them; our two
editable packages are left out and installed afterwards (docs/adr/0001-the-house.md). Existing pins stay
unless --upgrade is given.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = ("pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes")
PLAIN = ("--no-emit-index-url", "--no-header", "--no-annotate")
PLATFORM_BOUND = ("-e ", "file:")
HEADER = "# Made by `make lock` from the pyproject files; no index is named, so any mirror serves it.\n"


def main(arguments: list[str]) -> int:
    """Compile both locks, the second constrained by the first."""
    upgrade = ("--upgrade",) if "--upgrade" in arguments else ()
    whole, bench = ROOT / "requirements.lock", ROOT / "requirements-bench.lock"
    groups = ("--group", "dev", "--group", "frameworks")
    compile_lock(whole, "pyproject.toml", *groups, *upgrade)
    compile_lock(bench, "--group", "bench", "-c", whole, *upgrade)
    return 0


def compile_lock(lock: Path, *what: str | Path) -> None:
    """Compile one lock in place and drop what is ours: the editable packages."""
    command = [
        str(ROOT / ".venv" / "bin" / "uv"),
        *COMPILE,
        *PLAIN,
        *map(str, what),
        "--output-file",
        str(lock),
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    kept = [
        line
        for line in lock.read_text().splitlines(keepends=True)
        if not line.startswith((*PLATFORM_BOUND, "#"))
    ]
    lock.write_text(HEADER + "".join(kept))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
