"""`holdfast up`: the server in one process."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any, Final

import click

from holdfast_server.errors import HoldfastError, Misconfigured
from holdfast_server.settings import Settings, load_settings

EXIT_MISCONFIGURED: Final = 2
BACKLOG: Final = 2048


@click.command()
@click.option("--host", help="Address to listen on; anything but loopback needs access.key.")
@click.option("--port", type=int, help="Console, API and OTLP; 0 takes any free port.")
@click.option("--otlp-port", type=int, help="The standard OTLP port; -1 leaves it alone.")
@click.option("--data", type=click.Path(path_type=Path), help="Data folder; one process owns it.")
@click.option("--policies", type=click.Path(path_type=Path), help="Policy folder, watched for changes.")
@click.option("--open", "open_browser", is_flag=True, help="Open the console in a browser.")
@click.option("--json", "as_json", is_flag=True, help="Say where it listens as one JSON line.")
def up(
    *,
    host: str | None,
    port: int | None,
    otlp_port: int | None,
    data: Path | None,
    policies: Path | None,
    open_browser: bool,
    as_json: bool,
) -> None:
    """Run everything in this process until it is told to stop.

    Exit codes: 0 stopped on request, 1 failed while running, 2 a setting, a policy or the data folder must be fixed
    first.
    """
    http = {"host": host, "port": port, "otlp_port": otlp_port}
    try:
        settings = load_settings(http=http, data=data, policies=policies)
        _serve(settings, open_browser=open_browser, as_json=as_json)
    except HoldfastError as error:
        click.echo(f"holdfast: {error}", err=True)
        sys.exit(EXIT_MISCONFIGURED if isinstance(error, Misconfigured) else 1)


commands = (up,)


def _serve(settings: Settings, *, open_browser: bool, as_json: bool) -> None:
    """Take the folder, then the ports, then serve."""
    from holdfast_server.kit.folder import HeldFolder
    from holdfast_server.kit.logging import configure

    configure()
    settings.refuse_open_doors()
    folder = HeldFolder(settings.data)
    try:
        sockets, otlp_port = _listen(settings)
        _run(settings, sockets, otlp_port, open_browser=open_browser, as_json=as_json)
    finally:
        folder.release()


def _run(
    settings: Settings,
    sockets: list[socket.socket],
    otlp_port: int | None,
    *,
    open_browser: bool,
    as_json: bool,
) -> None:
    from holdfast_server.app import build_app, run

    url = f"http://{_shown(settings.http.host)}:{sockets[0].getsockname()[1]}"

    def announce() -> None:
        said: dict[str, Any] = {
            "url": url,
            "otlp_port": otlp_port,
            "data": str(settings.data),
            "pid": os.getpid(),
        }
        click.echo(json.dumps(said) if as_json else _line(settings, url, otlp_port))
        sys.stdout.flush()
        if open_browser:
            click.launch(url)

    run(build_app(settings), settings, sockets, otlp_port=otlp_port, started=announce)


def _listen(settings: Settings) -> tuple[list[socket.socket], int | None]:
    """The main port, which must be had, and the OTLP port, when it can."""
    http = settings.http
    try:
        main = _bind(http.host, http.port)
    except OSError as error:
        raise Misconfigured(
            f"port {http.port} on {http.host} cannot be had: {error.strerror}",
            hint="Stop who holds it, or choose another with --port.",
        ) from error
    sockets = [main]
    if http.otlp_port is not None:
        with contextlib.suppress(OSError):
            sockets.append(_bind(http.host, http.otlp_port))
    return sockets, sockets[1].getsockname()[1] if len(sockets) > 1 else None


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made


def _line(settings: Settings, url: str, otlp_port: int | None) -> str:
    wanted = settings.http.otlp_port
    if otlp_port is not None:
        otlp = f"OTLP also on port {otlp_port}"
    elif wanted is None:
        otlp = "OTLP on the same port"
    else:
        otlp = f"port {wanted} is taken, OTLP on the same port only"
    return f"Holdfast is up: {url}  ·  data in {settings.data}  ·  {otlp}"


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104  # shown as an address that a browser on this machine can open
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
