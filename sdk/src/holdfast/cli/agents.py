"""`holdfast agents`: who has been seen, in which version, owned by whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from holdfast.cli.listing import Listing
from holdfast.cli.printing import json_option, limit_option, print_json, print_page, short_time
from holdfast.cli.server import Server, asks_server

COLUMNS: Final = ("agent", "version", "owner", "framework", "runs", "tools", "models", "last seen")


@click.group(cls=Listing)
def agents() -> None:
    """List the agents a server knows."""


@agents.command("list")
@limit_option()
@json_option
@asks_server
def list_agents(server: Server, *, limit: int, as_data: bool) -> None:
    """List agents, one row a version."""
    page = server.page("/v1/agents", limit=limit)
    if as_data:
        print_json(page)
        return
    print_page(page, COLUMNS, (_row(agent) for agent in page["items"]), none="No agent has been seen yet.")


def _row(agent: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        agent["agent"],
        agent["version"],
        agent["owner"],
        agent["framework"],
        str(agent["runs"]),
        _shortened(agent["tools"]),
        ", ".join(agent["models"]),
        short_time(agent["last_seen"]),
    )


def _shortened(tools: list[str], shown: int = 4) -> str:
    more = len(tools) - shown
    return ", ".join(tools[:shown]) + (f" and {more} more" if more > 0 else "")
