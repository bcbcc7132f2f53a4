"""What it costs to redact 4 KB, beside the redaction that stood before and a loop over the same patterns.

The quietest of several rounds, all in one process: microseconds are this machine's, ratios travel.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
from bench.content.disputed import annotate
from bench.content.hostile import told as told_of_hostile
from bench.content.prefilter import told as told_of_prefilter
from bench.content.previous import redact_text as previous

from holdfast.decision.content import EVERYTHING, Family, formats, injection, scan
from holdfast.decision.content.measuring import disputes, measure, part_of
from holdfast.decision.content.own_corpus import own_corpora
from holdfast.record import redact_text
from holdfast.record.corpora import read_corpora

SIZE: Final = 4096
ROUNDS: Final = 9
CALLS: Final = 100
REPO: Final = Path(__file__).parents[2]

_LINE: Final = "{:<10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>12}\n"
_PLAIN: Final = [body for _, found in formats.HEADED.items() for *_, body in found]


def main() -> int:
    """Print the table, or JSON with `--json`; `--report FOLDER…` keeps the detectors' scores for the docs."""
    if "--report" in sys.argv:
        return _keep([Path(each) for each in sys.argv[sys.argv.index("--report") + 1 :]])
    rows = [_row(name, text) for name, text in texts().items()]
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({"size": SIZE, "rows": rows}, indent=2) + "\n")
        return 0
    told = f"{SIZE} characters, quietest of {ROUNDS} rounds, microseconds\n"
    sys.stdout.write(
        told + _LINE.format("text", "redact", "before", "re loop", "/before", "/re loop", "everything")
    )
    for row in rows:
        ours = row["redact_us"]
        ratios = (f"{row['previous_us'] / ours:.1f}", f"{row['loop_us'] / ours:.0f}")
        figures = (f"{ours:.1f}", f"{row['previous_us']:.1f}", f"{row['loop_us']:.0f}", *ratios)
        sys.stdout.write(_LINE.format(row["text"], *figures, f"{row['all_us']:.1f}"))
    sys.stdout.write("\n" + told_of_prefilter() + "\n" + told_of_hostile())
    return 0


def _keep(folders: list[Path]) -> int:
    """Measure on the shipped corpora and on these, and keep the scores beside this file."""
    corpora = [annotate(corpus) for corpus in (*own_corpora(), *read_corpora(folders))]
    kept = {
        "scores": [msgspec.to_builtins(score) for corpus in corpora for score in measure(corpus)],
        "disputed": [
            {"id": row, "part": part_of(row), "reason": reason}
            for corpus in corpora
            for row, reason in sorted(disputes(corpus).items())
        ],
    }
    (Path(__file__).parent / "report.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return 0


def texts() -> dict[str, str]:
    """Texts as agents have them; none holds a secret, as nearly none does."""
    row = {"tool": "search", "args": {"query": "annual report", "limit": 10}, "result": "The dog slept. " * 6}
    order = {"id": "3f0e269f-3e8a-802d-1111-222233334444", "order": "A-1042"}
    ids = {**order, "url": "https://example.com/v2/orders/1?page=2"}
    prose = "The report says that revenue grew by 12 percent, and the board will meet to talk about hiring. "
    long = {
        "prose": prose * 60,
        "json": json.dumps([row] * 60),
        "ids": json.dumps([ids] * 60),
        "markdown": (REPO / "ARCHITECTURE.md").read_text(encoding="utf-8"),
        "code": (REPO / "sdk/src/holdfast/client/link.py").read_text(encoding="utf-8"),
    }
    return {name: text[:SIZE] for name, text in long.items()}


def _row(name: str, text: str) -> dict[str, Any]:
    return {
        "text": name,
        "redact_us": _time(lambda: redact_text(text)),
        "previous_us": _time(lambda: previous(text)),
        "loop_us": _time(lambda: _loop(text), calls=3),
        "pii_us": _time(lambda: scan(text, {Family.PII})),
        "all_us": _time(lambda: scan(text, EVERYTHING)),
    }


def _loop(text: str) -> int:
    """What a first attempt does: every pattern over the whole text."""
    found = sum(1 for body in _PLAIN for _ in body.finditer(text))
    return found + sum(1 for pattern in injection.PATTERNS if pattern.search(text))


def _time(call: Callable[[], Any], *, calls: int = CALLS) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter_ns()
        for _ in range(calls):
            call()
        best = min(best, (time.perf_counter_ns() - began) / calls / 1000)
    return best
