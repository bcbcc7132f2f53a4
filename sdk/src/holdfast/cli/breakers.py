"""`holdfast breakers`: what agents take for down, and closing it by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from holdfast.cli.listing import Listing
from holdfast.cli.person import by_option
from holdfast.cli.printing import json_option, print_json, print_page, short_time
from holdfast.cli.server import Server, asks_server, segment

COLUMNS: Final = ("scope", "name", "state", "failures", "opened", "tried again", "processes", "reason")
SCOPES: Final = ("tool", "model", "dependency")


@click.group(cls=Listing)
def breakers() -> None:
    """List what agents take for down, or close a breaker."""


@breakers.command("list")
@json_option
@asks_server
def list_breakers(server: Server, *, as_data: bool) -> None:
    """List breakers that are not closed or have failures, the worst first."""
    found = server.get("/v1/breakers")
    if as_data:
        print_json(found)
        return
    print_page(found, COLUMNS, (_row(one) for one in found["items"]), none="Nothing is taken for down.")


@breakers.command("reset")
@click.argument("scope", type=click.Choice(SCOPES))
@click.argument("name")
@by_option
@json_option
@asks_server
def reset(server: Server, *, scope: str, name: str, by: str, as_data: bool) -> None:
    """Close a breaker in every process that listens."""
    stood = server.ask("POST", f"/v1/breakers/{scope}/{segment(name)}/reset", body={"by": by})
    if as_data:
        print_json(stood)
    else:
        click.echo(f"Reset by {by}: the {scope} {name}, which was {stood['state']}, is called again.")


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        one["scope"],
        one["name"],
        one["state"],
        str(one["failures"]),
        short_time(one["opened_at"]),
        short_time(one["retry_at"]),
        str(len(one["processes"])),
        one["reason"],
    )
