"""docs/reference/attribution.md: how often the evidence named the step that people called decisive."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.reference.markdown import heading, table
from scripts.reference.runaway import share

FIGURES = Path(__file__).resolve().parents[2] / "bench/attribution/figures.json"
ABOUT = """\
[Attribution](../concepts/attribution.md) on failed runs in which people marked the decisive step, by
`python -m bench.attribution --keep`: Who&When (group chats made by a program, and Magentic-One) and AgentRx
(Magentic-One and tau-bench). *hit@1* is the share of runs whose first named step is the marked one, *hit@3*
whose first three hold it; a run of which nothing is said counts as missed. Shares come with 95 % intervals.

Some logs of Magentic-One stand in both sets, marked by different people, who do not always agree.

The finders were written, and their weights set, with these runs in view. *Crossed* is what remains when each
half is ranked with the shares of the other half for weights: weights are then unseen, the finders are not.
"""
COLUMNS = ["Runs", "n", "hit@1", "crossed", "First step", "Last step", "First error", "Random"]
THREE = ["Runs", "hit@3", "crossed", "Random", "Nothing said"]
KINDS = ["Evidence", "Weight", "Named in", "Right"]
READ = """\
Read with care: where a log is a chat about pages on the web, which line to blame is a matter of taste, and
the last step alone does better than the evidence on one of the four sets.
"""


def page() -> str:
    """The whole page."""
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    groups = figures["groups"]
    parts = [
        heading("Attribution, measured", ABOUT, "bench.attribution"),
        "## The first step named, beside plain guesses\n\n" + table(COLUMNS, ones(groups)) + "\n" + READ,
        "## The first three\n\n" + table(THREE, threes(groups)),
        "## By evidence\n\n" + table(KINDS, kinds(figures["kinds"])),
    ]
    return "\n".join(parts)


def ones(groups: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """A row for each set of runs."""
    for one in groups:
        guesses = (share(one["baselines"][name]) for name in ("first_step", "last_step", "first_error"))
        yield (
            one["corpus"],
            str(one["runs"]),
            share(one["hit@1"]),
            share(one["crossed@1"]),
            *guesses,
            f"{100 * one['random@1']:.1f} %",
        )


def threes(groups: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """The same for three steps."""
    for one in groups:
        by_chance = f"{100 * one['random@3']:.1f} %"
        yield one["corpus"], share(one["hit@3"]), share(one["crossed@3"]), by_chance, str(one["silent"])


def kinds(found: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """A row for each kind of evidence."""
    for one in found:
        right = share(one["right"]) or "not in these runs"
        yield f"`{one['kind']}`", f"{one['weight']:.2f}", str(one["named"]), right
