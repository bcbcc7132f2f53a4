"""`holdfast costs`: what was spent, by whom and for whom, what it will come to, and what was billed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from holdfast.cli.listing import Listing
from holdfast.cli.period import csv_option, every_option, period_options, read_period
from holdfast.cli.person import by_option
from holdfast.cli.printing import (
    NOTHING,
    json_option,
    limit_option,
    print_facts,
    print_json,
    print_page,
    print_table,
    short_time,
    usd,
)
from holdfast.cli.server import Server, asks_server, segment

F = TypeVar("F", bound=Callable[..., Any])

BY: Final = ("agent", "version", "team", "workflow", "tool", "model", "customer", "release", "tag")
COLUMNS: Final = (
    "",
    "cost",
    "share",
    "before",
    "calls",
    "tokens in",
    "tokens out",
    "by success",
    "succeeded",
)
PROVIDERS: Final = ("openai", "anthropic", "google", "azure", "aws")


def filter_options(command: F) -> F:
    """Only costs of this agent, team, model …."""
    for name in reversed(BY):
        command = click.option(f"--{name}", default="", metavar=name.upper(), help=f"Only of this {name}.")(
            command
        )
    return command


@click.group(cls=Listing)
def costs() -> None:
    """See what was spent, forecast it, and compare it with invoices."""


@costs.command("list")
@click.option("--by", type=click.Choice(BY), default="agent", show_default=True, help="What to add up by.")
@period_options
@filter_options
@limit_option()
@json_option
@csv_option
@asks_server
def list_costs(server: Server, *, by: str, limit: int, as_data: bool, as_csv: bool, **said: Any) -> None:
    """Add up costs by one name, the dearest first.

    \b
    holdfast costs --by customer --days 30
    holdfast costs --by model --agent refunds --csv > models.csv
    """
    query = {"by": by, **read_period(said), **said}
    if as_csv:
        click.echo(server.table("/v1/costs", query, limit=limit), nl=False)
        return
    page = server.page("/v1/costs", query, limit=limit)
    if as_data:
        print_json({**server.get("/v1/costs", {**query, "limit": 1}), **page})
        return
    none = "Nothing was spent in this time. `holdfast.init()` in a program makes it count."
    print_page(page, (by, *COLUMNS[1:]), (_row(one) for one in page["items"]), none=none)


@costs.command("series")
@click.option("--by", type=click.Choice(BY), help="Apart by this name; all together without it.")
@every_option
@period_options
@filter_options
@json_option
@csv_option
@asks_server
def series(server: Server, *, by: str | None, every: str, as_data: bool, as_csv: bool, **said: Any) -> None:
    """Show costs over time; what is not known is a gap, never zero."""
    query = {"by": by, "every": every, **read_period(said), **said}
    if as_csv:
        click.echo(server.table("/v1/costs/series", query, limit=1_000), nl=False)
        return
    found = server.get("/v1/costs/series", query)
    if as_data:
        print_json(found)
        return
    rows = (
        (short_time(point["at"]), usd(point["total_usd"]), *(usd(value) for value in point["values"]))
        for point in found["items"]
    )
    print_table(("from", "total", *(key or "(none)" for key in found["keys"])), rows)


@costs.command("forecast")
@click.option("--run", default="", metavar="RUN", help="What this run will have cost at its end.")
@click.option(
    "--budget", default="", metavar="ID", help="What this budget will have used, and whether it lasts."
)
@click.option(
    "--window",
    type=click.Choice(("day", "week", "month")),
    default="month",
    show_default=True,
    help="The present day, week or month, when it is of no run and no budget.",
)
@click.option("--time-zone", default="UTC", metavar="ZONE", help="Whose midnights count.")
@filter_options
@json_option
@asks_server
def forecast(server: Server, *, as_data: bool, **said: Any) -> None:
    """Say what a run, a budget or a calendar window will have cost in the end.

    \b
    holdfast costs forecast --window month --time-zone Europe/Berlin
    holdfast costs forecast --run 4bf92f3577b34da6a3ce929d0e0e4736
    """
    found = server.get("/v1/costs/forecast", said)
    if as_data:
        print_json(found)
        return
    print_facts(_forecast_facts(found))


@costs.command("anomalies")
@period_options
@filter_options
@limit_option()
@json_option
@csv_option
@asks_server
def anomalies(server: Server, *, limit: int, as_data: bool, as_csv: bool, **said: Any) -> None:
    """List runs and hours that cost far more than the same agent's own past."""
    query = {**read_period(said), **said}
    if as_csv:
        click.echo(server.table("/v1/costs/anomalies", query, limit=limit), nl=False)
        return
    page = server.page("/v1/costs/anomalies", query, limit=limit)
    if as_data:
        print_json(page)
        return
    rows = (
        (one["kind"], one["agent"], one["run"] or NOTHING, short_time(one["at"]), usd(one["cost_usd"]),
         usd(one["usual_usd"]), f"{one['times']:,.0f} times", f"{one['false_alarm_rate']:.1%}")
        for one in page["items"]
    )  # fmt: skip
    columns = ("what", "agent", "run", "at", "cost", "usual", "that is", "false alarms")
    print_page(page, columns, rows, none="Nothing cost far more than usual in this time.")


@costs.command("what-if")
@click.argument("instead", metavar="MODEL")
@click.option(
    "--provider", default="", metavar="NAME", help="Who would be asked; the model's maker otherwise."
)
@period_options
@filter_options
@json_option
@csv_option
@asks_server
def what_if(server: Server, *, instead: str, provider: str, as_data: bool, as_csv: bool, **said: Any) -> None:
    """Price the recorded tokens as if MODEL had been asked."""
    # `--model` filters what was asked; the argument says what would have been.
    query = {**read_period(said), **said, "model_instead": instead, "provider_instead": provider}
    if as_csv:
        click.echo(server.table("/v1/costs/what-if", query, limit=1_000), nl=False)
        return
    found = server.get("/v1/costs/what-if", query)
    if as_data:
        print_json(found)
        return
    rows = (
        ("/".join(filter(None, (one["provider"], one["model"]))), f"{one['calls']:,}", usd(one["cost_usd"]),
         usd(one["would_cost_usd"]), _signed(one["difference_usd"]))
        for one in found["items"]
    )  # fmt: skip
    print_table(("asked", "calls", "cost", "would cost", "difference"), rows)
    click.echo(f"together {usd(found['cost_usd'])}, would be {usd(found['would_cost_usd'])}")
    for warning in found["warnings"]:
        click.echo(f"note: {warning}", err=True)


@costs.command("invoices")
@limit_option()
@json_option
@csv_option
@asks_server
def invoices(server: Server, *, limit: int, as_data: bool, as_csv: bool) -> None:
    """List the invoices that were imported."""
    if as_csv:
        click.echo(server.table("/v1/invoices", limit=limit), nl=False)
        return
    page = server.page("/v1/invoices", limit=limit)
    if as_data:
        print_json(page)
        return
    rows = (
        (one["id"], one["provider"], one["name"], one["first_day"], one["last_day"], usd(one["billed_usd"]))
        for one in page["items"]
    )
    none = "No invoice was imported. `holdfast costs import FILE` takes a provider's CSV export."
    print_page(page, ("invoice", "provider", "name", "from", "to", "billed"), rows, none=none)


@costs.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--provider", type=click.Choice(PROVIDERS), help="Whose it is, when its columns do not tell.")
@by_option
@json_option
@asks_server
def import_invoice(server: Server, *, file: Path, provider: str | None, by: str, as_data: bool) -> None:
    """Import a provider's cost export; importing it twice is the same as once."""
    query = {"name": file.name, "by": by, "provider": provider}
    made = server.upload("/v1/invoices", file.read_bytes(), kind="text/csv", query=query)
    if as_data:
        print_json(made)
        return
    click.echo(f"{made['id']}  {made['provider']}, {made['lines']} lines, {usd(made['billed_usd'])}")
    click.echo(f"holdfast costs explain {made['id']}")


@costs.command("explain")
@click.argument("invoice", metavar="ID")
@limit_option(200)
@json_option
@csv_option
@asks_server
def explain(server: Server, *, invoice: str, limit: int, as_data: bool, as_csv: bool) -> None:
    """Say by model and day why an invoice and the books differ."""
    path = f"/v1/invoices/{segment(invoice)}/variance"
    if as_csv:
        click.echo(server.table(path, limit=limit), nl=False)
        return
    page = server.page(path, limit=limit)
    if as_data:
        print_json({**server.get(path, {"limit": 1}), **page})
        return
    whole = server.get(path, {"limit": 1})
    rows = (
        (one["day"], one["model"] or "(no model)", usd(one["billed_usd"]), usd(one["recorded_usd"]),
         _signed(one["difference_usd"]), one["reason"].replace("_", " "))
        for one in page["items"]
    )  # fmt: skip
    print_page(
        page, ("day", "model", "billed", "recorded", "difference", "because"), rows, none="It is empty."
    )
    click.echo(f"billed {usd(whole['billed_usd'])}, recorded {usd(whole['recorded_usd'])}; ", nl=False)
    click.echo(f"of the differences {usd(whole['unexplained_usd'])} have no reason")


@click.command("signal")
@click.argument("name", metavar="NAME")
@click.option("--run", default="", metavar="RUN", help="Which run it is about.")
@click.option("--session", default="", metavar="SESSION", help="Or all of which session.")
@click.option("--success/--failure", required=True, help="Whether it was worth it.")
@click.option("--value-usd", type=float, help="What it was worth.")
@click.option("--note", default="", help="A sentence for those who read it later.")
@by_option
@json_option
@asks_server
def signal(server: Server, *, as_data: bool, **said: Any) -> None:
    """Tell Holdfast what the business says of a run: NAME is what was looked at."""
    body = {name: value for name, value in said.items() if value not in ("", None)}
    made = server.ask("POST", "/v1/signals", body=body)
    if as_data:
        print_json(made)
        return
    about = made["run"] or made["session"]
    click.echo(f"{made['id']}  {about}: {made['name']} {'succeeded' if made['success'] else 'failed'}")


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    told: Mapping[str, Any] = one["per_success"] or {}
    proven = told.get("succeeded", 0), told.get("failed", 0), told.get("unproven", 0)
    judged = f"{proven[0]} of {proven[0] + proven[1]}" + (f", {proven[2]} unproven" if proven[2] else "")
    return (
        one["key"] or "(none)",
        usd(one["cost_usd"], unpriced=one["unpriced_calls"]),
        f"{one['share']:.1%}",
        usd(one["before_usd"]),
        f"{one['calls']:,}",
        f"{one['tokens_in']:,}",
        f"{one['tokens_out']:,}",
        usd(told.get("cost_usd")),
        judged if told else NOTHING,
    )


def _forecast_facts(found: Mapping[str, Any]) -> dict[str, str]:
    told = found["calibration"]
    between = f"{usd(found['low_usd'])} to {usd(found['high_usd'])}" if found["high_usd"] is not None else ""
    held = (
        f"such intervals held {told['measured']:.0%} of {told['cases']:,} times: {told['on']}" if told else ""
    )
    over = found["chance_over"]
    return {
        "of": " ".join(filter(None, (found["subject"], found["key"]))),
        "spent": usd(found["spent_usd"], unpriced=found["unpriced_calls"]),
        "burns": f"{usd(found['burn_usd_per_hour'])} an hour",
        "expected": usd(found["expected_usd"]) if found["expected_usd"] is not None else "nobody knows",
        "between": between,
        "ends": short_time(found["ends_at"]) if found["ends_at"] else "",
        "limit": usd(found["limit_usd"]) if found["limit_usd"] is not None else "",
        "over it": f"{over:.0%} likely" if over is not None else "",
        "runs out": short_time(found["runs_out_at"]) if found["runs_out_at"] else "",
        "by": f"{found['method']}, from {found['basis']:,}" if found["method"] != "none" else "",
        "measured": held,
        "note": found["note"],
    }


def _signed(value: float | None) -> str:
    return NOTHING if value is None else f"{'+' if value > 0 else '-' if value < 0 else ''}{usd(abs(value))}"
