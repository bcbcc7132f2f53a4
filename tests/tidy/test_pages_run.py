"""A page does what it says: its blocks are written (`file=…`) and run (`run`) in the order of reading."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.tidy.checkout import ROOT, name, pages

BLOCK = re.compile(r"^```\w+ (?:file=(?P<file>[\w./-]+)|run)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
LIMIT_S = 100


def runnable() -> list[Path]:
    return [page for page in pages() if BLOCK.search(page.read_text())]


@pytest.mark.parametrize("page", runnable(), ids=name)
def test_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    for block in BLOCK.finditer(page.read_text()):
        if block["file"]:
            target = tmp_path / block["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block["body"])
        else:
            done = run(block["body"], tmp_path)
            assert done.returncode == 0, f"{block['body']}\n{done.stdout}\n{done.stderr}"


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a block as a reader would: our commands on PATH, no settings of ours, a home of its own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HOLDFAST_")}
    ours = {**kept, "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}", "HOME": str(folder)}
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=folder, env=ours, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
