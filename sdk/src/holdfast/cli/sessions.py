"""`holdfast sessions`: conversations and jobs, each as the sum of its runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from holdfast.cli.listing import Listing
from holdfast.cli.period import csv_option
from holdfast.cli.printing import (
    json_option,
    limit_option,
    local_time,
    print_facts,
    print_json,
    print_page,
    short_time,
    usd,
)
from holdfast.cli.runs import COLUMNS as RUN_COLUMNS
from holdfast.cli.runs import STATES, run_row
from holdfast.cli.server import Server, asks_server, segment

COLUMNS: Final = ("session", "state", "runs", "failed", "agents", "last active", "tokens", "cost", "title")


@click.group(cls=Listing)
def sessions() -> None:
    """List sessions, or show one with its runs."""


@sessions.command("list")
@click.option("--agent", multiple=True, metavar="NAME", help="Only where this agent worked; repeatable.")
@click.option(
    "--state", multiple=True, type=click.Choice(STATES), help="Only with a run in this state; repeatable."
)
@click.option("--q", "text", default="", metavar="TEXT", help="Search in ids, titles, agents and people.")
@limit_option()
@json_option
@csv_option
@asks_server
def list_sessions(
    server: Server,
    *,
    agent: tuple[str, ...],
    state: tuple[str, ...],
    text: str,
    limit: int,
    as_data: bool,
    as_csv: bool,
) -> None:
    """List sessions, the most recently active first."""
    query = {"q": text, "agent": agent, "state": state}
    if as_csv:
        click.echo(server.table("/v1/sessions", query, limit=limit), nl=False)
        return
    page = server.page("/v1/sessions", query, limit=limit)
    if as_data:
        print_json(page)
        return
    print_page(page, COLUMNS, (_row(one) for one in page["items"]), none="No session matches.")


@sessions.command("show")
@click.argument("session", metavar="ID")
@limit_option()
@json_option
@asks_server
def show_session(server: Server, *, session: str, limit: int, as_data: bool) -> None:
    """Show one session and its runs."""
    found = server.get(f"/v1/sessions/{segment(session)}")
    runs = server.page(f"/v1/sessions/{segment(session)}/runs", limit=limit)
    if as_data:
        print_json({"session": found, "runs": runs})
        return
    print_facts(_facts(found))
    click.echo()
    print_page(runs, RUN_COLUMNS, (run_row(run) for run in runs["items"]), none="It has no run any more.")


def _row(session: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        session["id"],
        session["state"],
        str(session["runs"]),
        str(session["failed"]),
        ", ".join(session["agents"]),
        short_time(session["last_at"]),
        f"{session['tokens_in'] + session['tokens_out']:,}",
        usd(session["cost_usd"], unpriced=session["unpriced_calls"]),
        session["title"],
    )


def _facts(session: Mapping[str, Any]) -> dict[str, str]:
    return {
        "session": session["id"],
        "title": session["title"],
        "state": session["state"],
        "agents": ", ".join(session["agents"]),
        "people": ", ".join(session["people"]),
        "began": local_time(session["started_at"]),
        "last active": local_time(session["last_at"]),
        "runs": f"{session['runs']} ({session['failed']} failed)",
        "steps": f"{session['steps']} ({session['model_calls']} model, {session['tool_calls']} tool)",
        "refused": f"{session['denied']} denied, {session['asked']} asked",
        "tokens": f"{session['tokens_in']:,} in, {session['tokens_out']:,} out",
        "cost": usd(session["cost_usd"], unpriced=session["unpriced_calls"]),
    }
