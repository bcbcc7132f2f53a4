"""`holdfast budgets`: what may be used, how much of it is, who holds the rest; set it, change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from holdfast.cli.listing import Listing
from holdfast.cli.person import by_option
from holdfast.cli.printing import (
    NOTHING,
    json_option,
    limit_option,
    print_facts,
    print_json,
    print_page,
    print_table,
    short_time,
)
from holdfast.cli.server import Server, asks_server, segment
from holdfast.decision.budgets.units import dollars

SCOPES: Final = ("run", "session", "agent", "team", "workflow", "org", "customer", "tag", "key")
UNITS: Final = ("usd", "tokens", "calls", "seconds", "records")
WINDOWS: Final = ("none", "day", "week", "month")
VERDICTS: Final = ("ask", "deny", "halt")
UNPRICED: Final = ("deny", "allow")
COLUMNS: Final = (
    "budget",
    "scope",
    "key",
    "window",
    "used",
    "held",
    "limit",
    "state",
    "begins anew",
    "set by",
)
HOLDERS: Final = ("process", "agent", "run", "leased", "in use", "state", "until")

verdict_option = click.option(
    "--verdict", type=click.Choice(VERDICTS), help="What happens to what does not fit."
)
unpriced_option = click.option(
    "--unpriced", type=click.Choice(UNPRICED), help="What happens to a model call without a known price."
)


@click.group(cls=Listing)
def budgets() -> None:
    """See and set what agents may use."""


@budgets.command("list")
@click.option("--scope", type=click.Choice(SCOPES), help="Only budgets of this scope.")
@click.option("--key", default="", metavar="KEY", help="Only budgets of this agent, team, customer …")
@limit_option()
@json_option
@asks_server
def list_budgets(server: Server, *, scope: str | None, key: str, limit: int, as_data: bool) -> None:
    """List budgets: how much is used, and when it begins anew."""
    page = server.page("/v1/budgets", {"scope": scope, "key": key}, limit=limit)
    if as_data:
        print_json(page)
        return
    none = "There is no budget. Set one: holdfast budgets add agent refunds --usd 20 --window day"
    print_page(page, COLUMNS, (_row(one) for one in page["items"]), none=none)


@budgets.command("show")
@click.argument("budget", metavar="ID")
@json_option
@asks_server
def show(server: Server, *, budget: str, as_data: bool) -> None:
    """Show one budget, and which processes hold a part of it."""
    found = server.get(f"/v1/budgets/{segment(budget)}")
    if as_data:
        print_json(found)
        return
    print_facts(_facts(found))
    if len(found["accounts"]) > 1:
        click.echo()
        rows = ((one["key"], _amount(found, one["used"]), one["state"]) for one in found["accounts"])
        print_table((found["scope"], "used", "state"), rows)
    if found["holders"]:
        click.echo()
        print_table(HOLDERS, (_holder(found, one) for one in found["holders"]))


@budgets.command("add")
@click.argument("scope", type=click.Choice(SCOPES))
@click.argument("key", default="*", metavar="[KEY]")
@click.option("--usd", type=float, help="Money.")
@click.option("--tokens", type=int, help="Tokens, in and out.")
@click.option("--calls", type=int, help="Tools, models and delegations together.")
@click.option("--seconds", type=float, help="How long calls take, added up.")
@click.option("--records", type=int, help="Records that calls of tools say they touch.")
@click.option("--soft", type=float, metavar="AMOUNT", help="Warn from here on, in the same unit.")
@click.option(
    "--window", type=click.Choice(WINDOWS), default="none", help="When it begins anew; never by default."
)
@click.option("--time-zone", default="UTC", metavar="ZONE", help="Where the window begins at midnight.")
@verdict_option
@unpriced_option
@by_option
@json_option
@asks_server
def add(server: Server, *, scope: str, key: str, by: str, as_data: bool, **said: Any) -> None:
    """Set a budget of SCOPE, for KEY or for each.

    \b
    holdfast budgets add agent refunds --usd 20 --window day --time-zone Europe/Berlin
    holdfast budgets add org --usd 5000 --soft 4000 --window month
    holdfast budgets add customer --tokens 1000000 --window day
    """
    units = {unit: said.pop(unit) for unit in UNITS}
    given = [(unit, amount) for unit, amount in units.items() if amount is not None]
    if len(given) != 1:
        raise click.UsageError(f"Give one of {', '.join(f'--{unit}' for unit in UNITS)}; each is a budget.")
    ((unit, amount),) = given
    body = {"scope": scope, "key": key, "unit": unit, "limit": amount, "by": by, **_given(said)}
    _print(server.ask("POST", "/v1/budgets", body=body), as_data=as_data)


@budgets.command("edit")
@click.argument("budget", metavar="ID")
@click.option("--limit", type=float, metavar="AMOUNT", help="The new limit; what was used stays used.")
@click.option("--soft", type=float, metavar="AMOUNT", help="Warn from here on.")
@click.option("--no-soft", is_flag=True, help="Warn no more.")
@verdict_option
@unpriced_option
@by_option
@json_option
@asks_server
def edit(server: Server, *, budget: str, no_soft: bool, by: str, as_data: bool, **said: Any) -> None:
    """Change a budget without forgetting what was used."""
    body = _given(said) | ({"warn": False} if no_soft else {})
    if not body:
        raise click.UsageError("Say what to change: --limit, --soft, --no-soft, --verdict or --unpriced.")
    changed = server.ask("PATCH", f"/v1/budgets/{segment(budget)}", body=body | {"by": by})
    _print(changed, as_data=as_data)


@budgets.command("remove")
@click.argument("budget", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask whether you are sure.")
@by_option
@json_option
@asks_server
def remove(server: Server, *, budget: str, yes: bool, by: str, as_data: bool) -> None:
    """Keep to a budget no longer; set again, it goes on where it was."""
    if not yes:
        click.confirm(f"Remove {budget} at {server.url}?", abort=True, err=True)
    gone = server.ask("DELETE", f"/v1/budgets/{segment(budget)}", body={"by": by})
    if as_data:
        print_json(gone)
    else:
        click.echo(f"Removed by {by}: {_named(gone)}.")


def _print(budget: Mapping[str, Any], *, as_data: bool) -> None:
    if as_data:
        print_json(budget)
    else:
        print_facts(_facts(budget))


def _given(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}


def _facts(budget: Mapping[str, Any]) -> dict[str, str]:
    soft = f", warned of from {_amount(budget, budget['soft'])} on" if budget["soft"] is not None else ""
    doubt = f", {_amount(budget, budget['in_doubt'])} of it in doubt" if budget["in_doubt"] else ""
    return {
        "budget": budget["id"],
        "of": _named(budget),
        "limit": f"{_amount(budget, budget['limit'])}{soft}",
        "used": _amount(budget, budget["used"]),
        "held": f"{_amount(budget, budget['held'])}{doubt}" if budget["held"] else "",
        "state": budget["state"],
        "beyond it": budget["verdict"],
        "begins anew": _anew(budget),
        "set by": _set_by(budget),
    }


def _row(budget: Mapping[str, Any]) -> tuple[str, ...]:
    amounts = (_amount(budget, budget[name]) for name in ("used", "held", "limit"))
    key = budget["key"] if budget["key"] != "*" else f"* ({budget['fullest'] or NOTHING})"
    said = (budget["id"], budget["scope"], key or NOTHING, budget["window"])
    return (*said, *amounts, budget["state"], _anew(budget), _set_by(budget))


def _holder(budget: Mapping[str, Any], holder: Mapping[str, Any]) -> tuple[str, ...]:
    state = "in doubt" if holder["state"] == "expired" else holder["state"]
    amounts = (_amount(budget, holder[name]) for name in ("amount", "held"))
    return (
        holder["process"],
        holder["agent"],
        holder["run"],
        *amounts,
        state,
        short_time(holder["expires_at"]),
    )


def _named(budget: Mapping[str, Any]) -> str:
    key = {"*": f"each {budget['scope']}", "": "everything"}.get(
        budget["key"], f"{budget['scope']} {budget['key']}"
    )
    return key if budget["window"] == "none" else f"{key}, by the {budget['window']}"


def _anew(budget: Mapping[str, Any]) -> str:
    return short_time(budget["resets_at"]) if budget["resets_at"] else "never"


def _set_by(budget: Mapping[str, Any]) -> str:
    return "a policy file" if budget["source"] == "policy" else budget["by"]


def _amount(budget: Mapping[str, Any], amount: float) -> str:
    unit = budget["unit"]
    if unit == "usd":
        return dollars(amount)
    return f"{amount:,.1f} s" if unit == "seconds" else f"{amount:,.0f} {unit}"
