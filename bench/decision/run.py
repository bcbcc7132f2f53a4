"""Measure the whole decision: make the action, judge it, tell the session, append the receipt.

The machine may be busy with other work, so calls are measured in rounds, and the figures are those of the
quietest round; `p50_us_all` is the median of all calls. The peer is measured in the same way.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from bench.decision import governed, http, peer, workload

from holdfast.action import Action, Actor, Effect, Estimate, Kind, canonicalise, digest
from holdfast.decision import Bundle, Decision, Session, decide
from holdfast.decision.deciding import zero
from holdfast.record import Commitments, DecisionWriter
from holdfast.record.ledger import open_ledger
from holdfast.record.ledger.ledger import Ledger

CALLS: Final = 20_000
WARM_UP: Final = 2_000
ROUNDS: Final = 10
RUN_LENGTH: Final = 200
"""Calls in one session, as in a long agent run."""
NOON_NS: Final = 1_790_000_000_000_000_000 // 86_400_000_000_000 * 86_400_000_000_000 + 43_200_000_000_000
TOOL: Final = Kind.TOOL
SEND: Final = Effect.SEND
OVER_HTTP: Final = "over HTTP, a server beside"
BARS: Final = {"p50_us": 10.0, "p99_us": 25.0, "times_faster": 30.0, "growth": 2.0}
ESTIMATE: Final = Estimate(cost_micro_usd=150)
PROMPT: Final = "Pay person1@corp.example from DE89370400440532013000."


class Bench:
    """What every call needs: the bundle, a real ledger on disk, the key of the commitments."""

    def __init__(self, bundle: Bundle, ledger: Ledger) -> None:
        self.bundle = bundle
        self.ledger = ledger
        self.commitments = Commitments(bytes(32))
        self.decisions = DecisionWriter()
        self.actor = Actor("worker-1", "1", "owner")
        self.chain = (self.actor,)

    def call(
        self, session: Session, n: int, tool: str, arguments: dict[str, Any], *, timed: bool
    ) -> Decision:
        """The measured path, as the guard walks it before it lets a tool run."""
        step, run = f"{n:016x}", session.id
        plain, canonical = canonicalise(arguments)
        action = Action(
            step, TOOL, self.actor, tool, plain, canonical, digest("tool", tool, canonical), SEND,
            run, run, run, "", n, self.chain, "someone", ESTIMATE,
        )  # fmt: skip
        tick = time.perf_counter_ns if timed else zero
        decision = decide(action, session, self.bundle, now_ns=NOON_NS, tick=tick)
        session.take(action, decision)
        leaf = self.decisions.leaf(
            action,
            decision,
            at_ns=time.time_ns(),
            log=self.ledger.log,
            contract=self.bundle.fingerprints[tool],
            args_commit=self.commitments.commit(step, "arguments", canonical),
        )
        self.ledger.append(leaf)
        return decision


def measure(
    bench: Bench, *, allowed_only: bool, timed: bool = False, policies: int = workload.POLICIES
) -> dict[str, Any]:
    """Time every call by itself; the arguments exist before, as a framework hands them over."""
    calls = list(workload.calls(CALLS + WARM_UP, allowed_only=allowed_only, policies=policies))
    clock = time.perf_counter_ns
    took: list[int] = []
    verdicts: dict[str, int] = {}
    session = Session("0" * 32)
    for n, (tool, arguments) in enumerate(calls):
        if n % RUN_LENGTH == 0:
            session = Session(f"{n:032x}", person="someone")
            session.endorse(PROMPT)
        started = clock()
        decision = bench.call(session, n, tool, arguments, timed=timed)
        ended = clock()
        if n >= WARM_UP:
            took.append(ended - started)
            verdicts[str(decision.verdict)] = verdicts.get(str(decision.verdict), 0) + 1
    return {**summary(took), "verdicts": verdicts}


def summary(took_ns: list[int]) -> dict[str, float]:
    """Percentiles in microseconds, of the quietest round."""
    length = len(took_ns) // ROUNDS
    rounds = [sorted(took_ns[n * length : (n + 1) * length]) for n in range(ROUNDS)]
    quietest = min(rounds, key=statistics.median_low)

    def at(share: float) -> float:
        return round(quietest[int((length - 1) * share)] / 1000, 2)

    mean = round(statistics.fmean(quietest) / 1000, 2)
    return {
        "calls": len(took_ns),
        "p50_us": at(0.5),
        "p99_us": at(0.99),
        "p999_us": at(0.999),
        "mean_us": mean,
        "p50_us_all": round(statistics.median(took_ns) / 1000, 2),
    }


def sizes() -> dict[str, float]:
    """The median of an allowed call by how many policies there are, in microseconds."""
    found: dict[str, float] = {}
    for policies in workload.SIZES:
        with tempfile.TemporaryDirectory() as folder:
            ledger = open_ledger(Path(folder), "bench")
            try:
                bench = Bench(workload.bundle(policies), ledger)
                found[str(policies)] = measure(bench, allowed_only=True, policies=policies)["p50_us"]
            finally:
                ledger.close()
    return found


def ours() -> dict[str, Any]:
    """Both paths, and the allow path with a clock between the stages."""
    bundle = workload.bundle()
    with tempfile.TemporaryDirectory() as folder:
        ledger = open_ledger(Path(folder), "bench")
        bench = Bench(bundle, ledger)
        try:
            return {
                "policies": workload.POLICIES,
                "mixed": measure(bench, allowed_only=False),
                "allow": measure(bench, allowed_only=True),
                "allow, stages timed": measure(bench, allowed_only=True, timed=True),
                "governed tool call, whole guard": summary(governed.measure()),
                OVER_HTTP: over_http(),
            }
        finally:
            ledger.close()


def over_http() -> dict[str, Any]:
    """A server in a process of its own, asked over one connection; irreversible calls wait for its disk."""
    found = http.measure()
    return {**summary(found.pop("took_ns")), **found}


def main() -> int:
    """Print a table and JSON; exit 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="bench.decision", description=__doc__)
    parser.add_argument("--no-peer", action="store_true", help="leave the peer out")
    parser.add_argument("--json", action="store_true", help="JSON only")
    options = parser.parse_args()
    found: dict[str, Any] = {"holdfast": ours(), "p50_us_by_policies": sizes()}
    found["peer"] = {"skipped": "--no-peer"} if options.no_peer else peer.measure(CALLS // 4, WARM_UP // 4)
    found["times_faster"] = ratios(found)
    found["held"] = held(found)
    if not options.json:
        print(table(found))
    print(json.dumps(found, indent=None if options.json else 2))
    return 0 if found["held"] else 1


def ratios(found: dict[str, Any]) -> dict[str, float]:
    """The peer's median divided by ours on the allow path, for each size of its rule set."""
    if "skipped" in found["peer"]:
        return {}
    own = found["holdfast"]["allow"]["p50_us"]
    return {rules: round(one["p50_us"] / own, 1) for rules, one in found["peer"]["rules"].items()}


def held(found: dict[str, Any]) -> bool:
    """Whether every bar is held; the peer's is taken at as many rules as we hold policies."""
    paths = [found["holdfast"]["mixed"], found["holdfast"]["allow"]]
    fast = all(path[name] <= BARS[name] for path in paths for name in ("p50_us", "p99_us"))
    fast = fast and found["holdfast"][OVER_HTTP]["p99_us"] <= http.BAR_P99_US
    medians = found["p50_us_by_policies"].values()
    fast = fast and max(medians) <= BARS["growth"] * min(medians)
    ratio = found["times_faster"].get(str(workload.POLICIES))
    return fast and (ratio is None or ratio >= BARS["times_faster"])


def table(found: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [f"{'':42}{'p50':>10}{'p99':>10}{'p99.9':>10}  µs"]
    own = {k: v for k, v in found["holdfast"].items() if isinstance(v, dict)}
    rows = [(f"holdfast, 100 policies, receipt: {name}", one) for name, one in own.items()]
    rows += [
        (f"{found['peer'].get('name')}, {n} rules", one) for n, one in found["peer"].get("rules", {}).items()
    ]
    lines += [
        f"{name:42}{one['p50_us']:>10.1f}{one['p99_us']:>10.1f}{one['p999_us']:>10.1f}" for name, one in rows
    ]
    if "skipped" in found["peer"]:
        lines.append(f"PEER SKIPPED: {found['peer']['skipped']}")
    lines += [
        f"{ratio:>6.1f} times faster than the peer with {n} rules"
        for n, ratio in found["times_faster"].items()
    ]
    lines += [f"{us:>6.1f} µs with {n} policies" for n, us in found["p50_us_by_policies"].items()]
    lines.append("every bar held" if found["held"] else "A BAR WAS MISSED")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
