"""`holdfast enforcement`: how much each rule counts, what came of it, and when a refusal was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from holdfast.cli.listing import Listing
from holdfast.cli.person import by_option
from holdfast.cli.printing import NOTHING, json_option, print_facts, print_json, print_page, short_time
from holdfast.cli.server import Server, asks_server, segment
from holdfast.decision.enforcement import Level, read_level

COLUMNS: Final = ("rule", "level", "refused", "would have", "called wrong", "rate", "limit", "set by")


@click.group(cls=Listing)
def enforcement() -> None:
    """See and set how much each rule counts: shadow, warn, sample, enforce."""


@enforcement.command("list")
@json_option
@asks_server
def list_levels(server: Server, *, as_data: bool) -> None:
    """List every rule that may refuse: its level, and what came of it."""
    found = server.get("/v1/enforcement")
    if as_data:
        print_json(found)
        return
    none = (
        "No rule may refuse anything that is known here; a rule about tools is listed once one is registered."
    )
    print_page(found, COLUMNS, (_row(one) for one in found["items"]), none=none)


@enforcement.command("set")
@click.argument("rule")
@click.argument("level", metavar="shadow|warn|sample:PERCENT|enforce")
@click.option("--limit", type=click.FloatRange(0, 1), default=0.2, show_default=True, metavar="SHARE",
              help="Of its refusals called wrong; beyond it the rule steps back. 1 never does.")  # fmt: skip
@by_option
@json_option
@asks_server
def put(server: Server, *, rule: str, level: str, limit: float, by: str, as_data: bool) -> None:
    """Set how much RULE counts; it goes before the level that stands with the rule.

    \b
    holdfast enforcement set finance/limit/deny shadow
    holdfast enforcement set finance/limit/deny sample:25 --limit 0.1
    """
    try:
        asked = read_level(level)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    body = {"level": asked.word, "percent": asked.percent, "limit": limit, "by": by}
    _print(server.ask("PUT", f"/v1/enforcement/{segment(rule)}", body=body), as_data=as_data)


@enforcement.command("forget")
@click.argument("rule")
@by_option
@json_option
@asks_server
def forget(server: Server, *, rule: str, by: str, as_data: bool) -> None:
    """Let RULE count again as its own file says."""
    _print(server.ask("DELETE", f"/v1/enforcement/{segment(rule)}", body={"by": by}), as_data=as_data)


@enforcement.command("wrong")
@click.argument("step")
@click.option("--rule", default="", metavar="ID", help="Which rule; all that refused by default.")
@click.option("--note", default="", help="What should have happened.")
@click.option("--take-back", is_flag=True, help="Say that the refusal was right after all.")
@by_option
@json_option
@asks_server
def wrong(
    server: Server, *, step: str, rule: str, note: str, take_back: bool, by: str, as_data: bool
) -> None:
    """Say that the refusal of STEP was wrong; a rule of which too many are steps back by itself."""
    place = f"/v1/steps/{segment(step)}/false-block"
    if take_back:
        server.ask("DELETE", place)
        click.echo(f"Taken back: the refusal of {step} was right.", err=as_data)
        return
    found = server.ask("POST", place, body={"by": by, "rule": rule, "note": note})
    if as_data:
        print_json(found)
        return
    for one in found["items"]:
        click.echo(f"Counted as wrong against {one['rule']}.")


def _print(rule: Mapping[str, Any], *, as_data: bool) -> None:
    if as_data:
        print_json(rule)
        return
    back = rule["stepped_back_at"]
    print_facts({
        "rule": rule["rule"],
        "level": _level(rule),
        "set by": _set_by(rule),
        "refused": f"{rule['refused']:,}, {rule['false_blocks']:,} of them called wrong",
        "would have": f"{rule['would_refuse']:,}",
        "steps back": f"beyond {rule['limit']:.0%} called wrong",
        "stepped back": short_time(back) if back else "",
    })  # fmt: skip


def _row(rule: Mapping[str, Any]) -> tuple[str, ...]:
    counts = (f"{rule[name]:,}" for name in ("refused", "would_refuse", "false_blocks"))
    rate = NOTHING if rule["rate"] is None else f"{rule['rate']:.1%}"
    return (rule["rule"], _level(rule), *counts, rate, f"{rule['limit']:.0%}", _set_by(rule))


def _level(rule: Mapping[str, Any]) -> str:
    return str(Level(rule["level"], rule["percent"]))


def _set_by(rule: Mapping[str, Any]) -> str:
    return "its file" if rule["own"] else f"{rule['by']}, {short_time(rule['since'])}"
