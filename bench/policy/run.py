"""Loading, linting and comparing 100 policies over 20 tools, and 1,000 over 200."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, Final

from bench.decision.workload import KINDS, SEED, SETTINGS, contract

from holdfast.decision import Bundle, Source, compile_bundle
from holdfast.decision.lint import lint_bundle
from holdfast.decision.proof import Diff, diff_bundles

SIZES: Final = ((100, 20), (1_000, 200))
"""Policies and tools."""
EVERYWHERE: Final = """
@id("everywhere") forbid (principal, action in Action::"holdfast:tool", resource)
when { context.labels.contains("pii") };
"""
LIMITS_MS: Final = {
    (100, 20): {"one rule loosened": 1_000, "one rule for every tool": 1_000},
    (1_000, 200): {"one rule loosened": 5_000, "one rule for every tool": 10_000},
}


def cedar(policies: int, tools: int, *, loosened: bool = False) -> str:
    """The workload of bench/decision at this size; the first threshold may be loosened by 500."""
    dice = random.Random(SEED)
    texts = [
        f'@id("permit-{n}") permit (principal in Role::"worker", action == Action::"tool_{n}", resource);'
        for n in range(tools)
    ]
    for n in range(policies - tools):
        limit = dice.randrange(5_000, 50_000) + (500 if loosened and n == 0 else 0)
        when = KINDS[n % len(KINDS)].format(n=limit)
        scope = f'principal, action == Action::"tool_{n % tools}", resource'
        texts.append(f'@id("forbid-{n}") forbid ({scope})\nwhen {{ {when} }};')
    return "\n".join(texts)


def bundle(tools: int, text: str) -> Bundle:
    """The policies, compiled with every tool's contract."""
    sources = [Source("settings.yaml", SETTINGS), Source("rules.cedar", text, "cedar")]
    return compile_bundle(sources, contracts=[contract(n) for n in range(tools)])


def best_of(rounds: int, run: Callable[[], Any]) -> tuple[float, Any]:
    """The quickest of some rounds, in milliseconds of one core, and what came of it."""
    best, made = float("inf"), None
    for _ in range(rounds):
        began = time.process_time()
        made = run()
        best = min(best, (time.process_time() - began) * 1_000)
    return best, made


def main() -> int:
    """Print a table; fail when a comparison takes longer than it may, or leaves something undecided."""
    diff_bundles(bundle(2, cedar(10, 2)), bundle(2, cedar(10, 2, loosened=True)))  # the solver's own start
    missed = 0
    for policies, tools in SIZES:
        text = cedar(policies, tools)
        print(f"{policies} policies, {tools} tools")
        load_ms, old = best_of(3, lambda t=tools, x=text: bundle(t, x))
        print(f"  {'load':<28}{load_ms:>9.1f} ms")
        cheap_ms, _ = best_of(2, lambda b=old: lint_bundle(b, prove=False))
        print(f"  {'lint':<28}{cheap_ms:>9.1f} ms")
        deep_ms, lints = best_of(1, lambda b=old: lint_bundle(b, prove=True))
        print(f"  {'lint, with the solver':<28}{deep_ms:>9.1f} ms   {len(lints)} findings")
        edits = {
            "one rule loosened": cedar(policies, tools, loosened=True),
            "one rule for every tool": text + EVERYWHERE,
        }
        for name, edited in edits.items():
            new = bundle(tools, edited)
            took_ms, found = best_of(2, lambda o=old, n=new: diff_bundles(o, n))
            missed += _print(name, took_ms, LIMITS_MS[policies, tools][name], found)
    return 1 if missed else 0


def _print(name: str, took_ms: float, limit_ms: float, found: Diff) -> bool:
    told = f"{found.compared} compared, {len(found.changes)} changes, {len(found.undecided)} undecided"
    late = took_ms > limit_ms or bool(found.undecided)
    print(f"  diff: {name:<22}{took_ms:>9.1f} ms   {told}{'   MISSED' if late else ''}")
    return late
