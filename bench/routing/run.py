"""Cost at equal accuracy: cheap first, beside always the strong model, always the cheap one, and chance.

What the route knows of a question's words was learned on one half of the questions, and so was its
threshold (each quarter judged by what was learned on the other); the held-out half is only measured. Of
MMLU and GSM8K the tokens are estimated (four characters each, one for an answer to MMLU), at list prices;
of RouterArena they are recorded.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from holdfast_server.action.llm.routing.escalating import Confidence, Example, learn
from holdfast_server.action.llm.routing.frontier import (
    Case,
    Point,
    at_threshold,
    draw_frontier,
    first_reaching,
    gain,
)

DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "model_routing"
FIGURES: Final = Path(__file__).parent / "figures.json"
CHEAP: Final = {
    "mmlu": "mistralai/Mixtral-8x7B-Instruct-v0.1",
    "gsm8k": "mistralai/Mixtral-8x7B-Instruct-v0.1",
    "routerarena": "claude-3-haiku-20240307",
}
STRONG: Final = {
    "mmlu": "gpt-4-1106-preview",
    "gsm8k": "gpt-4-1106-preview",
    "routerarena": "gemini-2.0-flash-001",
}
PRICES: Final = {"mistralai/Mixtral-8x7B-Instruct-v0.1": (0.6, 0.6), "gpt-4-1106-preview": (10.0, 30.0)}
"""Dollars a million tokens in and out, from the price list that comes with the data."""
LEVELS: Final = (0.5, 0.8, 0.95, 1.0)
"""Shares of what the strong model is worth that are to be got back."""
AIM: Final = 0.95
"""The share that the threshold is chosen for on the half that was learned from."""


@dataclass(frozen=True)
class Recorded:
    """A question with what both models made of it."""

    key: str
    prompt: str
    cheap: tuple[float, float]
    """What it cost, in dollars, and how right it was."""
    strong: tuple[float, float]

    @property
    def half(self) -> int:
        """0 to learn from, 1 held out."""
        return hashlib.sha256(self.key.encode()).digest()[0] % 2

    @property
    def quarter(self) -> int:
        """Which half of its half."""
        return hashlib.sha256(self.key.encode()).digest()[1] % 2

    def example(self) -> Example:
        """As it is learned from."""
        return Example(self.prompt, self.cheap[1], self.strong[1], self.strong[0] - self.cheap[0])

    def case(self, confidence: float) -> Case:
        """As it is measured."""
        return Case(confidence, self.cheap[0], self.strong[0], self.cheap[1], self.strong[1])


def is_present() -> bool:
    """Whether the data is on this machine."""
    return (DATA / "prompts.jsonl.gz").exists()


def read(benchmark: str) -> list[Recorded]:
    """Every question of a benchmark."""
    with gzip.open(DATA / "prompts.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for line in lines if (row := json.loads(line))["benchmark"] == benchmark]
    return [
        Recorded(
            row["id"],
            row["prompt"],
            _answered(row, CHEAP[benchmark]),
            _answered(row, STRONG[benchmark]),
        )
        for row in rows
    ]


def _answered(row: dict[str, Any], model: str) -> tuple[float, float]:
    found = row["models"][model]
    right = float(found["correct"] if "correct" in found else found["score"])
    if "list_cost_usd" in found:
        return found["list_cost_usd"], right
    price_in, price_out = PRICES[model]
    tokens_out = found.get("response_chars", 4) / 4
    return (len(row["prompt"]) / 4 * price_in + tokens_out * price_out) / 1e6, right


def measure(benchmark: str) -> dict[str, Any]:
    """Every figure of a benchmark, the same on every machine."""
    rows = read(benchmark)
    seen, held = [row for row in rows if row.half == 0], [row for row in rows if row.half == 1]
    threshold = _choose(seen)
    words = learn(row.example() for row in seen)
    cases = [row.case(words(row.prompt)) for row in held]
    points = draw_frontier(cases)
    cheap, strong = points[0], points[-1]
    oracle = draw_frontier(row.case(1.0 - max(0.0, row.strong[1] - row.cheap[1])) for row in held)
    chooser = random.Random(7)
    chance = draw_frontier(row.case(chooser.random()) for row in held)
    return {
        "benchmark": benchmark,
        "learned_from": len(seen),
        "held_out": len(held),
        "cheap": {"model": CHEAP[benchmark], **_said(cheap)},
        "strong": {"model": STRONG[benchmark], **_said(strong)},
        "chosen": _said(at_threshold(cases, threshold)),
        "apgr": round(gain(points), 3),
        "apgr_oracle": round(gain(oracle), 3),
        "apgr_chance": round(gain(chance), 3),
        "levels": [_level(level, points, cheap, strong) for level in LEVELS],
        "frontier": [_said(one) for one in points[:: max(1, len(points) // 20)]],
    }


def _choose(seen: Sequence[Recorded]) -> float:
    """The threshold that gets back enough, each quarter judged by what was learned on the other."""
    cases: list[Case] = []
    for quarter in (0, 1):
        judge: Confidence = learn(row.example() for row in seen if row.quarter != quarter)
        cases += [row.case(judge(row.prompt)) for row in seen if row.quarter == quarter]
    points = draw_frontier(cases)
    wanted = points[0].quality + AIM * (points[-1].quality - points[0].quality)
    found = first_reaching(points, wanted)
    return found.threshold if found else float("inf")


def _level(level: float, points: Sequence[Point], cheap: Point, strong: Point) -> dict[str, Any]:
    """What equal accuracy costs by words and by chance, which mixes the two models."""
    wanted = cheap.quality + level * (strong.quality - cheap.quality)
    found = first_reaching(points, wanted) or strong
    return {
        "level": level,
        "accuracy": round(wanted, 4),
        "share": round(found.share, 4),
        "usd_per_1000": round(found.cost * 1000, 4),
        "chance_usd_per_1000": round((cheap.cost + level * (strong.cost - cheap.cost)) * 1000, 4),
        "strong_usd_per_1000": round(strong.cost * 1000, 4),
    }


def _said(point: Point) -> dict[str, float]:
    return {
        "share": round(point.share, 4),
        "accuracy": round(point.quality, 4),
        "usd_per_1000": round(point.cost * 1000, 4),
    }


def show(found: dict[str, Any]) -> None:
    """Print a benchmark."""
    cheap, strong, chosen = found["cheap"], found["strong"], found["chosen"]
    print(f"\n{found['benchmark']}: learned from {found['learned_from']}, held out {found['held_out']}")
    print(f"  {'always cheap':<22} accuracy {cheap['accuracy']:.3f}  ${cheap['usd_per_1000']:.3f} a 1,000")
    print(f"  {'always strong':<22} accuracy {strong['accuracy']:.3f}  ${strong['usd_per_1000']:.3f}")
    print(
        f"  {'threshold as learned':<22} accuracy {chosen['accuracy']:.3f}  ${chosen['usd_per_1000']:.3f}"
        f"  ({chosen['share']:.0%} of calls to the strong model)"
    )
    knowing = found["apgr_oracle"]
    print(f"  APGR {found['apgr']:.3f} (chance {found['apgr_chance']:.3f}, knowing all {knowing:.3f})")
    for one in found["levels"]:
        saved = 1 - one["usd_per_1000"] / one["strong_usd_per_1000"]
        print(
            f"  {one['level']:>4.0%} of the gap: accuracy {one['accuracy']:.3f}  ${one['usd_per_1000']:.3f},"
            f" by chance ${one['chance_usd_per_1000']:.3f}, strong ${one['strong_usd_per_1000']:.3f}"
            f"  ({one['share']:.0%} of calls, {saved:.0%} saved)"
        )


def main(argv: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.routing", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures for machines")
    parser.add_argument("--keep", action="store_true", help="write the figures into the repository")
    asked = parser.parse_args(argv)
    if not is_present():
        print("SKIPPED: the data is not on this machine (../shared/data/model_routing)", file=sys.stderr)
        return 0
    found = [measure(benchmark) for benchmark in CHEAP]
    if asked.keep:
        FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if asked.json:
        print(json.dumps(found))
    else:
        for one in found:
            show(one)
    return 0
