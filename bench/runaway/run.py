"""The starter's detectors over every recorded run; thresholds were chosen on one half, both are reported.

A false alarm is anything that is said of a run that ended well. A run that used up its steps counts as
stopped when a detector asks, denies or halts before its last step.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from bench.runaway.corpora import DATA, Recorded, is_present, read_runs
from bench.runaway.scenarios import read_scenarios

from holdfast.decision import STARTER, compile_bundle
from holdfast.decision.alarms import STOPS, Detectors
from holdfast.decision.detectors.watching import Fired, Watch

FIGURES: Final = Path(__file__).parent / "figures.json"
GROUPS: Final = (
    ("hotpot", "right"),
    ("tau", "right"),
    ("agentdojo", "right"),
    ("hotpot", "halted"),
    ("hotpot", "wrong"),
    ("tau", "wrong"),
)
HALVES: Final = {"development": False, "held out": True}
STOPPED_MIN: Final = 0.5


def fired_in(run: Recorded, detectors: Detectors) -> list[Fired]:
    """What fires in one run."""
    watch = Watch(detectors)
    for step in run.steps:
        watch.see(step)
    return [one for watched in watch.end() for one in (*watched.withdrawn, *watched.fired)]


def stopped_early(run: Recorded, fired: Iterable[Fired]) -> bool:
    """Whether it is stopped before its last step."""
    last = run.steps[-1].step if run.steps else 0
    return any(one.verdict in STOPS and one.step != last for one in fired)


def measure() -> dict[str, Any]:
    """Every figure, the same on every machine."""
    detectors = compile_bundle([STARTER]).detectors
    told = [(run, fired_in(run, detectors)) for run in read_runs()]
    scenarios = list(read_scenarios())
    return {
        "groups": [_group(told, group, half) for group in GROUPS for half in HALVES],
        "detectors": _by_detector(told),
        "scenarios": {
            "n": len(scenarios),
            "right": sum(one.said == one.loop for one in scenarios),
            "wrong": [one.id for one in scenarios if one.said != one.loop],
        },
        "said_by_the_agent": _magentic([pair for pair in told if pair[0].corpus == "magentic"]),
    }


def _group(told: list[tuple[Recorded, list[Fired]]], group: tuple[str, str], half: str) -> dict[str, Any]:
    chosen = [
        pair
        for pair in told
        if (pair[0].corpus, pair[0].ending) == group and pair[0].held_out is HALVES[half]
    ]
    return {
        "corpus": group[0],
        "ending": group[1],
        "half": half,
        "runs": len(chosen),
        "tasks": len({run.task for run, _ in chosen}),
        "spoken_of": sum(bool(fired) for _, fired in chosen),
        "stopped_early": sum(stopped_early(run, fired) for run, fired in chosen),
    }


def _by_detector(told: list[tuple[Recorded, list[Fired]]]) -> list[dict[str, Any]]:
    """For each detector, in how many runs it spoke, by how they ended; magentic has labels of its own."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in Detectors.__struct_fields__}
    runs = Counter(run.ending for run, _ in told if run.corpus != "magentic")
    for run, fired in told:
        if run.corpus != "magentic":
            for name in {one.detector for one in fired}:
                counts[name][run.ending] += 1
    return [
        {
            "detector": name,
            "right": count["right"],
            "wrong": count["wrong"],
            "halted": count["halted"],
            "precision": interval(count.total() - count["right"], count.total()),
            "false_alarm": interval(count["right"], runs["right"]),
        }
        for name, count in counts.items()
        if count
    ]


def _magentic(told: list[tuple[Recorded, list[Fired]]]) -> dict[str, Any]:
    """A weak label: the orchestrator's own answer whether it is in a loop."""
    labelled = [(run, fired) for run, fired in told if run.in_loop]
    found = sum(any(int(one.step) <= max(run.in_loop) for one in fired) for run, fired in labelled)
    others = [(run, fired) for run, fired in told if not run.in_loop]
    return {
        "runs_in_a_loop": len(labelled),
        "found_by_then": found,
        "other_runs": len(others),
        "spoken_of": sum(bool(fired) for _, fired in others),
    }


def interval(hits: int, n: int, z: float = 1.96) -> list[float] | None:
    """A share with its 95 % Wilson interval."""
    if not n:
        return None
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return [round(one, 4) for one in (share, max(0.0, middle - half), min(1.0, middle + half))]


def missed(figures: dict[str, Any]) -> list[str]:
    """The bars that do not hold."""
    told = [f"{one} is not judged as its source does" for one in figures["scenarios"]["wrong"]]
    for group in figures["groups"]:
        name = f"{group['corpus']} {group['ending']}, {group['half']}"
        if group["ending"] == "right" and group["spoken_of"]:
            told.append(f"{name}: {group['spoken_of']} false alarms in {group['runs']} runs")
        if group["ending"] == "halted" and group["stopped_early"] < STOPPED_MIN * group["runs"]:
            told.append(f"{name}: {group['stopped_early']} of {group['runs']} stopped before their last step")
    return told


def main(arguments: list[str]) -> int:
    """Print the figures, and keep them for the reference page when asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench.runaway", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--keep", action="store_true", help=f"write {FIGURES.name} for the reference page")
    given = parser.parse_args(arguments)
    if not is_present():
        print(f"bench/runaway: SKIPPED, there is no data at {DATA}", file=sys.stderr)
        return 0
    figures = measure()
    if given.keep:
        FIGURES.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if given.json:
        print(json.dumps(figures, indent=2))
    else:
        _print(figures)
    for one in missed(figures):
        print(f"missed: {one}", file=sys.stderr)
    return 1 if missed(figures) else 0


def _print(figures: dict[str, Any]) -> None:
    for one in figures["groups"]:
        print(
            f"{one['corpus']:9} {one['ending']:7} {one['half']:12} {one['runs']:4} runs of "
            f"{one['tasks']:3} tasks  spoken of {one['spoken_of']:3}  stopped early {one['stopped_early']:3}"
        )
    for one in figures["detectors"]:
        print(f"{one['detector']:18} right {one['right']}, wrong {one['wrong']}, halted {one['halted']}")
    scenarios = figures["scenarios"]
    print(f"scenarios right at their sources' thresholds: {scenarios['right']} of {scenarios['n']}")
    print(f"the agent's own word: {figures['said_by_the_agent']}")
