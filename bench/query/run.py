"""A server is filled by its own door, then asked over HTTP for what its pages ask, one question at a time.

Meanwhile another client goes on sending spans at a steady pace. Times are those of the client, whole bodies
included; each question is asked of other runs, times and words every time.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from bench.ingest.run import Load
from bench.ingest.targets import HOLDFAST, Client, Server
from bench.ingest.traces import make_bodies

SPANS: Final = 1_000_000
CHUNK_BODIES: Final = 200
SPREAD_S: Final = 7 * 86_400.0
"""The spans of a week, so that they lie in as many partitions as in a deployment."""
ROUNDS: Final = 40
PACE: Final = 2_400
"""Spans a second that arrive meanwhile."""
LATE_S: Final = 2.0
WORDS: Final = ("refund", "warehouse", "escalate")
"""Followed by a number: rare among the spans, as what somebody searches for is."""
SMALL: Final = 2_000_000
BARS_MS: Final = {"small": 200.0, "large": 500.0}
"""p95, at a million spans and at ten."""

Ask = Callable[[random.Random], str]


def questions(traces: Sequence[str]) -> dict[str, Ask]:
    """What the pages ask, by the name of the page."""

    def some(chance: random.Random) -> str:
        return chance.choice(traces)

    def search(noun: str, *queries: str) -> Ask:
        return lambda chance: f"/v1/search?in={noun}&limit=50&q={quote(chance.choice(queries))}"

    return {
        "list of runs": lambda _: "/v1/runs?limit=50",
        "list of runs, filtered": lambda chance: (
            f"/v1/runs?limit=50&agent=support&state={chance.choice(('completed', 'failed'))}"
        ),
        "list of sessions": lambda _: "/v1/sessions?limit=50",
        "run": lambda chance: f"/v1/runs/{some(chance)}",
        "run: outline": lambda chance: f"/v1/runs/{some(chance)}/outline",
        "run: steps": lambda chance: f"/v1/runs/{some(chance)}/steps?limit=100",
        "run: conversation": lambda chance: f"/v1/runs/{some(chance)}/conversation",
        "search runs": search("runs", "agent:support state:completed", "cost:>0.0001 model_calls:>2"),
        "search spans by field": search(
            "spans", "tool:refund", "tool:lookup_order has:error", "model:gpt-4o-mini"
        ),
        "search spans by word": lambda chance: search(
            "spans", f"{chance.choice(WORDS)}{chance.randrange(9_999)}"
        )(chance),
        "facets of runs": lambda _: "/v1/search/facets?in=runs&q=",
    }


def fill(server: Server, spans: int, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Send so many spans, as fast as they are taken, and wait until they can be queried."""
    begun, sent, traces = time.monotonic(), 0, list[str]()
    while sent < spans:
        load = Load(server, make_bodies(min(CHUNK_BODIES, (spans - sent) // 240 + 1), spread_s=SPREAD_S))
        load.run(600)
        sent += load.spans
        traces += [body.traces[0] for body in load.accepted]
        say(f"{sent:,} of {spans:,} spans, {sent / (time.monotonic() - begun):,.0f} a second")
    client = Client(server.port)
    while json.loads(client.ask("GET", "/v1/health")[1])["spans"]["pending"]:
        time.sleep(0.5)
    client.close()
    took = time.monotonic() - begun
    return {"spans": sent, "fill_s": round(took), "spans_per_s": round(sent / took), "traces": traces}


class Trickle:
    """Spans that arrive while questions are asked."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._bodies = make_bodies(CHUNK_BODIES)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self.sent = 0

    def __enter__(self) -> Trickle:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _send(self) -> None:
        client, place = Client(self._server.port), 0
        while not self._stopped.wait(240 / PACE):
            if place == len(self._bodies):
                self._bodies, place = make_bodies(CHUNK_BODIES), 0
            if self._server.send(client, self._bodies[place].packed) == 200:
                self.sent += self._bodies[place].spans
            place += 1
        client.close()


def measure(server: Server, traces: Sequence[str], rounds: int) -> dict[str, dict[str, Any]]:
    """Every question so often, in turns; milliseconds."""
    client, chance = Client(server.port), random.Random(7)
    asked = questions(traces)
    took: dict[str, list[float]] = {name: [] for name in asked}
    wrong: dict[str, int] = dict.fromkeys(asked, 0)
    sizes: dict[str, int] = dict.fromkeys(asked, 0)
    for turn in range(rounds + 2):
        for name, ask in asked.items():
            started = time.perf_counter()
            status, body = client.ask("GET", ask(chance))
            if turn >= 2:  # the first two fill caches
                took[name].append((time.perf_counter() - started) * 1e3)
                wrong[name] += status != 200
                sizes[name] = max(sizes[name], len(body))
    client.close()
    return {name: {**_percentiles(took[name]), "wrong": wrong[name], "bytes": sizes[name]} for name in asked}


def _percentiles(took: list[float]) -> dict[str, float]:
    ordered = sorted(took)

    def at(share: float) -> float:
        return round(ordered[int((len(ordered) - 1) * share)], 1)

    return {"p50_ms": at(0.5), "p95_ms": at(0.95), "max_ms": at(1.0)}


def table(found: dict[str, Any]) -> str:
    """The figures for people."""
    filled = f"{found['spans']:,} spans in {found['fill_s']} s ({found['spans_per_s']:,} a second)"
    kept = f"{found['disk_bytes_per_span']} bytes on the disk each, {found['memory_mb']} MB of memory"
    meanwhile = f"while {found['meanwhile_per_s']:,} spans a second arrive"
    lines = [f"{filled}, {kept}", f"{meanwhile:34}{'p50':>9}{'p95':>9}{'max':>9}  ms"]
    for name, one in found["questions"].items():
        told = f"  {one['wrong']} WRONG ANSWERS" if one["wrong"] else ""
        lines.append(f"{name:34}{one['p50_ms']:>9.1f}{one['p95_ms']:>9.1f}{one['max_ms']:>9.1f}{told}")
    bar = found["bar_ms"]
    return "\n".join([*lines, f"p95 within {bar:.0f} ms" if found["held"] else f"A p95 IS OVER {bar:.0f} ms"])


def main() -> int:
    """Print a table and JSON; exit 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="bench.query", description=__doc__)
    parser.add_argument(
        "--spans", type=int, default=SPANS, help="how many to ask about; 10000000 is the long one"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each question is asked")
    parser.add_argument("--data", type=Path, help="keep the filled folder here, or ask the one that is kept")
    parser.add_argument("--json", action="store_true", help="JSON only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        found = run(options.data or Path(temporary), options.spans, options.rounds)
    if not options.json:
        print(table(found))
    print(json.dumps(found, indent=None if options.json else 2))
    return 0 if found["held"] else 1


def run(folder: Path, spans: int, rounds: int) -> dict[str, Any]:
    """Fill a server, unless it is filled, and ask it."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "filled.json"
    server = Server(HOLDFAST, folder, None)
    server.start()
    try:
        if kept.exists():
            filled = json.loads(kept.read_text())
        else:
            filled = fill(server, spans, say=lambda told: print(told, file=sys.stderr, flush=True))
            kept.write_text(json.dumps(filled))
        traces = filled.pop("traces")
        with Trickle(server) as trickle:
            time.sleep(LATE_S)
            before, begun = trickle.sent, time.monotonic()
            asked = measure(server, traces, rounds)
            pace = round((trickle.sent - before) / (time.monotonic() - begun))
        bar = BARS_MS["small" if spans <= SMALL else "large"]
        return {
            **filled,
            "disk_bytes_per_span": round(server.disk_bytes() / filled["spans"]),
            "memory_mb": round(server.memory_mb()),
            "meanwhile_per_s": pace,
            "questions": asked,
            "bar_ms": bar,
            "held": all(one["p95_ms"] <= bar and not one["wrong"] for one in asked.values()),
        }
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
