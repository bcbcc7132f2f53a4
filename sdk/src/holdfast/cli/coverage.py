"""`holdfast coverage`: what of all that agents do passes a contract, a policy and a guard, as one number."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from holdfast import settings
from holdfast.cli.printing import json_option, print_json, print_table, short_time
from holdfast.cli.server import Server

if TYPE_CHECKING:
    from holdfast.settings import Settings

DAYS: Final = 7
RECORDS_MAX: Final = 1_000_000
"""Records of this machine's ledgers that are counted, newest logs first."""
ONLY_LEDGERS: Final = (
    "Counted from the ledgers of this machine; calls that pass no guard are seen by a server only."
)
ALLOW: Final = "Add it to an allow_tools or allow_effects rule, or take it away."
DECLARE: Final = "Declare it with @holdfast.tool, or import its contract: `holdfast tools import`."
ENFORCE: Final = 'Set mode = "enforce" when you trust the rules.'


@click.command()
@click.option(
    "--days", type=click.IntRange(1, 90), default=DAYS, show_default=True, help="How far to look back."
)
@click.option("--server", "url", metavar="URL", help="Ask this server; otherwise the one in the settings.")
@json_option
@click.pass_context
def coverage(ctx: click.Context, *, days: int, url: str | None, as_data: bool) -> None:
    """Say what is governed: one number, and a list of what is not with the next step for each.

    Tools, agents, models and calls that were seen without a contract, a policy or a guard. Without a server
    the ledgers and policies of this machine are looked at.
    """
    known = settings.load()
    address = url or known.server
    if address:
        server = Server(address, key=known.access.key, transport=ctx.find_root().obj)
        told = server.get("/v1/coverage", {"days": days})
    else:
        told = local_coverage(known)
    if as_data:
        print_json(told)
    else:
        _print(told)


def sentence(told: dict[str, Any]) -> str:
    """The number, in words."""
    seen, governed = int(told["seen"]), int(told["governed"])
    if not seen:
        return "no call was seen yet"
    return f"{float(told['share']):.1%} of {seen:,} calls are governed ({seen - governed:,} are not)"


def local_coverage(known: Settings) -> dict[str, Any]:
    """What the ledgers of this data folder and the policies at hand tell, in the server's shape."""
    from holdfast.cli.policies import compile_policies

    bundle, _ = compile_policies(None)
    calls, last = _count(known.data)
    seen = sum(calls.values())
    gaps = [_gap("tool", name, "no policy covers it", 0, ALLOW) for name in bundle.uncovered]
    for (kind, name, why), count in calls.items():
        if why == "contract":
            gaps.append(_gap("tool", name, "it has no contract", count, DECLARE))
        elif why == "shadow":
            gaps.append(_gap("call", f"{kind} {name}", "decided, but not enforced", count, ENFORCE))
    governed = sum(count for (_, _, why), count in calls.items() if not why)
    return {
        "share": governed / seen if seen else 1.0,
        "seen": seen,
        "governed": governed,
        "gaps": sorted(gaps, key=lambda gap: (-gap["calls"], gap["name"])),
        "problem": ONLY_LEDGERS,
        "last_seen_ns": last,
    }


def _count(data: Path) -> tuple[Counter[tuple[str, str, str]], int]:
    """Calls by kind, target and what was missing; a step that was judged twice is one call."""
    from holdfast.cli.recorded import decisions_in

    seen: dict[str, tuple[str, str, str]] = {}
    last = 0
    for leaf in decisions_in(data, most=RECORDS_MAX):
        if leaf.kind in {"tool", "model"}:
            why = "contract" if leaf.stage == "contract" and not leaf.contract else ""
            seen[leaf.step] = (leaf.kind, leaf.target, why or ("" if leaf.enforced else "shadow"))
            last = max(last, leaf.at_ns)
    return Counter(seen.values()), last


def _gap(kind: str, name: str, why: str, calls: int, next_step: str) -> dict[str, Any]:
    return {"kind": kind, "name": name, "why": why, "calls": calls, "last_seen": None, "next_step": next_step}


def _print(told: dict[str, Any]) -> None:
    click.secho(sentence(told), bold=True)
    gaps: list[dict[str, Any]] = told["gaps"]
    if gaps:
        rows = [
            (gap["kind"], gap["name"], f"{gap['calls']:,}", short_time(gap["last_seen"]), gap["why"])
            for gap in gaps
        ]
        print_table(("kind", "name", "calls", "last seen", "why"), rows)
    for step in dict.fromkeys(str(gap["next_step"]) for gap in gaps):
        click.echo(f"→ {step}")
    if told.get("problem"):
        click.secho(str(told["problem"]), dim=True)
