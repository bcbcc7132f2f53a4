"""`holdfast slos`: what shall hold, how much may still go wrong, and when that goes too fast."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from holdfast.cli.listing import Listing
from holdfast.cli.period import csv_option
from holdfast.cli.person import by_option
from holdfast.cli.printing import (
    NOTHING,
    json_option,
    limit_option,
    print_facts,
    print_json,
    print_page,
    short_time,
)
from holdfast.cli.server import Server, asks_server, segment
from holdfast.errors import Misconfigured

INDICATORS: Final = (
    "task_success", "tool_validity", "tool_success", "model_success", "postconditions", "model_latency",
    "tool_latency", "run_cost", "run_duration",
)  # fmt: skip
COLUMNS: Final = ("objective", "of", "for", "wanted", "is", "counted", "budget left", "state")


@click.group(cls=Listing)
def slos() -> None:
    """See and set objectives, their error budgets and their alerts."""


@slos.command("list")
@limit_option()
@json_option
@csv_option
@asks_server
def list_slos(server: Server, *, limit: int, as_data: bool, as_csv: bool) -> None:
    """List objectives: how much of each error budget is left."""
    if as_csv:
        click.echo(server.table("/v1/slos", limit=limit), nl=False)
        return
    page = server.page("/v1/slos", limit=limit)
    if as_data:
        print_json(page)
        return
    none = "There is no objective. holdfast slos set refund-tools --indicator tool_success --objective 0.99"
    print_page(page, COLUMNS, (_row(one) for one in page["items"]), none=none)


@slos.command("show")
@click.argument("name", metavar="NAME")
@json_option
@asks_server
def show(server: Server, *, name: str, as_data: bool) -> None:
    """Show one objective, and how fast its budget burns."""
    found = server.get(f"/v1/slos/{segment(name)}")
    if as_data:
        print_json(found)
        return
    print_facts(_facts(found))


@slos.command("set")
@click.argument("name", metavar="NAME")
@click.option("--indicator", type=click.Choice(INDICATORS), required=True, help="What is counted.")
@click.option("--objective", type=float, required=True, metavar="SHARE", help="The share that is good: 0.99.")
@click.option("--threshold", type=float, default=0.0, help="Good at most: seconds, or USD for run_cost.")
@click.option("--agent", default="", metavar="AGENT", help="Whose; all together without it.")
@click.option("--version", default="", metavar="VERSION", help="Of which version.")
@click.option("--days", type=click.IntRange(1, 90), default=28, show_default=True, help="The window.")
@click.option("--description", default="", help="Why it matters.")
@by_option
@json_option
@asks_server
def set_slo(server: Server, *, name: str, as_data: bool, **said: Any) -> None:
    """Make an objective, or change the one of this name.

    \b
    holdfast slos set refund-tools --indicator tool_success --objective 0.995 --agent refunds
    holdfast slos set cheap-runs --indicator run_cost --threshold 0.50 --objective 0.95
    """
    _print(server.ask("PUT", f"/v1/slos/{segment(name)}", body=said), as_data=as_data)


@slos.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@by_option
@json_option
@asks_server
def apply(server: Server, *, file: Path, by: str, as_data: bool) -> None:
    """Make the objectives of a TOML file; those that it does not name stay as they are.

    \b
    [refund-tools]
    indicator = "tool_success"
    objective = 0.995
    agent = "refunds"
    """
    made = [
        server.ask("PUT", f"/v1/slos/{segment(name)}", body={**said, "by": by})
        for name, said in _read(file).items()
    ]
    if as_data:
        print_json({"items": made, "next": None})
        return
    for one in made:
        _print(one, as_data=False)


@slos.command("remove")
@click.argument("name", metavar="NAME")
@json_option
@asks_server
def remove(server: Server, *, name: str, as_data: bool) -> None:
    """Hold an objective no longer; its alerts stay in the history."""
    found = server.ask("DELETE", f"/v1/slos/{segment(name)}")
    if as_data:
        print_json(found)
        return
    click.echo(f"removed {found['name']}")


@slos.command("alerts")
@click.option("--slo", default="", metavar="NAME", help="Only of this objective.")
@click.option("--state", type=click.Choice(("firing", "resolved")), help="Only these.")
@limit_option()
@json_option
@csv_option
@asks_server
def alerts(server: Server, *, limit: int, as_data: bool, as_csv: bool, **said: Any) -> None:
    """List every time that a budget burned too fast, the latest first."""
    if as_csv:
        click.echo(server.table("/v1/slos/alerts", said, limit=limit), nl=False)
        return
    page = server.page("/v1/slos/alerts", said, limit=limit)
    if as_data:
        print_json(page)
        return
    rows = (
        (one["slo"], one["severity"], one["state"], short_time(one["began_at"]),
         short_time(one["ended_at"]) or NOTHING, f"{one['burn_long']:.1f}")
        for one in page["items"]
    )  # fmt: skip
    columns = ("objective", "severity", "state", "began", "ended", "burn")
    print_page(page, columns, rows, none="No budget ever burned too fast.")


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        told = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{file}: {error}", hint="docs/concepts/slos.md shows one.") from error
    for name, said in told.items():
        if not isinstance(said, dict):
            raise Misconfigured(
                f"{file}: {name} stands outside a table", hint="Each objective is a table: [refund-tools]."
            )
    return told


def _print(found: Mapping[str, Any], *, as_data: bool) -> None:
    if as_data:
        print_json(found)
        return
    click.echo(f"{found['name']}: {found['objective']:.2%} of {found['indicator']}, {found['state']}")


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        one["name"],
        one["indicator"],
        "@".join(filter(None, (one["agent"], one["version"]))) or "everything",
        f"{one['objective']:.2%}",
        f"{one['value']:.2%}" if one["value"] is not None else NOTHING,
        f"{one['good']:,} of {one['total']:,}",
        f"{one['budget_left']:.0%}" if one["budget_left"] is not None else NOTHING,
        one["state"],
    )


def _facts(one: Mapping[str, Any]) -> dict[str, str]:
    named: dict[str, str] = {**dict(zip(COLUMNS, _row(one), strict=True))}
    for burn in one["burns"]:
        rates = [f"{burn[name]:.1f}" if burn[name] is not None else NOTHING for name in ("long", "short")]
        label = f"{burn['severity']} {burn['long_hours']:g} h"
        ringing = ", firing" if burn["firing"] else ""
        named[label] = f"burns at {rates[0]}, lately {rates[1]}; rings from {burn['threshold']:.1f}{ringing}"
    return {**named, "window": f"{one['days']} days", "why": one["description"]}
