"""`holdfast runs attribution`: where a run turned, and what speaks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from holdfast.cli.printing import NOTHING, json_option, print_facts, print_json, print_table, short_time
from holdfast.cli.server import Server, asks_server, segment

COLUMNS: Final = ("step", "at", "agent", "score", "speaks against it")
EDGE_COLUMNS: Final = ("at", "from", "to", "how", "step", "run")
NOTHING_FOUND: Final = "Nothing in its record speaks against any of its steps."


@click.command("attribution")
@click.argument("run", metavar="ID")
@click.option("--ask", is_flag=True, help="Ask the judge as well, where the server has one.")
@json_option
@asks_server
def attribution(server: Server, *, run: str, ask: bool, as_data: bool) -> None:
    """Say where a run turned: steps that something speaks against, the likeliest first."""
    found = server.get(f"/v1/runs/{segment(run)}/attribution", {"ask": "true"} if ask else None)
    if as_data:
        print_json(found)
        return
    if not found["suspects"]:
        click.echo(NOTHING_FOUND)
    else:
        said = _by_step(found["evidence"])
        print_table(COLUMNS, (_row(one, said[one["step"]]) for one in found["suspects"]))
        click.echo()
    print_facts(_facts(found))


@click.command("edges")
@click.argument("run", metavar="ID")
@json_option
@asks_server
def edges(server: Server, *, run: str, as_data: bool) -> None:
    """Say who gave work to whom in a run."""
    found = server.get(f"/v1/runs/{segment(run)}/edges")
    if as_data:
        print_json(found)
        return
    if not found["edges"]:
        click.echo("No agent gave work to another in it.")
        return
    print_table(EDGE_COLUMNS, (_edge_row(edge) for edge in found["edges"]))


def _by_step(evidence: list[Mapping[str, Any]]) -> dict[str, str]:
    said: dict[str, str] = {}
    for one in evidence:
        said[one["step"]] = " ".join(filter(None, (said.get(one["step"], ""), one["text"])))
    return said


def _row(suspect: Mapping[str, Any], said: str) -> tuple[str, ...]:
    return suspect["step"], short_time(suspect["at"]), suspect["agent"], f"{suspect['score']:.2f}", said


def _facts(found: Mapping[str, Any]) -> dict[str, str]:
    opinion: Mapping[str, Any] = found["opinion"] or {}
    guesses: Mapping[str, str | None] = found["baselines"]
    return {
        "run": f"{found['run']} ({found['state']}, {found['acts']} acts read)",
        "turned at": found["turned_at"] or NOTHING,
        "compared with": found["sibling"] or "",
        "plain guesses": ", ".join(
            f"{name.replace('_', ' ')} {step or NOTHING}" for name, step in guesses.items()
        ),
        "the judge": f"{opinion['model']}: {opinion['step'] or NOTHING}, {opinion['reason']}"
        if opinion
        else "",
    }


def _edge_row(edge: Mapping[str, Any]) -> tuple[str, ...]:
    how = str(edge["kind"]).replace("_", " ")
    return (
        short_time(edge["at"]),
        edge["source"],
        edge["target"],
        how,
        edge["step"],
        edge["child_run"] or NOTHING,
    )
