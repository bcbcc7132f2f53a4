"""Each subject in a process of its own, against the same collector, in turns; medians and ratios are printed.

The pace is 1,200 calls a second in runs of eleven. The caller's time is what one call takes. CPU is that of
all threads of the process, export included, less that of the untraced call at the same pace.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
import urllib.request
from typing import Any, Final

from bench.recorder.subjects import SUBJECTS

CALLS: Final = 3_600
PACE_S: Final = 11 / 1_200
"""An agent run is eleven calls in a row."""
ROUNDS: Final = 3
BARS: Final = {"caller_us_p50": 5.0, "cpu_us": 15.0, "times_cheaper": 3.0}


def measure(subject: str, url: str, calls: int) -> dict[str, float]:
    """Run one subject in this process."""
    call, finish = SUBJECTS[subject](url)
    for _ in range(200):
        call()
    time.sleep(0.5)
    taken: list[int] = []
    began, due = time.process_time(), time.perf_counter()
    for _ in range(calls // 11):
        for _ in range(11):
            start = time.perf_counter_ns()
            call()
            taken.append(time.perf_counter_ns() - start)
        due += PACE_S
        time.sleep(max(0.0, due - time.perf_counter()))
    finish()
    cpu = time.process_time() - began
    taken.sort()
    return {
        "calls": len(taken) + 200,
        "caller_us_p50": taken[len(taken) // 2] / 1e3,
        "caller_us_p99": taken[len(taken) * 99 // 100] / 1e3,
        "cpu_us": cpu / len(taken) * 1e6,
    }


def in_a_process_of_its_own(subject: str, url: str, calls: int) -> dict[str, float]:
    command = [
        sys.executable,
        "-m",
        "bench.recorder",
        "--subject",
        subject,
        "--url",
        url,
        "--calls",
        str(calls),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    found: dict[str, float] = json.loads(done.stdout)
    with urllib.request.urlopen(url) as answer:
        found["arrived"] = json.loads(answer.read())
    return found


def compare(calls: int, rounds: int) -> dict[str, dict[str, float]]:
    """Medians over rounds in which every subject had its turn."""
    sink = subprocess.Popen([sys.executable, "-m", "bench.recorder.sink"], stdout=subprocess.PIPE, text=True)
    assert sink.stdout is not None
    try:
        url = f"http://127.0.0.1:{sink.stdout.readline().strip()}"
        found = [
            {name: in_a_process_of_its_own(name, url, calls) for name in SUBJECTS} for _ in range(rounds)
        ]
    finally:
        sink.kill()
        sink.wait()
    medians = {
        name: {key: statistics.median(one[name][key] for one in found) for key in found[0][name]}
        for name in SUBJECTS
    }
    for name in SUBJECTS:
        medians[name]["cpu_us"] -= medians["untraced"]["cpu_us"] if name != "untraced" else 0.0
    return medians


def verdict(medians: dict[str, dict[str, float]]) -> dict[str, Any]:
    """The figures against the bars."""
    ours, ledger, theirs = medians["recorder"], medians["ledger"], medians["opentelemetry"]
    ratios = {
        "caller": theirs["caller_us_p50"] / ours["caller_us_p50"],
        "caller_with_ledger": theirs["caller_us_p50"] / (ours["caller_us_p50"] + ledger["caller_us_p50"]),
        "cpu": theirs["cpu_us"] / ours["cpu_us"],
    }
    held = {
        "caller_us_p50": ours["caller_us_p50"] <= BARS["caller_us_p50"],
        "cpu_us": ours["cpu_us"] <= BARS["cpu_us"],
        "times_cheaper": min(ratios["caller"], ratios["cpu"]) >= BARS["times_cheaper"],
        "nothing_lost": ours["arrived"] == ours["calls"],
    }
    return {"subjects": medians, "ratios": ratios, "bars": BARS, "held": held, "ok": all(held.values())}


def table(result: dict[str, Any]) -> str:
    lines = [f"{'':16}{'caller µs p50':>15}{'p99':>9}{'CPU µs/call':>13}{'arrived':>16}"]
    for name, one in result["subjects"].items():
        arrived = (
            f"{one['arrived']:.0f} of {one['calls']:.0f}" if name in {"opentelemetry", "recorder"} else "-"
        )
        figures = f"{one['caller_us_p50']:15.2f}{one['caller_us_p99']:9.2f}{one['cpu_us']:13.2f}"
        lines.append(f"{name:16}{figures}{arrived:>16}")
    ratios = result["ratios"]
    lines.append("")
    lines.append(
        f"cheaper than the OpenTelemetry SDK: {ratios['caller']:.1f} times in the caller, "
        f"{ratios['cpu']:.1f} times in CPU; "
        f"with a ledger record as well {ratios['caller_with_ledger']:.1f} times"
    )
    lines += [f"{'held' if ok else 'MISSED':8}{bar}" for bar, ok in result["held"].items()]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.recorder", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--subject", choices=SUBJECTS, help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.subject:
        print(json.dumps(measure(chosen.subject, chosen.url, chosen.calls)))
        return 0
    result = verdict(compare(chosen.calls, chosen.rounds))
    print(json.dumps(result, indent=2) if chosen.json else table(result))
    return 0 if result["ok"] else 1
