"""`holdfast gateway providers`: who answers model calls, and with which secret."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, Final

import click

from holdfast.cli.listing import Listing
from holdfast.cli.pairs import pairs
from holdfast.cli.person import by_option
from holdfast.cli.printing import (
    NOTHING,
    json_option,
    limit_option,
    print_facts,
    print_json,
    print_page,
    print_table,
)
from holdfast.cli.server import Server, asks_server, segment

APIS: Final = ("chat", "responses", "messages", "gemini", "embeddings", "completions", "files")
AUTHS: Final = ("bearer", "x-api-key", "api-key", "x-goog-api-key", "client", "none")
COLUMNS: Final = ("provider", "base URL", "APIs", "auth", "secret", "models", "region", "set by")


@click.group("providers", cls=Listing)
def providers() -> None:
    """Say who answers model calls, and with which secret."""


@providers.command("list")
@limit_option()
@json_option
@asks_server
def list_providers(server: Server, *, limit: int, as_data: bool) -> None:
    """List providers, in the order in which they are asked for a model that is no route."""
    page = server.page("/v1/gateway/providers", limit=limit)
    if as_data:
        print_json(page)
        return
    none = (
        "There is no provider. Start the server with OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY,\n"
    )
    none += "or store one: holdfast gateway providers set local --url http://127.0.0.1:11434 --auth none"
    print_page(page, COLUMNS, (_provider(one) for one in page["items"]), none=none)
    for one in page["items"]:
        if one["problem"]:
            click.echo(f"{one['name']}: {one['problem']}", err=True)


@providers.command("set")
@click.argument("name")
@click.option("--url", "base_url", required=True, help="What stands before /v1/…")
@click.option(
    "--api", "apis", type=click.Choice(APIS), multiple=True, help="What it speaks; chat by default."
)
@click.option("--auth", type=click.Choice(AUTHS), default="bearer", show_default=True, help="How.")
@click.option(
    "--secret-from",
    metavar="VARIABLE",
    help="The environment variable with its secret; - reads standard input.",
)
@click.option("--model", "models", multiple=True, metavar="GLOB", help="Models it has; all by default.")
@click.option("--header", "headers", multiple=True, metavar="NAME=VALUE", help="Sent with every request.")
@click.option("--region", default="", help="Where it processes data.")
@click.option("--ca-file", default="", help="PEM bundle to verify it with.")
@by_option
@json_option
@asks_server
def set_provider(
    server: Server, *, name: str, apis: tuple[str, ...], models: tuple[str, ...], headers: tuple[str, ...],
    secret_from: str | None, as_data: bool, **said: Any,
) -> None:  # fmt: skip
    """Store a provider; a secret that is not given stays as it was.

    \b
    holdfast gateway providers set openrouter --url https://openrouter.ai/api --secret-from OPENROUTER_KEY
    holdfast gateway providers set local --url http://127.0.0.1:11434 --auth none
    """
    body = said | {"headers": pairs(headers)}
    body |= {name: many for name, many in (("apis", apis), ("models", models)) if many}
    if secret_from is not None:
        body["secret"] = _read_secret(secret_from)
    stored = server.ask("PUT", f"/v1/gateway/providers/{segment(name)}", body=body)
    if as_data:
        print_json(stored)
        return
    print_table(COLUMNS, [_provider(stored)])
    if stored["problem"]:
        click.echo(f"{name}: {stored['problem']}", err=True)


@providers.command("check")
@click.argument("name")
@json_option
@asks_server
def check_provider(server: Server, *, name: str, as_data: bool) -> None:
    """Ask a provider for its models, with the stored secret; exit 1 when it does not answer well."""
    found = server.ask("POST", f"/v1/gateway/providers/{segment(name)}/check")
    if as_data:
        print_json(found)
    else:
        print_facts({"it": found["detail"], "took": f"{found['took_ms']:.0f} ms"})
        for model in found["models"]:
            click.echo(f"  {model}")
    if not found["ok"]:
        sys.exit(1)


@providers.command("remove")
@click.argument("name")
@by_option
@json_option
@asks_server
def remove_provider(server: Server, *, name: str, by: str, as_data: bool) -> None:
    """Forget a provider and its secret."""
    gone = server.ask("DELETE", f"/v1/gateway/providers/{segment(name)}", body={"by": by})
    if as_data:
        print_json(gone)
    else:
        click.echo(f"Removed by {by}: {gone['name']}.")


@providers.command("reseal")
@by_option
@json_option
@asks_server
def reseal(server: Server, *, by: str, as_data: bool) -> None:
    """Seal every stored secret with a new key of the vault."""
    done = server.ask("POST", "/v1/gateway/vault/rotate", body={"by": by})
    if as_data:
        print_json(done)
    else:
        click.echo(f"Sealed {done['secrets']} secrets with a new key.")


def _provider(one: Mapping[str, Any]) -> tuple[str, ...]:
    secret = f"…{one['secret_hint']}" if one["has_secret"] else NOTHING
    by = "the environment" if one["built_in"] else one["by"]
    said = (one["name"], one["base_url"], ", ".join(one["apis"]), one["auth"], secret)
    return (*said, ", ".join(one["models"]), one["region"] or NOTHING, by)


def _read_secret(said: str) -> str:
    """A secret from where others cannot read it: an argument stands in every list of processes."""
    if said == "-":
        return sys.stdin.readline().strip()
    secret = os.environ.get(said, "").strip()
    if not secret:
        raise click.UsageError(f"The environment variable {said} is empty or missing.")
    return secret
