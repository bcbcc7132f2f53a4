"""All gateways at work at once before the same upstreams; rounds go through them forth and back.

The load and the upstreams have one core, what is measured the other. Figures are medians over rounds; *added*
means minus no gateway at all. CPU is user and system time: of the process that serves calls, and of all that
belongs to the gateway, which for Holdfast is the whole server: rules, budget and records are on. A call is in
ledger and journal when it ends. The server may hear of it later, and `stored` counts until it has. No cell
begins before everything is stored that the cells before it left, and how long that took is said on the way.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from bench.gateway.cells import HOLD_S, kill_latency, slope, stored, streams, until_stored, wrk
from bench.gateway.processes import free_port, peak_mb, spawn, stop, tree, wait_for
from bench.gateway.targets import BUILDERS, Bench, Target, holdfast
from bench.gateway.upstreams import QUESTION, nginx

CONNECTIONS: Final = (1, 16, 64)
STREAMS: Final = 200
IDLE: Final = 10_000
IDLE_MS: Final = 45_000
"""How long an idle stream says nothing."""
FILES_A_STREAM: Final = 2
SPARE_FILES: Final = 500
KILLS: Final = 200
SLOPE: Final = 100_000
BARS: Final = {
    "x litellm, 64": (100.0, 200.0),
    "x portkey, 64": (10.0, 15.0),
    "x nginx, 64": (0.25, 0.40),
}
"""What must be reached, and what is aimed at."""

SHARES: Final = ("load", "upstream", "serving", "rest", "machine")
"""Who takes how much of the cores: where the load has one for itself, that is what was measured."""

Found = dict[str, dict[str, Any]]


def measure(bench: Bench, options: argparse.Namespace) -> Found:
    """Every cell of every target that can be had here."""
    found: Found = {}
    with ExitStack() as stack:
        targets: list[Target] = []
        for name in options.only:
            try:
                target = BUILDERS[name](bench)
            except (RuntimeError, OSError) as error:
                found[name] = {"missing": str(error)}
                continue
            stack.callback(target.stop)
            targets.append(target)
            found[name] = {
                "start_s": target.start_s,
                "memory_mb": target.memory_mb(),
                "calls": {},
                "streams": [],
            }
            _say(f"{name} is up after {target.start_s} s")
        _calls(targets, found, bench, options)
        _streams(targets, found, options)
        for target in targets:
            if target.name == "holdfast":
                _alone(target, found[target.name], bench, options)
    if options.idle and "calls" in found.get("holdfast", {}):
        found["holdfast"]["idle"] = _idle(bench, options)
    return found


def _calls(targets: Sequence[Target], found: Found, bench: Bench, options: argparse.Namespace) -> None:
    for target in targets:
        wrk(target, connections=8, seconds=1, folder=bench.folder, core=options.load_core)
        _rest(target)
    for turn in range(options.rounds):
        for connections in CONNECTIONS:
            for target in targets if turn % 2 == 0 else targets[::-1]:
                one = wrk(
                    target,
                    connections=connections,
                    seconds=options.seconds,
                    folder=bench.folder,
                    core=options.load_core,
                    upstreams=bench.upstreams,
                )
                found[target.name]["calls"].setdefault(connections, []).append(one)
                _say(f"{target.name} at {connections}: {one}")
                _rest(target)


def _streams(targets: Sequence[Target], found: Found, options: argparse.Namespace) -> None:
    if options.streams:
        for turn in range(2):
            for target in targets if turn % 2 == 0 else targets[::-1]:
                one = streams(target, count=options.streams, core=options.load_core)
                found[target.name]["streams"].append(one)
                _say(f"{target.name}, {options.streams} streams: {one}")
                _rest(target)


def _alone(target: Target, found: dict[str, Any], bench: Bench, options: argparse.Namespace) -> None:
    """What only we promise."""
    if target.api:
        found["stored"] = stored(target, seconds=options.seconds, folder=bench.folder, core=options.load_core)
        _say(f"stored: {found['stored']}")
    if options.slope:
        found["slope"] = slope(target, requests=options.slope, folder=bench.folder, core=options.load_core)
        _say(f"slope: {found['slope']}")
        _rest(target)
    if options.kills:
        found["kills"] = asyncio.run(kill_latency(target, trials=options.kills))
        _say(f"kills: {found['kills']}")
        _rest(target)


def _rest(target: Target) -> None:
    """Let it store what a cell left, so that the next one does not measure that."""
    if waited_s := until_stored(target):
        _say(f"{target.name} had stored everything after {waited_s} s")


def _idle(bench: Bench, options: argparse.Namespace) -> dict[str, Any]:
    """Streams that stand still, with as many workers as the system's limit of open files asks for."""
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    workers = -(-options.idle * FILES_A_STREAM // max(1, files - SPARE_FILES))
    target = holdfast(bench, workers=workers)
    try:
        before = peak_mb(target.workers)
        found = streams(target, count=options.idle, core=options.load_core, model="mock-idle", hold_s=HOLD_S)
        grown = peak_mb(target.workers) - before
        found |= {"workers": workers, "kb_each": round(grown / options.idle * 1e3, 1)}
    finally:
        target.stop()
    _say(f"idle: {found}")
    return found


def table(found: Found) -> Iterator[str]:
    """What people read."""
    here = {name: one for name, one in found.items() if "calls" in one}
    plain = here.get("direct", {}).get("calls", {})
    yield "gateway     conn     calls/s   p50 us  added p50  added p99   CPU us (serving / all)"
    for name, one in here.items():
        for connections, rounds in one["calls"].items():
            p50, p99 = _middle(rounds, "p50_us"), _middle(rounds, "p99_us")
            base = plain.get(connections)
            added = (p50 - _middle(base, "p50_us"), p99 - _middle(base, "p99_us")) if base else (p50, p99)
            cpu = f"{_middle(rounds, 'worker_cpu_us'):.1f} / {_middle(rounds, 'cpu_us'):.1f}"
            failed = sum(one["errors"] + one["non2xx"] for one in rounds)
            yield (
                f"{name:<11} {connections:>4} {_middle(rounds, 'rps'):>11.0f} {p50:>8.0f} {added[0]:>10.0f}"
                f" {added[1]:>10.0f}   {cpu}" + (f"   {failed} failed" if failed else "")
            )
    yield ""
    yield f"cores at {CONNECTIONS[-1]} connections: " + ", ".join(SHARES)
    for name, one in here.items():
        rounds = [found["cores"] for found in one["calls"].get(CONNECTIONS[-1], ())]
        yield f"{name:<11} " + "  ".join(f"{_middle(rounds, who):>8.2f}" for who in SHARES)
    yield ""
    yield "gateway     start s  MB    complete  TTFT p50/p99 ms     chunk late p50/p99 ms   CPU us/chunk"
    for name, one in here.items():
        if one["streams"]:
            yield f"{name:<11} {one['start_s']:>7} {one['memory_mb']:>5}  {_row(one['streams'])}"
    yield from _ratios(here)
    for name, one in found.items():
        if "missing" in one:
            yield f"{name}: not measured: {one['missing']}"


def _row(rounds: Sequence[dict[str, Any]]) -> str:
    complete = min(one["complete"] for one in rounds)

    def both(what: str) -> str:
        return "/".join(
            f"{statistics.median(one[what][part] for one in rounds):.2f}" for part in ("p50", "p99")
        )

    cpu = f"{_middle(rounds, 'worker_cpu_us'):.1f} / {_middle(rounds, 'cpu_us'):.1f}"
    return f"{complete:>4}/{rounds[0]['streams']}  {both('ttft_ms'):<19} {both('delay_ms'):<23} {cpu}"


def _ratios(here: Found) -> Iterator[str]:
    ours = here.get("holdfast")
    if ours is None:
        return
    yield ""
    rates = {name: _middle(one["calls"][64], "rps") for name, one in here.items() if 64 in one["calls"]}
    for bar, (must, aim) in BARS.items():
        peer = bar.split()[1].rstrip(",")
        if peer in rates:
            yield f"{bar}: {rates['holdfast'] / rates[peer]:.2f} (must {must:g}, aim {aim:g})"
    if "direct" in here:
        added = _middle(ours["calls"][1], "p50_us") - _middle(here["direct"]["calls"][1], "p50_us")
        yield f"added p50 at one connection: {added / 1e3:.3f} ms (bar 0.2)"
    nginx_streams = here.get("nginx", {}).get("streams")
    if nginx_streams and ours["streams"]:
        ratio = _middle(ours["streams"], "worker_cpu_us") / _middle(nginx_streams, "worker_cpu_us")
        yield f"CPU per chunk / nginx's: {ratio:.2f} (bar 1.5)"
    if ours["streams"] and "direct" in here:
        for what, part, bar in (("ttft_ms", "p50", 1), ("ttft_ms", "p99", 10), ("delay_ms", "p50", 0.2)):
            middle = [
                statistics.median(one[what][part] for one in side["streams"])
                for side in (ours, here["direct"])
            ]
            yield f"added {what.replace('_ms', '')} {part}: {middle[0] - middle[1]:.2f} ms (bar {bar})"
    for name in ("stored", "slope", "idle", "kills"):
        if name in ours:
            yield f"{name}: {ours[name]}"


def _middle(rounds: Sequence[dict[str, Any]] | None, what: str) -> float:
    values = [one[what] for one in rounds or () if one.get(what) is not None]
    return statistics.median(values) if values else float("nan")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _upstreams(folder: Path, core: int | None) -> Iterator[tuple[str, str, str, tuple[int, ...]]]:
    fast, slow, idle = free_port(), free_port(), free_port()
    (folder / "body.json").write_text(json.dumps(QUESTION))
    serve = [sys.executable, "-m", "bench.gateway.streaming", "serve", "--port"]
    commands = {
        fast: nginx("static", folder, fast=fast),
        slow: [*serve, str(slow)],
        idle: [*serve, str(idle), "--chunks", "2", "--interval-ms", str(IDLE_MS)],
    }
    pids = list[int]()
    with ExitStack() as stack:
        for port, command in commands.items():
            log = folder / f"upstream-{port}.log"
            process = spawn(command, log=log, core=core)
            stack.callback(stop, process)
            wait_for(f"http://127.0.0.1:{port}/v1/models", process, log=log, headers={})
            pids += tree(process.pid)
        yield f"http://127.0.0.1:{fast}", f"http://127.0.0.1:{slow}", f"http://127.0.0.1:{idle}", tuple(pids)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.gateway", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(BUILDERS), default=list(BUILDERS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of load in each cell")
    parser.add_argument("--streams", type=int, default=STREAMS, help="0 leaves streams out")
    parser.add_argument(
        "--slope", type=int, default=SLOPE, help="requests for the growth of memory; 0 leaves it out"
    )
    parser.add_argument("--idle", type=int, default=IDLE, help="idle streams that are held; 0 leaves it out")
    parser.add_argument("--kills", type=int, default=KILLS, help="trials; 0 leaves it out")
    parser.add_argument(
        "--environments", type=Path, help="keep the peers' environments here for the next time"
    )
    parser.add_argument("--json", action="store_true", help="print everything that was seen")
    options = parser.parse_args()
    cores = (os.cpu_count() or 1) > 1
    options.load_core = 0 if cores else None
    with tempfile.TemporaryDirectory(prefix="bench-gateway-") as name:
        folder = Path(name)
        try:
            with _upstreams(folder, options.load_core) as addresses:
                environments = (options.environments or folder / "environments").resolve()
                bench = Bench(folder, environments, *addresses, core=1 if cores else None)
                found = measure(bench, options)
        except RuntimeError as error:
            print(f"cannot be measured here: {error}", file=sys.stderr)
            return 1
    print(json.dumps(found, indent=1) if options.json else "\n".join(table(found)))
    return 0
