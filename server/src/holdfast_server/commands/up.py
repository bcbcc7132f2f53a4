"""`holdfast up`: the server in one process."""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from holdfast_server.commands.serve import Listening

EXIT_FAILED: Final = 1
EXIT_MISCONFIGURED: Final = 2


@click.command()
@click.option("--host", help="Address to listen on; anything but loopback needs access.key.")
@click.option("--port", type=int, help="Console, API and OTLP; 0 takes any free port.")
@click.option("--otlp-port", type=int, help="The standard OTLP port; -1 leaves it alone.")
@click.option("--grpc-port", type=int, help="OTLP over gRPC; -1 leaves it alone, 0 takes any free port.")
@click.option("--gateway-port", type=int, help="Where agents send model calls; -1 starts no gateway.")
@click.option("--data", type=click.Path(path_type=Path), help="Data folder; one process owns it.")
@click.option(
    "--policies", type=click.Path(path_type=Path), help="Policy file or folder, watched for changes."
)
@click.option("--open", "open_browser", is_flag=True, help="Open the console in a browser.")
@click.option("--json", "as_json", is_flag=True, help="Say where it listens as one JSON line.")
def up(
    *,
    host: str | None,
    port: int | None,
    otlp_port: int | None,
    grpc_port: int | None,
    gateway_port: int | None,
    data: Path | None,
    policies: Path | None,
    open_browser: bool,
    as_json: bool,
) -> None:
    """Run everything until it is told to stop; the model gateway in a process beside this one.

    Exit codes: 0 stopped on request, 1 failed while running, 2 a setting, a policy or the data folder must be
    fixed first.
    """
    gc.disable()  # a seventh of a start is looking for garbage where there is none yet; serving looks again
    from holdfast_server.errors import HoldfastError, Misconfigured
    from holdfast_server.kit.folder import HeldFolder
    from holdfast_server.settings import load_settings

    def announce(listening: Listening) -> None:
        click.echo(_as_json(listening) if as_json else _as_line(listening))
        sys.stdout.flush()
        if open_browser:
            click.launch(listening.url)

    try:
        http = {"host": host, "port": port, "otlp_port": otlp_port, "grpc_port": grpc_port}
        settings = load_settings(http=http, gateway={"port": gateway_port}, data=data, policies=policies)
        with HeldFolder(settings.data):
            # Only whoever has the folder pays for these imports, and the slowest engine opens beside them.
            from holdfast_server.engines import begin_span_store

            spans = begin_span_store(settings)

            from holdfast_server.commands.serve import serve

            serve(settings, announce, spans)
    except HoldfastError as error:
        click.echo(f"holdfast: {error}", err=True)
        sys.exit(EXIT_MISCONFIGURED if isinstance(error, Misconfigured) else EXIT_FAILED)


def _as_json(listening: Listening) -> str:
    said = {
        "url": listening.url,
        "otlp_port": listening.otlp_port,
        "gateway_port": listening.gateway_port,
        "data": str(listening.data),
        "pid": os.getpid(),
    }
    return json.dumps(said)


def _as_line(listening: Listening) -> str:
    otlp = "OTLP on the same port"
    if listening.otlp_port is not None:
        otlp = f"OTLP also on port {listening.otlp_port}"
    elif listening.otlp_wanted is not None:
        otlp = f"port {listening.otlp_wanted} is taken, so OTLP on the same port only"
    parts = [f"Holdfast is up: {listening.url}", f"data in {listening.data}", otlp]
    if listening.gateway_port is not None:
        port = f"port {listening.gateway_port}" if listening.gateway_port else "a free port"
        parts.append(f"model gateway on {port}")
    return "  ·  ".join(parts)
