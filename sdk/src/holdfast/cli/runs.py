"""`holdfast runs`: what agents did and do, and every step of one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import click

from holdfast.cli.attribution import attribution, edges
from holdfast.cli.listing import Listing
from holdfast.cli.period import csv_option
from holdfast.cli.printing import (
    NOTHING,
    VERDICT_COLOURS,
    duration,
    json_option,
    limit_option,
    local_time,
    print_facts,
    print_json,
    print_page,
    short_time,
    usd,
)
from holdfast.cli.server import Server, asks_server, segment

STATES: Final = ("running", "waiting", "completed", "failed", "halted", "lost")
COLUMNS: Final = ("run", "agent", "state", "started", "took", "steps", "denied", "asked", "cost", "title")
STEP_COLUMNS: Final = (
    "step",
    "started",
    "agent",
    "kind",
    "target",
    "state",
    "verdict",
    "took",
    "cost",
    "rule",
)


@click.group(cls=Listing)
def runs() -> None:
    """List runs, or show one with its steps."""


runs.add_command(attribution)
runs.add_command(attribution, "explain")
runs.add_command(edges)


@runs.command("list")
@click.option("--state", multiple=True, type=click.Choice(STATES), help="Only in this state; repeatable.")
@click.option("--agent", multiple=True, metavar="NAME", help="Only of this agent; repeatable.")
@click.option(
    "--verdict",
    multiple=True,
    type=click.Choice(list(VERDICT_COLOURS)),
    help="Only with such a decision; repeatable.",
)
@click.option("--session", default="", metavar="ID", help="Only of this session.")
@click.option("--query", "--q", "text", default="", metavar="QUERY", help="Only what it finds: 'cost:>0.5'.")
@limit_option()
@json_option
@csv_option
@asks_server
def list_runs(
    server: Server,
    *,
    state: tuple[str, ...],
    agent: tuple[str, ...],
    verdict: tuple[str, ...],
    session: str,
    text: str,
    limit: int,
    as_data: bool,
    as_csv: bool,
) -> None:
    """List runs, newest first."""
    query = {"q": text, "agent": agent, "state": state, "verdict": verdict, "session": session}
    if as_csv:
        click.echo(server.table("/v1/runs", query, limit=limit), nl=False)
        return
    page = server.page("/v1/runs", query, limit=limit)
    if as_data:
        print_json(page)
        return
    print_page(page, COLUMNS, (run_row(run) for run in page["items"]), none="No run matches.")


@runs.command("show")
@click.argument("run", metavar="ID")
@limit_option(200)
@json_option
@asks_server
def show_run(server: Server, *, run: str, limit: int, as_data: bool) -> None:
    """Show one run and its steps, those of child runs included."""
    found = server.get(f"/v1/runs/{segment(run)}")
    steps = server.page(f"/v1/runs/{segment(run)}/steps", limit=limit)
    if as_data:
        print_json({"run": found, "steps": steps})
        return
    print_facts(_facts(found) | {"unproven": "\n".join(filter(None, map(_unproven, steps["items"])))})
    click.echo()
    print_page(steps, STEP_COLUMNS, (_step_row(step) for step in steps["items"]), none="It has no step yet.")


def run_row(run: Mapping[str, Any]) -> tuple[str, ...]:
    """One line of a list of runs."""
    return (
        run["id"],
        run["agent"],
        run["state"],
        short_time(run["started_at"]),
        duration(run["duration_ms"]),
        str(run["steps"]),
        str(run["denied"]),
        str(run["asked"]),
        cost_of(run),
        run["title"],
    )


def cost_of(run: Mapping[str, Any]) -> str:
    """What a run cost; nothing at all where nothing in it has a price."""
    known = run["cost_usd"] if run["cost_usd"] or run["model_calls"] else None
    return usd(known, unpriced=run["unpriced_calls"])


def _facts(run: Mapping[str, Any]) -> dict[str, str]:
    stopped: dict[str, str] = run.get("stopped_by") or {}
    kill: dict[str, str] = run.get("kill") or {}
    return {
        "run": run["id"],
        "agent": " ".join(filter(None, (run["agent"], run["version"], run["owner"] and f"({run['owner']})"))),
        "chain": " → ".join(run.get("chain") or ()),
        "person": run["person"],
        "session": run["session"],
        "title": run["title"],
        "state": run["state"],
        "error": run["error"],
        "stopped by": f"{stopped['rule']}: {stopped['message']}" if stopped else "",
        "killed": f"by {kill['by']}: {kill['reason']}" if kill else "",
        "started": local_time(run["started_at"]),
        "took": duration(run["duration_ms"]),
        "steps": f"{run['steps']} ({run['model_calls']} model, {run['tool_calls']} tool)",
        "complete": _completeness(run.get("completeness") or {}),
        "verdicts": ", ".join(f"{n} {word}" for word, n in run["verdicts"].items() if n),
        "tokens": f"{run['tokens_in']:,} in, {run['tokens_out']:,} out",
        "cost": cost_of(run),
        "labels": ", ".join(run.get("labels") or ()),
        "budgets": "\n".join(_budget(one) for one in run.get("budgets") or ()),
    }


def _unproven(step: Mapping[str, Any]) -> str:
    """What the world does not show of a step, and the call that takes it back."""
    if step["kind"] == "start" or step.get("observed") not in {"contradicted", "unknown"}:
        return ""
    undo = step.get("undo")
    back = f"; taken back by {undo['tool']} {json.dumps(undo['arguments'])}" if undo else ""
    return f"{step['target']} ({step['id']}) is {step['observed']}: {step['observed_detail']}{back}"


def _completeness(told: Mapping[str, Any]) -> str:
    return f"{told['state']}: {told['text']}" if told else ""


def _budget(budget: Mapping[str, Any]) -> str:
    held = f", {budget['held']:g} held" if budget["held"] else ""
    return f"{budget['scope']}: {budget['used']:g} of {budget['limit']:g} {budget['unit']}{held}"


def _step_row(step: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        step["id"],
        short_time(step["started_at"]),
        step["agent"],
        step["kind"],
        step["target"],
        step["state"],
        step["verdict"] or NOTHING,
        duration(step["duration_ms"]),
        usd(step["cost_usd"]),
        ", ".join(reason["rule"] for reason in step["reasons"]),
    )
