"""A block fenced as `bash run` on a page is executed, top to bottom, and must succeed."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.tidy.checkout import ROOT, name, pages

BLOCK = re.compile(r"^```(?:bash|sh) run\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^```\w+ file=(?P<file>[\w./-]+)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
LIMIT_S = 100


def runnable() -> list[Path]:
    return [page for page in pages() if BLOCK.search(page.read_text())]


@pytest.mark.parametrize("page", runnable(), ids=name)
def test_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    text = page.read_text()
    for match in FILE.finditer(text):
        target = tmp_path / match["file"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(match["body"])
    script = "set -euo pipefail\n" + "\n".join(match["body"] for match in BLOCK.finditer(text))
    home = tmp_path / "home"
    home.mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HOLDFAST_")}
    environment = {**kept, "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}", "HOME": str(home)}
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
