"""`holdfast retention`: how long what is kept, and what nobody may delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from holdfast.cli.person import by_option
from holdfast.cli.printing import json_option, print_json, print_page, short_time
from holdfast.cli.server import Server, asks_server, segment

FOREVER: Final = "forever"
HOLDS: Final = ("hold", "scope", "target", "by", "since", "reason")


@click.group()
def retention() -> None:
    """Say how long what is kept, and hold what must not be deleted."""


@retention.command("show")
@json_option
@asks_server
def show(server: Server, *, as_data: bool) -> None:
    """Show the rules, the holds in force, and how much is kept."""
    told = server.ask("GET", "/v1/retention")
    if as_data:
        print_json(told)
        return
    for rule in told["rules"]:
        by = f", set by {rule['by']}" if rule["by"] else ""
        click.echo(f"{rule['kind']:8} {_days(rule['days'])}{by}")
    spans = sum(day["spans"] for day in told["days"])
    click.echo(f"{spans} spans of {len(told['days'])} days, {told['payloads']} large payloads")
    most = told["data_bytes_max"]
    click.echo(
        f"{_size(told['data_bytes'])} on the disk"
        + (f" of {_size(most)} allowed" if most else "")
        + f", {_size(told['disk_free_bytes'])} free"
        + f"; below {_size(told['disk_free_bytes_min'])} nothing more is taken in"
    )
    page = {"items": told["holds"], "next": None}
    print_page(page, HOLDS, (_row(one) for one in told["holds"]), none="Nothing is held.")


@retention.command("set")
@click.argument("kind", type=click.Choice(["payload", "span", "sum"]))
@click.argument("days", metavar=f"DAYS|{FOREVER}")
@by_option
@json_option
@asks_server
def set_rule(server: Server, *, kind: str, days: str, by: str, as_data: bool) -> None:
    """Keep what was said (payload), all about spans (span) or what it adds up to (sum) for so many days."""
    if days != FOREVER and not days.isdecimal():
        raise click.BadParameter(f"{days} is neither a number of days nor `{FOREVER}`", param_hint="DAYS")
    asked = {"days": None if days == FOREVER else int(days), "by": by}
    rule = server.ask("PUT", f"/v1/retention/{kind}", body=asked)
    if as_data:
        print_json(rule)
    else:
        click.echo(f"{kind} is kept {_days(rule['days'])}.")


@retention.command("hold")
@click.argument("scope", type=click.Choice(["project", "agent", "session", "run"]))
@click.argument("target", default="")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is shown beside the hold.")
@by_option
@json_option
@asks_server
def hold(server: Server, *, scope: str, target: str, reason: str, by: str, as_data: bool) -> None:
    """Keep an agent's, a session's, a run's or all spans, whatever the rules say."""
    made = server.ask(
        "POST", "/v1/holds", body={"scope": scope, "target": target, "reason": reason, "by": by}
    )
    if as_data:
        print_json(made)
    else:
        named = f"{scope} {target}".strip()
        click.echo(f"Held by {by}: {named}. Release it with: holdfast retention release {made['id']}")


@retention.command("release")
@click.argument("hold_id", metavar="ID")
@by_option
@json_option
@asks_server
def release(server: Server, *, hold_id: str, by: str, as_data: bool) -> None:
    """Let the rules have it again."""
    released = server.ask("DELETE", f"/v1/holds/{segment(hold_id)}", body={"by": by})
    if as_data:
        print_json(released)
    else:
        click.echo(f"Released by {by}: {released['scope']} {released['target']}".rstrip())


@retention.command("sweep")
@click.option("--dry", is_flag=True, help="Only say what would go.")
@json_option
@asks_server
def sweep(server: Server, *, dry: bool, as_data: bool) -> None:
    """Delete what is past its time now, rather than within the hour."""
    swept = server.ask("POST", "/v1/retention/sweep", query={"dry": str(dry).lower()})
    if as_data:
        print_json(swept)
        return
    click.echo("Would delete:" if dry else "Deleted:")
    click.echo(f"  spans of {len(swept['days_dropped'])} days, content of {len(swept['days_emptied'])} days")
    click.echo(f"  {swept['runs']} runs, {swept['steps']} steps, {swept['payloads']} large payloads")
    click.echo(f"  {swept['sums']} sums of costs and conduct")
    if swept["held_traces"]:
        click.echo(f"  {swept['held_traces']} traces are held and stay")


def _days(days: int | None) -> str:
    return FOREVER if days is None else f"{days} days"


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    return one["id"], one["scope"], one["target"], one["by"], short_time(one["at"]), one["reason"]
