"""`holdfast reliability`: how well agents do what they are for, and why people are asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from holdfast.cli.listing import Listing
from holdfast.cli.period import csv_option, every_option, period_options, read_period
from holdfast.cli.printing import (
    NOTHING,
    duration,
    json_option,
    limit_option,
    print_json,
    print_page,
    print_table,
    short_time,
)
from holdfast.cli.server import Server, asks_server

METRICS: Final = ("task_success", "tool_validity", "tool_success", "model_success", "postconditions")
COLUMNS: Final = (
    "agent", "runs", "unproven", "task success", "valid calls", "tool success", "effects shown", "loops",
    "model p95", "tool p95",
)  # fmt: skip


@click.group(cls=Listing)
def reliability() -> None:
    """See how well agents do, over time, and why people are asked."""


@reliability.command("list")
@click.option(
    "--by",
    type=click.Choice(("agent", "version")),
    default="agent",
    show_default=True,
    help="A row for each.",
)
@click.option("--agent", default="", metavar="AGENT", help="Only this agent.")
@click.option("--version", default="", metavar="VERSION", help="Only this version.")
@period_options
@limit_option()
@json_option
@csv_option
@asks_server
def list_conduct(server: Server, *, limit: int, as_data: bool, as_csv: bool, **said: Any) -> None:
    """Show every agent, or version, with 95 % intervals."""
    query = {**read_period(said), **said}
    if as_csv:
        click.echo(server.table("/v1/reliability", query, limit=limit), nl=False)
        return
    page = server.page("/v1/reliability", query, limit=limit)
    whole = server.get("/v1/reliability", {**query, "limit": 1})
    if as_data:
        print_json({**whole, **page})
        return
    print_page(page, COLUMNS, (_row(one) for one in page["items"]), none="Nothing ended in this time.")
    safe = whole["safe_fallback"]
    if safe["runs"]:
        median = duration(safe["p50_s"] * 1_000) if safe["p50_s"] is not None else NOTHING
        click.echo(
            f"{safe['runs']} runs in trouble, safe after {median} (median); {safe['still_open']} not yet"
        )


@reliability.command("series")
@click.option(
    "--metric", type=click.Choice(METRICS), default="task_success", show_default=True, help="What is counted."
)
@every_option
@click.option("--agent", default="", metavar="AGENT", help="Only this agent.")
@click.option("--version", default="", metavar="VERSION", help="Only this version.")
@period_options
@json_option
@csv_option
@asks_server
def series(server: Server, *, as_data: bool, as_csv: bool, **said: Any) -> None:
    """Show one metric over time; where nothing was counted is a gap."""
    query = {**read_period(said), **said}
    if as_csv:
        click.echo(server.table("/v1/reliability/series", query, limit=1_000), nl=False)
        return
    found = server.get("/v1/reliability/series", query)
    if as_data:
        print_json(found)
        return
    rows = (
        (short_time(one["at"]), _ratio(one), f"{one['good']} of {one['total']}") for one in found["items"]
    )
    print_table(("from", said["metric"].replace("_", " "), "counted"), rows)


@reliability.command("escalations")
@click.option("--agent", default="", metavar="AGENT", help="Only this agent.")
@period_options
@json_option
@csv_option
@asks_server
def escalations(server: Server, *, as_data: bool, as_csv: bool, **said: Any) -> None:
    """Say why people were asked and runs were stopped, the most frequent reason first."""
    query = {**read_period(said), **said}
    if as_csv:
        click.echo(server.table("/v1/reliability/escalations", query, limit=1_000), nl=False)
        return
    found = server.get("/v1/reliability/escalations", query)
    if as_data:
        print_json(found)
        return
    rows = (
        (one["verdict"], one["rule"] or one["stage"], f"{one['count']:,}", f"{one['share']:.0%}",
         ", ".join(one["agents"]), one["last_run"])
        for one in found["items"]
    )  # fmt: skip
    columns = ("verdict", "rule", "times", "share", "agents", "last run")
    print_page(
        {**found, "next": None}, columns, rows, none="Nobody was asked and nothing stopped in this time."
    )


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    name = f"{one['agent']}@{one['version']}" if one["version"] else one["agent"]
    ratios = (_ratio(one[key]) for key in ("task_success", "tool_validity", "tool_success", "postconditions"))
    slow = (duration(one[kind]["p95_ms"]) or NOTHING for kind in ("model", "tool"))
    return (name, f"{one['runs']:,}", f"{one['unproven']:,}", *ratios, f"{one['loops']:,}", *slow)


def _ratio(one: Mapping[str, Any]) -> str:
    if one["value"] is None:
        return NOTHING
    return f"{one['value']:.1%} ({one['low']:.1%} to {one['high']:.1%})"
