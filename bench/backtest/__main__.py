"""Judge 100,000 recorded actions by the policies in force and by a draft, out of the server's own store.

Beside it, in the same run, the decisions alone: how much of the time is judging, how much reading the past.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import msgspec
from bench.decision import workload

from holdfast.decision import Session, decide
from holdfast_server.app import open_services
from holdfast_server.decision.policies.backtests import BacktestAsk
from holdfast_server.decision.policies.edition import SourceAsk
from holdfast_server.decision.registry.entry import RegistryNote
from holdfast_server.kit.db import upsert
from holdfast_server.record.runs.recalling import action_of
from holdfast_server.record.runs.rows import RunRow, StepRow
from holdfast_server.record.runs.tables import runs, steps
from holdfast_server.services import Services
from holdfast_server.settings import Http, Settings, Stores

ACTIONS: Final = 100_000
RUN_LENGTH: Final = 50
PAGE: Final = 1_000
BAR_S: Final = 10.0
THRESHOLD: Final = "context.args has amount && context.args.amount > "


def main() -> int:
    """Print the figures; exit 1 when the bar is missed."""
    parser = argparse.ArgumentParser(prog="bench.backtest", description=__doc__)
    parser.add_argument("--actions", type=int, default=ACTIONS)
    parser.add_argument("--json", action="store_true", help="JSON only")
    options = parser.parse_args()
    found = asyncio.run(measure(options.actions))
    if not options.json:
        print(
            f"{found['actions']:,} actions in {found['seconds']:.1f} s, {found['us_per_action']:.0f} µs each"
            f" (the processor: {found['busy_us_per_action']:.0f} µs)"
        )
        print(f"  of which judging twice: {found['judging_us_per_action']:.0f} µs")
        print(f"  {found['changed']:,} verdicts change; {found['inexact']:,} inexact")
    print(json.dumps(found, indent=None if options.json else 2))
    return 0 if found["seconds"] <= BAR_S * options.actions / ACTIONS else 1


async def measure(count: int) -> dict[str, Any]:
    """Fill a server with a past and judge it by a draft with half of every threshold."""
    with tempfile.TemporaryDirectory() as folder:
        policies = Path(folder) / "policies"
        policies.mkdir()
        (policies / "settings.yaml").write_text(workload.SETTINGS)
        (policies / "rules.cedar").write_text(workload.cedar())
        stores = Stores(spans="memory://")
        settings = Settings(
            data=Path(folder) / "data", policies=policies, stores=stores, http=Http(otlp_port=None)
        )
        async with open_services(settings) as services:
            contracts = [msgspec.to_builtins(workload.contract(n)) for n in range(workload.TOOLS)]
            await services.registry.register(RegistryNote(tools=contracts))
            await fill(services, count)
            return await judge(services, count)


async def fill(services: Services, count: int) -> None:
    """A past as agents leave it: runs of 50 calls, each with its outcome."""
    now = time.time_ns()
    calls = list(workload.calls(count, allowed_only=False))
    for start in range(0, count, PAGE):
        some = [row(n, *calls[n], now=now) for n in range(start, min(start + PAGE, count))]
        owners = {one.run: RunRow(one.run, one.run, session=one.session, agent="worker-1") for one in some}
        async with services.backtests.db.write() as connection:
            await upsert(connection, runs, [msgspec.structs.asdict(one) for one in owners.values()])
            await upsert(connection, steps, [msgspec.structs.asdict(one) for one in some])


def row(n: int, tool: str, arguments: dict[str, Any], *, now: int) -> StepRow:
    """One recorded call."""
    run, at = f"{n // RUN_LENGTH:032x}", now - 1_000_000 * n
    return StepRow(
        run, f"{n:016x}", run, session=run, agent="worker-1", target=tool, effect="send", state="done",
        verdict="allow", started_ns=at, ended_ns=at + 500_000, cost_micro_usd=0,
        arguments=arguments, result=f"sent {n}",
    )  # fmt: skip


async def judge(services: Services, count: int) -> dict[str, Any]:
    """The backtest, and in the same run the decisions alone."""
    cedar = workload.cedar()
    for limit in sorted({int(word.split()[0]) for word in cedar.split(THRESHOLD)[1:]}, reverse=True):
        cedar = cedar.replace(f"{THRESHOLD}{limit}", f"{THRESHOLD}{limit // 2}")
    draft = [
        SourceAsk(name="settings.yaml", kind="yaml", text=workload.SETTINGS),
        SourceAsk(name="rules.cedar", kind="cedar", text=cedar),
    ]
    ask = BacktestAsk(sources=draft, since="4w", limit=count)
    began = time.process_time()
    found = await services.backtests.run(ask, tuple(services.registry.contracts))
    busy = time.process_time() - began
    seconds = found.took_ms / 1_000
    return {
        "actions": found.actions,
        "seconds": round(seconds, 2),
        "us_per_action": round(seconds / found.actions * 1e6, 1),
        "busy_us_per_action": round(busy / found.actions * 1e6, 1),
        "judging_us_per_action": round(judging_us(), 1),
        "changed": sum(one.count for one in found.changed),
        "inexact": found.inexact,
    }


def judging_us() -> float:
    """Two decisions of one action, warm."""
    bundle, session, now = workload.bundle(), Session("0" * 32), time.time_ns()
    calls = workload.calls(2_000, allowed_only=True)
    actions = [action_of(row(n, *call, now=now), None) for n, call in enumerate(calls)]
    for one in actions:
        decide(one, session, bundle, now_ns=now)
    began = time.perf_counter_ns()
    for one in (*actions, *actions):
        decide(one, session, bundle, now_ns=now)
    return (time.perf_counter_ns() - began) / 1_000 / len(actions)


if __name__ == "__main__":
    sys.exit(main())
