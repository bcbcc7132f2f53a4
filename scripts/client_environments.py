"""Make the environments in which other versions of the official clients are tried through the gateway.

`python scripts/client_environments.py [NAME ...]` makes `.cache/clients/<name>/` with uv, each only when it
is not there or what it holds changed. Tests that need one that could not be made are skipped and say so.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / ".cache" / "clients"
ENVIRONMENTS: Final = {
    "openai-2": ("openai>=2,<3",),
    "anthropic-1": ("anthropic>=1,<2",),
    "google-genai": ("google-genai>=1",),
}
"""What the development environment has not: it brings openai 3, anthropic 2 and LangChain itself."""
TIMEOUT_S: Final = 300


def python_of(name: str) -> Path:
    """The interpreter of an environment, whether it is there or not."""
    return FOLDER / name / "bin" / "python"


def make(name: str) -> bool:
    """Make an environment; False when it cannot be had here."""
    wanted = "\n".join(ENVIRONMENTS[name])
    folder = FOLDER / name
    note = folder / "holds"
    if note.exists() and note.read_text() == wanted:
        return True
    uv = str(Path(sys.executable).with_name("uv"))
    steps = (
        [uv, "venv", "--quiet", "--clear", str(folder)],
        [uv, "pip", "install", "--quiet", "--python", str(python_of(name)), *ENVIRONMENTS[name]],
    )
    for step in steps:
        try:
            done = subprocess.run(step, check=False, timeout=TIMEOUT_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"{name}: {error}", file=sys.stderr)
            return False
        if done.returncode:
            return False
    note.write_text(wanted)
    return True


def main() -> int:
    """Make those that are named, or all."""
    names = sys.argv[1:] or list(ENVIRONMENTS)
    missing = [name for name in names if not make(name)]
    for name in names:
        print(f"{name}: {'cannot be installed here' if name in missing else python_of(name)}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
