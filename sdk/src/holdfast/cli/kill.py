"""`holdfast kill`: stop an agent, a run, a tool or everything, now; and let it act again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from holdfast.cli.person import by_option
from holdfast.cli.printing import json_option, limit_option, print_json, print_page, short_time
from holdfast.cli.server import Server, asks_server, segment

SCOPES: Final = {
    "org": "everything: every agent of this server",
    "agent": "every run of an agent",
    "session": "every run of a session",
    "run": "one run",
    "tool": "every use of a tool",
    "model": "every use of a model, given as provider/model",
}
COLUMNS: Final = ("kill", "scope", "target", "by", "ordered", "reason", "lifted", "seen by")


@click.group()
def kill() -> None:
    """Stop agents, tools or everything, until lifted."""


@click.command("list")
@click.option("--active", is_flag=True, help="Only those in force.")
@limit_option()
@json_option
@asks_server
def list_kills(server: Server, *, active: bool, limit: int, as_data: bool) -> None:
    """List kills, newest first."""
    page = server.page("/v1/kills", {"active": "true" if active else ""}, limit=limit)
    if as_data:
        print_json(page)
        return
    print_page(page, COLUMNS, (_row(one) for one in page["items"]), none="No kill is known.")


@kill.command("lift")
@click.argument("order", metavar="ID")
@by_option
@json_option
@asks_server
def lift(server: Server, *, order: str, by: str, as_data: bool) -> None:
    """Let it act again; runs that were stopped stay stopped."""
    lifted = server.ask("DELETE", f"/v1/kills/{segment(order)}", body={"by": by})
    if as_data:
        print_json(lifted)
    else:
        click.echo(f"Lifted by {by}: {_named(lifted['scope'], lifted['target'])} may act again.")


def _order(scope: str, stops: str) -> click.Command:
    """The command that kills one scope."""

    @click.command(scope, help=f"Stop {stops}.")
    @click.option("--reason", default="", metavar="TEXT", help="Why; agents and people are told.")
    @click.option("--yes", is_flag=True, help="Do not ask whether you are sure.")
    @by_option
    @json_option
    @asks_server
    def order(server: Server, *, reason: str, yes: bool, by: str, as_data: bool, target: str = "") -> None:
        named = _named(scope, target)
        if not yes:
            click.confirm(f"Stop {named} at {server.url}?", abort=True, err=True)
        body = {"scope": scope, "target": target, "reason": reason, "by": by}
        ordered = server.ask("POST", "/v1/kills", body=body)
        if as_data:
            print_json(ordered)
        else:
            click.echo(f"Killed by {by}: {named}. Lift it with: holdfast kill lift {ordered['id']}")

    if scope != "org":
        order.params.insert(0, click.Argument(["target"], metavar="TARGET"))
    return order


kill.add_command(list_kills)
for _scope, _stops in SCOPES.items():
    kill.add_command(_order(_scope, _stops))


def _named(scope: str, target: str) -> str:
    return f"{scope} {target}".strip() if scope != "org" else "everything"


def _row(order: Mapping[str, Any]) -> tuple[str, ...]:
    seen = order["seen"]
    slowest = max((one["latency_ms"] for one in seen), default=0.0)
    return (
        order["id"],
        order["scope"],
        order["target"],
        order["by"],
        short_time(order["at"]),
        order["reason"],
        short_time(order["lifted_at"]),
        f"{len(seen)}, in {slowest:.0f} ms" if seen else "",
    )
