"""`holdfast serve`: everything in one process, or one part of it alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final, Literal

import click

from holdfast_server.commands.up import EXIT_FAILED, EXIT_MISCONFIGURED, up

ROLES: Final = ("all", "gateway")


@click.command()
@click.option("--role", type=click.Choice(ROLES), default="all", show_default=True, help="What to serve.")
@click.option("--data", type=click.Path(path_type=Path), help="Data folder.")
@click.option("--server", metavar="URL", help="The server that leases, approvals and records go to.")
@click.option("--gateway-port", type=int, help="Where agents send model calls; 0 takes any free port.")
@click.option("--beside", is_flag=True, hidden=True, help="End when the input does.")
@click.pass_context
def serve(
    ctx: click.Context,
    *,
    role: Literal["all", "gateway"],
    data: Path | None,
    server: str | None,
    gateway_port: int | None,
    beside: bool,
) -> None:
    """Serve everything, or the model gateway alone.

    The gateway alone reads keys, providers, routes and policies from the control state (stores.control),
    opens provider secrets with HOLDFAST_VAULT_KEY, and sends what it records to the server.

    \b
    HOLDFAST_STORES__CONTROL=postgresql://holdfast@db/holdfast HOLDFAST_VAULT_KEY=… \\
      holdfast serve --role gateway --server https://holdfast.example

    Exit codes: 0 stopped on request, 1 failed while running, 2 something must be fixed first.
    """
    if role == "all":
        ctx.invoke(up, data=data, gateway_port=gateway_port)
        return
    from holdfast_server.errors import HoldfastError, Misconfigured
    from holdfast_server.settings import load_settings

    try:
        settings = load_settings(http={}, gateway={"port": gateway_port}, data=data)
        from holdfast_server.commands.gateway import run_gateway

        address = server or settings.gateway.server or f"http://127.0.0.1:{settings.http.port}"
        run_gateway(settings, address, beside=beside)
    except HoldfastError as error:
        click.echo(f"holdfast: {error}", err=True)
        sys.exit(EXIT_MISCONFIGURED if isinstance(error, Misconfigured) else EXIT_FAILED)
