"""`holdfast gateway`: governing agents by their base URL: keys, providers, routes, and how it all does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from holdfast.cli.gateway_keys import keys
from holdfast.cli.gateway_providers import providers
from holdfast.cli.gateway_routes import routes
from holdfast.cli.printing import (
    NOTHING,
    json_option,
    limit_option,
    print_facts,
    print_json,
    print_page,
    print_table,
    usd,
)
from holdfast.cli.server import Server, asks_server

WORKERS: Final = (
    "worker",
    "pid",
    "state",
    "connections",
    "streams",
    "requests",
    "a second",
    "own",
    "rss",
)
UPSTREAMS: Final = ("provider", "circuit", "requests", "errors", "median", "first token")
CALLS: Final = (
    "step",
    "agent",
    "model",
    "state",
    "verdict",
    "in",
    "out",
    "cost",
    "first token",
    "own",
)


@click.group()
def gateway() -> None:
    """Govern agents by changing their base URL: keys, providers, routes and status of the model gateway."""


for _command in (keys, providers, routes):
    gateway.add_command(_command)


@gateway.command("status")
@json_option
@asks_server
def status(server: Server, *, as_data: bool) -> None:
    """Show where it listens, its workers, how the providers do, and what the caches saved."""
    found = server.get("/v1/gateway")
    if as_data:
        print_json(found)
        return
    cache = found["cache"]
    asked = cache["hits"] + cache["misses"]
    print_facts(
        {
            "base URL": found["url"] or NOTHING,
            "problem": "\n".join(filter(None, [found["problem"], *found["problems"]])),
            "cache": f"{cache['hits']} of {asked} calls, {usd(cache['avoided_usd'])} avoided"
            if asked
            else "",
            "turned away": ", ".join(f"{count} {code}" for code, count in found["turned_away"].items()),
        }
    )
    if found["workers"]:
        click.echo()
        print_table(WORKERS, (_worker(one) for one in found["workers"]))
    if found["providers"]:
        click.echo()
        print_table(UPSTREAMS, (_upstream(one) for one in found["providers"]))


@gateway.command("calls")
@click.option("--live", is_flag=True, help="Only those under way.")
@limit_option()
@json_option
@asks_server
def calls(server: Server, *, live: bool, limit: int, as_data: bool) -> None:
    """List calls under way, then the latest that ended."""
    page = server.page("/v1/gateway/calls", {"live": "true" if live else None}, limit=limit)
    if as_data:
        print_json(page)
        return
    print_page(page, CALLS, (_call(one) for one in page["items"]), none="No call came by lately.")


def _worker(one: Mapping[str, Any]) -> tuple[str, ...]:
    counts = (one["connections"], one["streams"], one["requests"])
    own = NOTHING if one["own_us"] is None else f"{one['own_us']:.0f} µs"
    rate, rss = f"{one['rate']:.1f}", f"{one['rss_mb']:.0f} MB"
    return (one["name"], str(one["pid"]), one["state"], *map(str, counts), rate, own, rss)


def _upstream(one: Mapping[str, Any]) -> tuple[str, ...]:
    said = (one["name"], one["state"], str(one["requests"]), str(one["errors"]))
    return (*said, _ms(one["p50_ms"]), _ms(one["ttft_ms"]))


def _call(one: Mapping[str, Any]) -> tuple[str, ...]:
    tokens = (NOTHING if one[name] is None else str(one[name]) for name in ("tokens_in", "tokens_out"))
    model = f"{one['provider']}/{one['model']}".strip("/")
    own = NOTHING if one["own_us"] is None else f"{one['own_us']} µs"
    said = (one["id"], one["agent"], model or NOTHING, one["state"], one["verdict"] or NOTHING)
    return (*said, *tokens, usd(one["cost_usd"]), _ms(one["ttft_ms"]), own)


def _ms(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.0f} ms"
