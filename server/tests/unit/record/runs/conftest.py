"""What the tests of runs share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from holdfast_server.record.runs.outline import Line

T0 = 1_800_000_000_000_000_000
KNOWN: dict[str, Any] = {"parent": "", "kind": "tool", "name": "pay", "target": "pay", "agent": "shop"}
REST: dict[str, Any] = {"state": "done", "verdict": "allow", "tokens_in": 0, "tokens_out": 0}


def make_line(step: str, at_us: int = 0, **fields: Any) -> Line:
    """A call that was allowed and took 5 microseconds, unless told otherwise."""
    known = {**KNOWN, **REST, "cost_micro_usd": None, "flags": 0, "digest": 0}
    start = T0 + at_us * 1000
    return Line(**{**known, "start_ns": start, "id": step, "end_ns": start + 5_000, **fields})


@pytest.fixture
def line() -> Callable[..., Line]:
    return make_line
