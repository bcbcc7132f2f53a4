"""Run the benchmarks one after the other; each prints its own ratios."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(chosen: list[str]) -> int:
    """Run `python -m bench.<name>` for the names given, or for all that stand there."""
    names = chosen or sorted(entry.parent.name for entry in ROOT.glob("bench/*/__main__.py"))
    if not names:
        print("bench: there is nothing in bench/")
    codes: list[int] = []
    for name in names:
        print(f"── bench/{name}", flush=True)
        command = [sys.executable, "-m", f"bench.{name}"]
        codes.append(subprocess.run(command, cwd=ROOT, check=False).returncode)
    return max(codes, default=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
