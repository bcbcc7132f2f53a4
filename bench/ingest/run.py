"""Each server alone on the machine, with its defaults, the same requests, two clients that wait for answers.

What is counted is what can be read back: the rate is spans divided by the time from the first request until
the last accepted trace can be read whole. Who does not show it within `--patience` gets the rate that it
would have, had it come just then: it has less. Meanwhile ours is ordered to stop agents, and how long it
takes to answer is told. Then everything is sent once more, the server is killed in the middle with SIGKILL
and started again, and traces that were acknowledged are looked for.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from bench.ingest.targets import HOLDFAST, PEERS, Client, Server, Target, install
from bench.ingest.traces import SPANS_A_TRACE, Body, make_bodies

CLIENTS: Final = 2
SECONDS: Final = 20.0
EXPECTED: Final = {"holdfast": 30_000, "mlflow": 2_500, "phoenix": 2_000}
"""Spans a second that bodies are prepared for, before the clock starts."""
LOOKS: Final = 10
SAMPLE: Final = 300
PATIENCE_S: Final = 400.0
LOOK_S_MAX: Final = 60.0
"""A sample is looked at for so long."""
ORDER_EVERY_S: Final = 0.2
AWAY_S: Final = 0.25
BARS: Final = {"mlflow": 20.0, "phoenix": 100.0, "visible_ms": 1_000.0}


class Load:
    """What was sent, and what was acknowledged."""

    def __init__(self, server: Server, bodies: Sequence[Body]) -> None:
        self._server = server
        self._waiting = list(reversed(bodies))
        self._lock = threading.Lock()
        self.accepted: list[Body] = []
        self.statuses: Counter[int] = Counter()
        self.took_ms: list[float] = []

    def run(self, seconds: float, meanwhile: Callable[[], None] | None = None) -> float:
        """Send until the time is over or nothing waits; a body that was not acknowledged is sent again."""
        begun = time.monotonic()
        threads = [
            threading.Thread(target=self._send, args=(begun + seconds, place)) for place in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        if meanwhile:
            meanwhile()
        for thread in threads:
            thread.join()
        return time.monotonic() - begun

    def _send(self, until: float, place: int) -> None:
        client = Client(self._server.port)
        while time.monotonic() < until:
            with self._lock:
                if not self._waiting:
                    break
                body = self._waiting.pop()
            started = time.perf_counter()
            status = self._server.send(client, body.packed)
            took_ms = (time.perf_counter() - started) * 1e3
            with self._lock:
                self.statuses[status] += 1
                if status == 200:
                    self.accepted.append(body)
                    self.took_ms.append(took_ms)
                else:
                    self._waiting.append(body)
            if status != 200:
                time.sleep(AWAY_S + place / 100)
        client.close()

    @property
    def spans(self) -> int:
        """How many were acknowledged."""
        return sum(body.spans for body in self.accepted)


class Stops(threading.Thread):
    """Orders agents to stop, one after the other, until it is told to end itself."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.took_ms: list[float] = []
        self._statuses: set[int] = set()
        self._server, self._over = server, threading.Event()

    def run(self) -> None:
        """Order, and time the answer."""
        client = Client(self._server.port)
        while self._server.target.stop and not self._over.wait(ORDER_EVERY_S):
            started = time.perf_counter()
            self._statuses.add(self._server.order_stop(client, f"agent-{len(self.took_ms)}"))
            self.took_ms.append((time.perf_counter() - started) * 1e3)
        client.close()

    def end(self) -> list[float]:
        """No more; how long each answer took, in milliseconds."""
        self._over.set()
        self.join()
        assert self._statuses <= {201}, f"orders were answered with {self._statuses}"
        return self.took_ms


def measure(
    target: Target, folder: Path, environments: Path, *, seconds: float, patience_s: float
) -> dict[str, Any]:
    """One server, from its start to its end; `skipped` says why when there is none."""
    try:
        server = Server(target, folder, install(target, environments))
        started_s = server.start()
    except RuntimeError as error:
        return {"name": target.name, "skipped": str(error)}
    try:
        found = {"name": target.name, "start_s": round(started_s, 1), "memory_mb": round(server.memory_mb())}
        found["visible_ms"] = visible_ms(server)
        found |= sustained(server, seconds, patience_s)
        found["killed"] = killed(server, seconds / 2, patience_s)
        return found
    finally:
        server.stop()


def visible_ms(server: Server) -> dict[str, float]:
    """How long after its answer a trace can be read whole, on an idle server."""
    client, took = Client(server.port), list[float]()
    for body in make_bodies(LOOKS, traces=1):
        while server.send(client, body.packed) != 200:
            time.sleep(AWAY_S)
        took.append(_wait_for(server, client, body.traces[0], every_s=0.01, within_s=LOOK_S_MAX) * 1e3)
        time.sleep(0.1)
    client.close()
    return {"p50": round(statistics.median(took), 1), "max": round(max(took), 1)}


def sustained(server: Server, seconds: float, patience_s: float) -> dict[str, Any]:
    """The rate, what it cost, and what lies on the disk."""
    _warm(server, patience_s)
    load = Load(server, _bodies(server, seconds))
    before_cpu, before_disk = server.cpu_s(), server.disk_bytes()
    stops = Stops(server)
    stops.start()
    load_s = load.run(seconds)
    drain_s = _drain(server, load, patience_s)
    answered_ms = stops.end()
    spans = load.spans
    found = {
        "spans": spans,
        "accepted_per_s": round(spans / load_s),
        "queryable_per_s": round(spans / (load_s + drain_s)),
        "drain_s": round(drain_s, 2),
        "gave_up": drain_s >= patience_s,
        "statuses": dict(load.statuses),
        "answer_ms": _percentiles(load.took_ms),
        "stop_ms": _percentiles(answered_ms) if answered_ms else None,
        "cpu_us_per_span": round((server.cpu_s() - before_cpu) / spans * 1e6, 1),
        "memory_mb_after": round(server.memory_mb()),
        "lost": _missing(server, load.accepted),
    }
    time.sleep(5)  # merges and write-ahead logs settle
    return {**found, "disk_bytes_per_span": round((server.disk_bytes() - before_disk) / spans)}


def killed(server: Server, seconds: float, patience_s: float) -> dict[str, Any]:
    """Load, SIGKILL in the middle, a new start; what was acknowledged and cannot be found is lost."""
    load = Load(server, _bodies(server, seconds))
    back_s: list[float] = []

    def strike() -> None:
        time.sleep(seconds / 2)
        server.kill()
        back_s.append(server.start())

    load.run(seconds + 5, strike)
    drain_s = _drain(server, load, patience_s)
    return {
        "spans": load.spans,
        "gave_up": drain_s >= patience_s,
        "back_s": round(back_s[0], 1),
        "lost": _missing(server, load.accepted),
        "twice": _missing(server, load.accepted, more=True),
    }


def _bodies(server: Server, seconds: float) -> list[Body]:
    return make_bodies(int(EXPECTED[server.target.name] * seconds / (SPANS_A_TRACE * 20)) + 10)


def _warm(server: Server, patience_s: float) -> None:
    """Whatever a server loads and compiles for its first large requests is no part of its rate."""
    load = Load(server, make_bodies(2 * CLIENTS))
    load.run(patience_s)
    _drain(server, load, patience_s)


def _drain(server: Server, load: Load, within_s: float) -> float:
    """Seconds until the last that was accepted can be read, at most all; asking seldom costs little."""
    client, left_s = Client(server.port), within_s
    for body in load.accepted[-CLIENTS:]:
        left_s -= _wait_for(server, client, body.traces[-1], every_s=0.25, within_s=left_s)
    client.close()
    return min(within_s, within_s - left_s)


def _wait_for(server: Server, client: Client, trace: str, *, every_s: float, within_s: float) -> float:
    begun = time.monotonic()
    while server.seen(client, trace) < SPANS_A_TRACE and time.monotonic() - begun < within_s:
        time.sleep(every_s)
    return time.monotonic() - begun


def _missing(server: Server, accepted: Sequence[Body], *, more: bool = False) -> int:
    """Spans of a sample of traces, the last ones first, that are not there; or that are there twice."""
    client = Client(server.port)
    traces = [trace for body in accepted for trace in body.traces]
    chosen = {*traces[-40:]} | {*random.Random(1).sample(traces, min(SAMPLE, len(traces)))}
    counts, end = list[int](), time.monotonic() + LOOK_S_MAX
    for trace in sorted(chosen, key=traces.index, reverse=True):
        if time.monotonic() < end:
            counts.append(server.seen(client, trace))
    client.close()
    return sum(max(0, count - SPANS_A_TRACE if more else SPANS_A_TRACE - count) for count in counts)


def _percentiles(took: list[float]) -> dict[str, float]:
    ordered = sorted(took) or [0.0]
    return {
        name: round(ordered[int((len(ordered) - 1) * at)], 1) for name, at in (("p50", 0.5), ("p99", 0.99))
    }


def _said(found: dict[str, Any]) -> dict[str, Any]:
    """The same, told at once: a slow peer takes minutes."""
    print(json.dumps(found), file=sys.stderr, flush=True)
    return found


def ratios(found: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Ours divided by each peer's."""
    own = found[0]["queryable_per_s"]
    return {one["name"]: round(own / one["queryable_per_s"], 1) for one in found[1:] if "skipped" not in one}


def held(found: Sequence[dict[str, Any]]) -> bool:
    """Whether every bar is held."""
    own = found[0]
    lost = own["lost"] + own["killed"]["lost"] + own["killed"]["twice"]
    fast = all(ratio >= BARS[name] for name, ratio in ratios(found).items())
    return not lost and fast and own["visible_ms"]["max"] <= BARS["visible_ms"]


def table(found: Sequence[dict[str, Any]]) -> str:
    """The figures for people."""
    rows = (
        ("spans/s accepted", lambda one: one["accepted_per_s"]),
        ("spans/s queryable", _queryable),
        ("visible after, ms, p50 · max", lambda one: "{p50} · {max}".format(**one["visible_ms"])),
        ("answer to 240 spans, ms, p50 · p99", lambda one: _both(one["answer_ms"])),
        ("order to stop, ms, p50 · p99", lambda one: _both(one["stop_ms"])),
        ("CPU µs a span", lambda one: one["cpu_us_per_span"]),
        ("disk bytes a span", lambda one: one["disk_bytes_per_span"]),
        ("memory MB, before · after", lambda one: f"{one['memory_mb']} · {one['memory_mb_after']}"),
        ("start s", lambda one: one["start_s"]),
        ("lost", _lost),
        ("killed: lost · twice", lambda one: f"{_lost(one['killed'])} · {one['killed']['twice']}"),
    )
    shown = [one for one in found if "skipped" not in one]
    lines = [f"{'':36}" + "".join(f"{one['name']:>18}" for one in shown)]
    lines += [f"{name:36}" + "".join(f"{read(one)!s:>18}" for one in shown) for name, read in rows]
    lines += [f"{one['name']} SKIPPED: {one['skipped']}" for one in found if "skipped" in one]
    lines += [f"{ratio:>8} times {name}" for name, ratio in ratios(found).items()]
    return "\n".join([*lines, "every bar held" if held(found) else "A BAR WAS MISSED"])


def _queryable(one: dict[str, Any]) -> str:
    rate = one["queryable_per_s"]
    return f"under {rate}, {one['drain_s']:.0f} s" if one["gave_up"] else str(rate)


def _lost(one: dict[str, Any]) -> str:
    """What was not shown within the patience may yet come."""
    return f"{one['lost']}{' or fewer' * one['gave_up']}"


def _both(took_ms: dict[str, float] | None) -> str:
    return "{p50} · {p99}".format(**took_ms) if took_ms else ""


def main() -> int:
    """Print a table and JSON; exit 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="bench.ingest", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each server is sent spans")
    parser.add_argument(
        "--patience", type=float, default=PATIENCE_S, help="how long what was accepted may take to be shown"
    )
    parser.add_argument("--no-peer", action="store_true", help="leave the peers out")
    parser.add_argument("--peer", action="append", choices=[one.name for one in PEERS], help="only this peer")
    parser.add_argument(
        "--environments", type=Path, help="keep the peers' environments here for the next time"
    )
    parser.add_argument("--json", action="store_true", help="JSON only")
    options = parser.parse_args()
    chosen = [] if options.no_peer else options.peer or [one.name for one in PEERS]
    targets = (HOLDFAST, *(one for one in PEERS if one.name in chosen))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environments = options.environments or Path(folder) / "environments"
        bounds = {"seconds": options.seconds, "patience_s": options.patience}
        found = [_said(measure(one, Path(folder), environments, **bounds)) for one in targets]
    result = {"servers": found, "times_faster": ratios(found), "bars": BARS, "held": held(found)}
    if not options.json:
        print(table(found))
    print(json.dumps(result, indent=None if options.json else 2))
    return 0 if result["held"] else 1


if __name__ == "__main__":
    sys.exit(main())
