"""The examples run as they are and are governed: the tool that needs a person does not run without one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.record.ledger import verify

pytestmark = pytest.mark.integration
EXAMPLES = Path(__file__).parents[3] / "examples"
NEEDS = {"langgraph": "langchain_openai", "openai-agents": "agents", "pydantic-ai": "pydantic_ai"}


@pytest.mark.parametrize("name", NEEDS)
def test_an_example_runs_and_is_governed(name: str, tmp_path: Path) -> None:
    pytest.importorskip(NEEDS[name])
    program = [sys.executable, str(EXAMPLES / name / "main.py")]
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    assert "never arrived" in done.stdout
    assert "nobody can be asked" in done.stdout
    assert "wired" not in done.stdout
    assert verify(tmp_path / ".holdfast").ok
