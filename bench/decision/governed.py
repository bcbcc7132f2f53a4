"""What a governed call of a tool that does nothing costs: arguments, decision, two records, outcome, span."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Final

from bench.decision import workload

import holdfast

CALLS: Final = 5_000
WARM_UP: Final = 500
RUN_LENGTH: Final = 200
START: Final = '@id("start") permit (principal, action == Action::"holdfast:start", resource);'


@holdfast.tool(name="tool_0", effect="write", reversible=True, labels=())
def tool(amount: int, to: str, note: str = "", account: str = "") -> str:
    """Do nothing."""
    return f"{amount} for {to}: {note} {account}"


@holdfast.agent("worker-1")
def work(calls: list[dict[str, object]]) -> list[int]:
    """Make the calls in one run; return how long each took, in nanoseconds."""
    clock = time.perf_counter_ns
    took: list[int] = []
    for arguments in calls:
        started = clock()
        tool(**arguments)  # type: ignore[arg-type]  # the workload's arguments are of these types
        took.append(clock() - started)
    return took


def measure() -> list[int]:
    """Time every call through the decorator, with 100 policies, a ledger on disk and no server."""
    calls = [arguments for _, arguments in workload.calls(CALLS + WARM_UP, allowed_only=True)]
    with tempfile.TemporaryDirectory() as folder:
        policies = Path(folder) / "policies"
        policies.mkdir()
        (policies / "settings.yaml").write_text(workload.SETTINGS)
        (policies / "rules.cedar").write_text(f"{workload.cedar()}\n{START}")
        holdfast.init(policies=policies, data=Path(folder) / "data", integrations=False)
        try:
            took = [
                one
                for start in range(0, len(calls), RUN_LENGTH)
                for one in work(calls[start : start + RUN_LENGTH])
            ]
        finally:
            holdfast.shutdown()
    return took[WARM_UP:]
