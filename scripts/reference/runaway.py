"""docs/reference/runaway.md: how often each detector was right on recorded runs, as the bench kept it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.reference.markdown import heading, table

FIGURES = Path(__file__).resolve().parents[2] / "bench/runaway/figures.json"
ABOUT = """\
The starter's [detectors](../concepts/detectors.md) over recorded runs of real agents, by
`python -m bench.runaway --keep`. Thresholds were chosen on the development half; tasks are parted by hash, so
that none stands on both sides; the words by which a result says that it found nothing were written with
examples of both in view. A *false alarm* is anything that is said of a run that ended well. *Stopped* means
that a detector asked, denied or halted before the last step.

The runs: ReAct and Reflexion on HotpotQA, tau-bench and tau2-bench, the solutions of AgentDojo's tasks, and
Magentic-One on Who&When. Many runs repeat one task, so the intervals, which take runs for independent, are
narrower than they should be.
"""
OTHERS = """\
## Others

Labelled scenarios of other projects' loop detectors, at the thresholds of their source: {right} of {n} are
judged as their source does.

Magentic-One says at times that it is in a loop, which is a weak label: of {runs_in_a_loop} such runs a
detector had spoken by then in {found_by_then}; it spoke in {spoken_of} of the {other_runs} others.
"""
GROUP_COLUMNS = ["Corpus", "Ended", "Half", "Runs", "Tasks", "Spoken of", "Stopped"]
DETECTOR_COLUMNS = ["Detector", "Ended well", "Ended badly", "Ran out of steps", "Precision", "False alarms"]


def page() -> str:
    """The whole page."""
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    parts = [
        heading("Detectors, measured", ABOUT, "bench.runaway"),
        "## By how the runs ended\n\n" + table(GROUP_COLUMNS, groups(figures["groups"])),
        "## By detector\n\n" + table(DETECTOR_COLUMNS, detectors(figures["detectors"])),
        OTHERS.format(**figures["scenarios"], **figures["said_by_the_agent"]),
    ]
    return "\n".join(parts)


def groups(found: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """A row for each corpus, ending and half."""
    for one in found:
        counts = (one["runs"], one["tasks"], one["spoken_of"], one["stopped_early"])
        yield one["corpus"], one["ending"], one["half"], *(str(count) for count in counts)


def detectors(found: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """A row for each detector that spoke at all."""
    for one in found:
        counts = (str(one[ending]) for ending in ("right", "wrong", "halted"))
        yield f"`{one['detector']}`", *counts, share(one["precision"]), share(one["false_alarm"])


def share(interval: list[float] | None) -> str:
    """A share in per cent with its 95 % interval."""
    if interval is None:
        return ""
    value, low, high = (100 * one for one in interval)
    return f"{value:.1f} % ({low:.1f} to {high:.1f})"
