"""`holdfast gateway routes`: names that clients use as a model, and the models they lead to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from holdfast.cli.listing import Listing
from holdfast.cli.person import by_option
from holdfast.cli.printing import NOTHING, json_option, limit_option, print_json, print_page, print_table
from holdfast.cli.server import Server, asks_server, segment

STRATEGIES: Final = ("order", "weight", "latency", "cost")
COLUMNS: Final = ("route", "leads to", "strategy", "tries", "cache", "problem")


@click.group("routes", cls=Listing)
def routes() -> None:
    """Let a name that clients use as a model lead to models."""


@routes.command("list")
@limit_option()
@json_option
@asks_server
def list_routes(server: Server, *, limit: int, as_data: bool) -> None:
    """List routes."""
    page = server.page("/v1/gateway/routes", limit=limit)
    if as_data:
        print_json(page)
        return
    none = "There is no route. Make one: holdfast gateway routes set fast --to openai/gpt-5-mini"
    print_page(page, COLUMNS, (_route(one) for one in page["items"]), none=none)


@routes.command("set")
@click.argument("alias")
@click.option(
    "--to", "targets", multiple=True, required=True, metavar="PROVIDER/MODEL[=WEIGHT]", help="In this order."
)
@click.option("--strategy", type=click.Choice(STRATEGIES), default="order", show_default=True, help="Which.")
@click.option("--tries", type=click.IntRange(1, 32), default=3, show_default=True, help="Targets tried.")
@click.option(
    "--hedge-ms",
    type=click.IntRange(0, 60_000),
    default=0,
    show_default=True,
    help="Ask a second target too after so long without a first byte; 0 never does.",
)
@click.option("--cache", type=click.Choice(("exact", "semantic")), multiple=True, help="Give answers again.")
@click.option("--embeddings", metavar="PROVIDER/MODEL", help="What compares meanings; else the local model.")
@click.option("--ttl", "ttl_s", type=float, default=300, show_default=True, help="For how many seconds.")
@by_option
@json_option
@asks_server
def set_route(
    server: Server, *, alias: str, targets: tuple[str, ...], cache: tuple[str, ...], ttl_s: float,
    embeddings: str | None, as_data: bool, **said: Any,
) -> None:  # fmt: skip
    """Store a route; the API takes everything else that a route can say.

    \b
    holdfast gateway routes set fast --to openai/gpt-5-mini --to anthropic/claude-haiku-4-5
    holdfast gateway routes set shared --strategy weight --to eu/llama=3 --to us/llama=1
    """
    body = said | {"targets": [_target(one) for one in targets]}
    if cache:
        meaning = {"embeddings": embeddings} if embeddings else {}
        body["cache"] = {"ttl_s": ttl_s, **dict.fromkeys(cache, True), **meaning}
    stored = server.ask("PUT", f"/v1/gateway/routes/{segment(alias)}", body=body)
    if as_data:
        print_json(stored)
    else:
        print_table(COLUMNS, [_route(stored)])


@routes.command("remove")
@click.argument("alias")
@by_option
@json_option
@asks_server
def remove_route(server: Server, *, alias: str, by: str, as_data: bool) -> None:
    """Forget a route."""
    gone = server.ask("DELETE", f"/v1/gateway/routes/{segment(alias)}", body={"by": by})
    if as_data:
        print_json(gone)
    else:
        click.echo(f"Removed by {by}: {gone['alias']}.")


def _route(one: Mapping[str, Any]) -> tuple[str, ...]:
    weighs = one["strategy"] == "weight"
    ways = (
        f"{to['provider']}/{to['model']}" + (f"={to['weight']:g}" if weighs else "") for to in one["targets"]
    )
    cache: Mapping[str, Any] = one["cache"] or {}
    kept = " and ".join(kind for kind in ("exact", "semantic") if cache.get(kind))
    said = (one["alias"], ", ".join(ways), one["strategy"], str(one["tries"]))
    return (*said, kept or "off", one["problem"] or NOTHING)


def _target(said: str) -> dict[str, Any]:
    place, equals, weight = said.rpartition("=")
    place = place if equals else said
    provider, slash, model = place.partition("/")
    if not slash or not provider or not model:
        raise click.UsageError(f"{said!r} is not PROVIDER/MODEL[=WEIGHT].")
    try:
        return {"provider": provider, "model": model, "weight": float(weight) if equals else 1.0}
    except ValueError:
        raise click.UsageError(f"{weight!r} is no weight.") from None
