"""`holdfast gateway keys`: who may call models through the gateway, as whom, and until when."""

from __future__ import annotations

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
    short_time,
    usd,
)
from holdfast.cli.server import Server, asks_server, segment

WINDOWS: Final = ("none", "day", "week", "month")
COLUMNS: Final = ("key", "name", "begins", "agent", "models", "budget", "used", "last used", "state")


@click.group("keys", cls=Listing)
def keys() -> None:
    """Make, change and revoke virtual keys."""


@keys.command("list")
@limit_option()
@json_option
@asks_server
def list_keys(server: Server, *, limit: int, as_data: bool) -> None:
    """List keys, newest first."""
    page = server.page("/v1/gateway/keys", limit=limit)
    if as_data:
        print_json(page)
        return
    none = "There is no key. Make one: holdfast gateway keys create laptop --agent coder"
    print_page(page, COLUMNS, (_key(one) for one in page["items"]), none=none)


@keys.command("create")
@click.argument("name")
@click.option("--agent", required=True, help="Whom its calls are judged as.")
@click.option("--version", default="", help="Of the agent.")
@click.option("--owner", default="", help="Who answers for the agent.")
@click.option("--project", default="", help="The server's own by default.")
@click.option("--model", "models", multiple=True, metavar="GLOB", help="Models it may call; all by default.")
@click.option("--label", "labels", multiple=True, help="A data label that its sessions begin with.")
@click.option("--tag", "tags", multiple=True, metavar="NAME=VALUE", help="What its calls are counted by.")
@click.option("--usd", "budget_usd", type=float, help="A budget of its own.")
@click.option("--window", type=click.Choice(WINDOWS), default="none", help="When that begins anew.")
@click.option("--days", type=float, help="When it ends; never by default.")
@by_option
@json_option
@asks_server
def create_key(
    server: Server, *, models: tuple[str, ...], labels: tuple[str, ...], tags: tuple[str, ...], window: str,
    days: float | None, as_data: bool, **said: Any,
) -> None:  # fmt: skip
    """Make a key; its secret is printed here, once.

    \b
    holdfast gateway keys create laptop --agent coder --model 'anthropic/*' --usd 20 --window day
    """
    body = said | {"models": models, "labels": labels, "tags": pairs(tags), "budget_window": window}
    if days is not None:
        body["ttl_s"] = days * 86_400
    _print_secret(server, server.ask("POST", "/v1/gateway/keys", body=body), as_data=as_data)


@keys.command("show")
@click.argument("key", metavar="ID")
@json_option
@asks_server
def show_key(server: Server, *, key: str, as_data: bool) -> None:
    """Show one key; not its secret, which nobody has but its holder."""
    _print_key(server.get(f"/v1/gateway/keys/{segment(key)}"), as_data=as_data)


@keys.command("rotate")
@click.argument("key", metavar="ID")
@click.option("--grace", "grace_s", type=float, default=0, metavar="SECONDS", help="The old one stays good.")
@by_option
@json_option
@asks_server
def rotate_key(server: Server, *, key: str, grace_s: float, by: str, as_data: bool) -> None:
    """Give a key another secret; it is printed here, once."""
    body = {"grace_s": grace_s, "by": by}
    fresh = server.ask("POST", f"/v1/gateway/keys/{segment(key)}/rotate", body=body)
    _print_secret(server, fresh, as_data=as_data)


@keys.command("revoke")
@click.argument("key", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask whether you are sure.")
@by_option
@json_option
@asks_server
def revoke_key(server: Server, *, key: str, yes: bool, by: str, as_data: bool) -> None:
    """Let a key be good no longer, at once."""
    if not yes:
        click.confirm(f"Revoke {key} at {server.url}?", abort=True, err=True)
    _print_key(
        server.ask("POST", f"/v1/gateway/keys/{segment(key)}/revoke", body={"by": by}), as_data=as_data
    )


def _print_secret(server: Server, key: Mapping[str, Any], *, as_data: bool) -> None:
    if as_data:
        print_json(key)
        return
    url = server.get("/v1/gateway")["url"] or "http://127.0.0.1:7421"
    print_facts({"key": key["id"], "agent": key["agent"], "secret": key["secret"]})
    click.echo("\nIt is not shown again. To use it:\n")
    click.echo(f"  OPENAI_BASE_URL={url}/v1  OPENAI_API_KEY=<secret>")
    click.echo(f"  ANTHROPIC_BASE_URL={url}  ANTHROPIC_AUTH_TOKEN=<secret>")


def _print_key(key: Mapping[str, Any], *, as_data: bool) -> None:
    if as_data:
        print_json(key)
        return
    print_facts(
        {
            "key": key["id"],
            "name": key["name"],
            "begins": key["prefix"],
            "state": key["state"],
            "agent": " ".join(filter(None, (key["agent"], key["version"]))),
            "owner": key["owner"],
            "project": key["project"],
            "models": ", ".join(key["models"]) or "all",
            "labels": ", ".join(key["labels"]),
            "tags": ", ".join(f"{name}={value}" for name, value in key["tags"].items()),
            "budget": _budget(key),
            "used": usd(key["used_usd"]) if key["budget_usd"] is not None else "",
            "made": f"{short_time(key['created_at'])} by {key['created_by']}",
            "last used": short_time(key["last_used_at"]),
            "ends": short_time(key["expires_at"]) or "never",
            "rotated": short_time(key["rotated_at"]),
            "revoked": f"{short_time(key['revoked_at'])} by {key['revoked_by']}" if key["revoked_at"] else "",
        }
    )


def _key(key: Mapping[str, Any]) -> tuple[str, ...]:
    used = usd(key["used_usd"]) if key["budget_usd"] is not None else NOTHING
    models = ", ".join(key["models"]) or "all"
    last = short_time(key["last_used_at"]) or "never"
    said = (key["id"], key["name"], key["prefix"], key["agent"], models)
    return (*said, _budget(key) or NOTHING, used, last, key["state"])


def _budget(key: Mapping[str, Any]) -> str:
    if key["budget_usd"] is None:
        return ""
    window = key["budget_window"]
    return usd(key["budget_usd"]) + ("" if window == "none" else f" a {window}")
