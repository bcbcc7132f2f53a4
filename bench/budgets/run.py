"""Measure a decision with four leased accounts beside one without any, and lease exchanges on both engines.

The machine may be busy with other work, so decisions are measured in rounds, both kinds in turn, and the
figures are those of the quietest round.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from scripts.postgres import cluster, find_programs

from holdfast.action import Action, Actor, Effect, Estimate, Kind, canonicalise, digest
from holdfast.client import Lent
from holdfast.client.leases import Leases
from holdfast.decision import Outcome, Session, Source, Verdict, compile_bundle, decide
from holdfast.decision.budgets import BudgetTerms, Need, Purses, Used, make_place
from holdfast.decision.budgets.exchange import Ask, Borrower, Leased
from holdfast_server.app import open_services
from holdfast_server.decision.budgets.budget import BudgetAsk, LeaseAsk, LeasesAsk
from holdfast_server.settings import Http, Settings, Stores

CALLS: Final = 5_000
ROUNDS: Final = 10
EXCHANGES: Final = 400
SCOPES: Final = ("agent", "team", "org", "customer")
POLICY: Final = """
agents: {'*': {}}
rules: [allow_tools: {tools: [work]}]
tools: {work: {effect: read, cost_usd: 0.0001, open: true}}
"""


class Plenty:
    """Leases whatever is asked for."""

    def exchange(self, borrower: Borrower, asks: Sequence[Ask]) -> Lent:
        del borrower
        much = [
            Leased(ask.budget, ask.key, f"lea_{ask.budget}", 1, 10**15, "open", 0, 2**62, 2**60, 0)
            for ask in asks
        ]
        return Lent(tuple(much))


def main() -> int:
    """Print one JSON document."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    found = {"decision": measure_decisions(), "leases": {}}
    with tempfile.TemporaryDirectory() as folder:
        found["leases"]["sqlite"] = asyncio.run(measure_exchanges(Path(folder), "sqlite://"))
        if find_programs() is None:
            found["leases"]["postgresql"] = "no PostgreSQL on this machine"
        else:
            with cluster(durable=True) as postgres:
                url = postgres.make_database()
                found["leases"]["postgresql"] = asyncio.run(measure_exchanges(Path(folder), url))
    print(json.dumps(found, indent=2))
    return 0


def measure_decisions() -> dict[str, Any]:
    """Judging, holding and settling one call, with leases and without."""
    rounds: dict[str, list[list[int]]] = {"without": [], "with 4 leases": []}
    for _ in range(ROUNDS):
        rounds["without"].append(decide_some(leased=False))
        rounds["with 4 leases"].append(decide_some(leased=True))
    return {name: summary(min(runs, key=statistics.median)) for name, runs in rounds.items()}


def decide_some(*, leased: bool) -> list[int]:
    bundle = compile_bundle([Source("bench.yaml", POLICY)])
    actor, session, run = Actor("worker"), Session("s"), f"{1:032x}"
    leases = Leases(Plenty(), lambda: Borrower("bench"))
    terms = [
        BudgetTerms(f"bud_{scope}", scope, "*" if scope != "org" else "", "usd", 2**60, soft=2**59)
        for scope in SCOPES
    ]
    place = make_place(runs=(run,), session="s", agents=("worker",), teams=("t",), tags={"customer": "c"})
    accounts = leases.open(terms, place) if leased else ()
    need = Need(usd=100)
    if leased:
        leases.claim("first", accounts, need)
        session.purses = Purses({run: accounts}, leases.steps)
    plain, canonical = canonicalise({"n": 1})
    hashed, took = digest("tool", "work", canonical), list[int]()
    for n in range(CALLS):
        step = f"{n:016x}"
        action = Action(
            step, Kind.TOOL, actor, "work", plain, canonical, hashed, Effect.READ, run, "s", run, "", n,
            (actor,), "", Estimate(),
        )  # fmt: skip
        began = time.perf_counter_ns()
        if leased and leases.is_short(accounts, need):
            leases.claim(step, accounts, need)
        decision = decide(action, session, bundle)
        if leased:
            leases.hold(step, accounts, need)
        session.take(action, decision)
        session.settle(action, decision, Outcome(cost_micro_usd=100, result_digest=step))
        if leased:
            leases.settle(step, Used(ran=True, usd=100))
        took.append(time.perf_counter_ns() - began)
        assert decision.verdict is Verdict.ALLOW, decision
    leases.close()
    return took


def summary(took: list[int]) -> dict[str, float]:
    """Microseconds."""
    ordered = sorted(took)
    return {
        "p50_us": round(ordered[len(ordered) // 2] / 1000, 2),
        "p99_us": round(ordered[len(ordered) * 99 // 100] / 1000, 2),
    }


async def measure_exchanges(data: Path, control: str) -> dict[str, Any]:
    """Exchanges a second through the server's books: one budget, and four in one step."""
    settings = Settings(
        data=data, stores=Stores(spans="memory://", control=control), http=Http(otlp_port=None)
    )
    found: dict[str, Any] = {}
    async with open_services(settings) as services:
        made = [
            await services.budgets.add(BudgetAsk(scope=scope, key="a", unit="calls", limit=10**9, by="bench"))
            for scope in ("agent", "team", "customer", "workflow")
        ]
        for count in (1, 4):
            took: list[int] = []
            for n in range(EXCHANGES):
                asks = [LeaseAsk(budget=one.id, key="a", need=1) for one in made[:count]]
                began = time.perf_counter_ns()
                await services.budgets.lease(LeasesAsk(process=f"p{n % 8}-{count}", asks=asks))
                took.append(time.perf_counter_ns() - began)
            rate = round(EXCHANGES / (sum(took) / 1e9))
            found[f"{count} in one exchange"] = {"exchanges_per_s": rate, **summary(took)}
    return found
