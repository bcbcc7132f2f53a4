"""Where failed runs turned: evidence, ranked, beside plain guesses, on runs that people have marked.

`hit@1` is the share of runs whose first named step is the marked one, `hit@3` whose first three hold it; a
run of which nothing is said counts as missed. Weights were set by looking at these runs, so `crossed` says
what remains when each half is ranked with the weights of the other.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.attribution.corpora import MARKED, Marked, is_present, read_marked
from bench.runaway.run import interval

from holdfast_server.insight.attribution.evidence import Finding, find_all
from holdfast_server.insight.attribution.ranking import WEIGHTS, guess, rank

FIGURES: Final = Path(__file__).parent / "figures.json"
CORPORA: Final = ("whowhen-generated", "whowhen-handcrafted", "agentrx-magentic", "agentrx-tau")
SEEN_MIN: Final = 8
"""Acts of one kind that must have been seen before their share replaces a weight."""
TOP: Final = 3

Told = tuple[Marked, list[Finding]]


def measure() -> dict[str, Any]:
    """Every figure, the same on every machine."""
    told = [(run, find_all(run.acts, run.good)) for run in read_marked()]
    groups = {name: [one for one in told if one[0].corpus == name] for name in CORPORA}
    return {
        "groups": [_group(name, some) for name, some in [*groups.items(), ("all", told)]],
        "kinds": _kinds(told),
    }


def _group(name: str, told: Sequence[Told]) -> dict[str, Any]:
    hits: Counter[str] = Counter()
    by_chance = [0.0, 0.0]
    for run, findings in told:
        named = [run.acts[one.place].step for one in rank(findings)]
        hits["ranking@1"] += run.decisive in named[:1]
        hits["ranking@3"] += run.decisive in named[:TOP]
        hits["silent"] += not named
        hits.update({said: run.acts[place].step == run.decisive for said, place in guess(run.acts).items()})
        own = sum(act.kind != "person" for act in run.acts)
        by_chance[0] += 1 / own
        by_chance[1] += min(1.0, TOP / own)
    crossed = _crossed(told)
    n = len(told)
    return {
        "corpus": name,
        "runs": n,
        "silent": hits["silent"],
        "hit@1": interval(hits["ranking@1"], n),
        "hit@3": interval(hits["ranking@3"], n),
        "crossed@1": interval(crossed[0], n),
        "crossed@3": interval(crossed[1], n),
        "baselines": {name: interval(hits[name], n) for name in ("first_step", "last_step", "first_error")},
        "random@1": round(by_chance[0] / n, 4),
        "random@3": round(by_chance[1] / n, 4),
    }


def _crossed(told: Sequence[Told]) -> tuple[int, int]:
    """Hits at one and at three when each half is ranked by the shares of the other."""
    ones = threes = 0
    for fold in (0, 1):
        weights = _shares(one for one in told if one[0].fold != fold)
        for run, findings in (one for one in told if one[0].fold == fold):
            named = [run.acts[one.place].step for one in rank(findings, weights)]
            ones += run.decisive in named[:1]
            threes += run.decisive in named[:TOP]
    return ones, threes


def _shares(told: Iterable[Told]) -> Mapping[Any, float]:
    seen, right = _count(told)
    return {**WEIGHTS, **{kind: right[kind] / n for kind, n in seen.items() if n >= SEEN_MIN}}


def _count(told: Iterable[Told]) -> tuple[Counter[Any], Counter[Any]]:
    seen: Counter[Any] = Counter()
    right: Counter[Any] = Counter()
    for run, findings in told:
        for one in findings:
            seen[one.kind] += 1
            right[one.kind] += run.acts[one.place].step == run.decisive
    return seen, right


def _kinds(told: Sequence[Told]) -> list[dict[str, Any]]:
    seen, right = _count(told)
    by_corpus: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
    for corpus in CORPORA:
        some_seen, some_right = _count(one for one in told if one[0].corpus == corpus)
        for kind, n in some_seen.items():
            by_corpus[kind][corpus] = [some_right[kind], n]
    return [
        {
            "kind": kind,
            "weight": weight,
            "named": seen[kind],
            "right": interval(right[kind], seen[kind]),
            "corpora": by_corpus[kind],
        }
        for kind, weight in WEIGHTS.items()
    ]


def main(arguments: list[str]) -> int:
    """Print the figures, and keep them for the documentation when asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench.attribution", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--keep", action="store_true", help=f"write {FIGURES.name} for the documentation")
    given = parser.parse_args(arguments)
    if not is_present():
        print(f"bench/attribution: SKIPPED, there is no data at {MARKED}", file=sys.stderr)
        return 0
    figures = measure()
    if given.keep:
        FIGURES.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if given.json:
        print(json.dumps(figures, indent=2))
    else:
        _print(figures)
    return 0


def _print(figures: dict[str, Any]) -> None:
    for one in figures["groups"]:
        print(f"{one['corpus']:20} {one['runs']:3} runs, {one['silent']} of them without any evidence")
        print(f"  evidence      hit@1 {_share(one['hit@1'])}   hit@3 {_share(one['hit@3'])}")
        print(f"  … crossed     hit@1 {_share(one['crossed@1'])}   hit@3 {_share(one['crossed@3'])}")
        for name, share in one["baselines"].items():
            print(f"  {name.replace('_', ' '):13} hit@1 {_share(share)}")
        print(f"  random        hit@1 {one['random@1']:6.1%}            hit@3 {one['random@3']:6.1%}")
    for one in figures["kinds"]:
        said = _share(one["right"]) if one["right"] else "not in these runs"
        print(f"{one['kind']:13} weight {one['weight']:.2f}  named in {one['named']:3}, right {said}")


def _share(told: list[float] | None) -> str:
    return "-" if told is None else f"{told[0]:6.1%} ({told[1]:.1%} to {told[2]:.1%})"
