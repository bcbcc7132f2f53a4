"""A governed process for each test, and the ledger that it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import holdfast
from holdfast.guard.guard import Guard

RULES = """
agents: {"*": {}}
rules:
  - allow_agents: {}
  - allow_tools: {tools: ["*"]}
"""


@pytest.fixture
def govern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Guard]]:
    """Begin to govern with these rules; afterwards nothing is governed."""
    monkeypatch.chdir(tmp_path)

    def begin(rules: str = RULES, **options: Any) -> Guard:
        (tmp_path / "rules.yaml").write_text(rules)
        return holdfast.init(
            policies=tmp_path / "rules.yaml", data=tmp_path / "data", integrations=False, **options
        )

    yield begin
    holdfast.shutdown()
