"""What was recorded of the calls of a tool."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Records = Callable[[], list[dict[str, Any]]]


def outcomes(records: Records, tool: str) -> list[dict[str, Any]]:
    """The outcomes of a tool's calls, in order."""
    found = records()
    steps = [one["step"] for one in found if one["type"] == "decision" and one["target"] == tool]
    return [one for step in steps for one in found if one["type"] == "outcome" and one["step"] == step]
