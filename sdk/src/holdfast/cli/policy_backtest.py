"""`holdfast policy backtest`: what a draft would have said to what really happened."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click

from holdfast.cli.exits import Exit
from holdfast.cli.printing import json_option, plural, print_json, short_time
from holdfast.cli.server import Server, asks_server

COLOURS: Final = {"allow": "green", "transform": "green", "ask": "yellow", "deny": "red", "halt": "red"}
SHOWN: Final = 200
PATIENCE_S: Final = 900.0
"""A million actions take minutes, and a backtest waits for the one before it."""


@click.command()
@click.argument("draft", type=click.Path(path_type=Path, exists=True))
@click.option("--since", default="7d", show_default=True, help="90m, 24h, 7d, 4w, or a time in RFC 3339.")
@click.option("--agent", default="", help="Only actions of this agent.")
@click.option("--limit", default=100_000, show_default=True, help="The most actions: the newest.",
              type=click.IntRange(1, 1_000_000))  # fmt: skip
@asks_server
@json_option
@click.pass_context
def backtest(
    ctx: click.Context, server: Server, *, draft: Path, since: str, agent: str, limit: int, as_data: bool
) -> None:
    """Judge the recorded past by the policies DRAFT, a file or a folder, beside those in force.

    Lists the actions whose verdict changes, by agent and tool, with what they cost and with examples. Nothing
    is put in force. Exits with 0 when nothing changes, 1 when something does.
    """
    from holdfast.guard.rules import local_sources

    sources, _ = local_sources(draft)
    asked = {
        "sources": [{"name": one.name, "kind": one.kind, "text": one.text} for one in sources],
        "since": since,
        "agent": agent,
        "limit": limit,
    }
    if not as_data:
        click.echo(f"judging what was recorded since {since} …", err=True)
    found = server.ask("POST", "/v1/policies/backtest", body=asked, patience_s=PATIENCE_S)
    if as_data:
        print_json(found)
    else:
        _print(found)
    ctx.exit(Exit.FAILED if found["changed"] else Exit.OK)


def _print(found: dict[str, Any]) -> None:
    for change in found["changed"]:
        before, after = change["before"], change["after"]
        cost = "" if change["cost_usd"] is None else f"  ${change['cost_usd']:,.4f}"
        verdicts = f"{before} → {click.style(after, fg=COLOURS[after], bold=True)}"
        click.echo(f"{change['count']:>7,}  {verdicts}  {change['agent']} · {change['tool']}{cost}")
        for one in change["examples"]:
            shown = json.dumps(one["arguments"], ensure_ascii=False)
            reason = one["reasons"][0]["message"] if one["reasons"] else ""
            click.echo(click.style(f"         {one['step']}  {shown[:SHOWN]}  {reason}".rstrip(), dim=True))
    for reason, count in found["skipped"].items():
        click.echo(f"{count:,} not judged: {reason}")
    if found["inexact"]:
        click.echo(
            f"{found['inexact']:,} are judged otherwise by the policies in force than they were then: "
            "policies changed since, or what they read was redacted or not kept."
        )
    if not found["actions"]:
        click.echo(f"No action was judged that was recorded since {short_time(found['since'])}.")
        return
    changed = sum(change["count"] for change in found["changed"])
    took_s = found["took_ms"] / 1000
    click.echo(f"{changed:,} of {plural(found['actions'], 'action')} change, judged in {took_s:.1f} s")
