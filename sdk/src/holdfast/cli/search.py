"""`holdfast search`: find runs, spans, decisions and records by one language; keep a search as a view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from holdfast.cli.listing import Listing
from holdfast.cli.period import csv_option
from holdfast.cli.person import by_option
from holdfast.cli.printing import (
    NOTHING,
    duration,
    json_option,
    limit_option,
    print_json,
    print_page,
    short_time,
    usd,
)
from holdfast.cli.runs import COLUMNS as RUN_COLUMNS
from holdfast.cli.runs import run_row
from holdfast.cli.server import Server, asks_server, segment

NOUNS: Final = ("runs", "spans", "decisions", "ledger")
STEP_COLUMNS: Final = ("step", "started", "agent", "kind", "name", "state", "verdict", "took", "cost", "run")
RECORD_COLUMNS: Final = ("index", "at", "type", "agent", "target", "verdict", "status", "run", "step")
VIEW_COLUMNS: Final = ("view", "name", "in", "by", "query")
EXAMPLES: Final = """\b
Examples:
  holdfast search 'agent:refunds verdict:deny cost:>0.5'
  holdfast search --in spans 'attr.http.status:>=500 started:>-2h'
  holdfast search --in decisions 'tool:issue_refund -state:done "order 4711"'
  holdfast search --facets 'state:(failed,halted)'
  holdfast search --view 'Refused refunds'"""

noun_option = click.option(
    "--in", "noun", type=click.Choice(NOUNS), default="runs", show_default=True, help="What is searched."
)


@click.command(epilog=EXAMPLES)
@click.argument("query", nargs=-1)
@noun_option
@click.option("--facets", is_flag=True, help="Count values instead of listing what is found.")
@click.option("--view", default="", metavar="NAME", help="Search as this saved view does, and by QUERY too.")
@limit_option()
@json_option
@csv_option
@asks_server
def search(
    server: Server,
    *,
    query: tuple[str, ...],
    noun: str,
    facets: bool,
    view: str,
    limit: int,
    as_data: bool,
    as_csv: bool,
) -> None:
    """Find runs, spans, decisions or records of the ledger.

    A query that begins with a minus stands after `--`. docs/guides/search.md describes the language.
    """
    asked = " ".join(query)
    if view:
        found = _view(server, view)
        noun, asked = found["noun"], f"({found['q']}) {asked}".strip() if found["q"] else asked
    if facets:
        _print_facets(server.get("/v1/search/facets", {"q": asked, "in": noun}), as_data=as_data)
        return
    if as_csv:
        click.echo(server.table("/v1/search", {"q": asked, "in": noun}, limit=limit), nl=False)
        return
    page = server.page("/v1/search", {"q": asked, "in": noun}, limit=limit)
    if as_data:
        print_json(page)
        return
    columns, row = _TABLES[noun]
    print_page(page, columns, map(row, page["items"]), none="Nothing matches.")


@click.group(cls=Listing)
def views() -> None:
    """List saved views, save a search as one, or delete one."""


@views.command("list")
@json_option
@asks_server
def list_views(server: Server, *, as_data: bool) -> None:
    """List saved views, by name."""
    found = server.get("/v1/views")
    if as_data:
        print_json(found)
        return
    rows = ((one["id"], one["name"], one["noun"], one["by"], one["q"]) for one in found["items"])
    print_page(found, VIEW_COLUMNS, rows, none="No search has been saved yet.")


@views.command("save")
@click.argument("name")
@click.argument("query")
@noun_option
@by_option
@json_option
@asks_server
def save_view(server: Server, *, name: str, query: str, noun: str, by: str, as_data: bool) -> None:
    """Give a search a name; the link it prints stays when the view is renamed."""
    body = {"name": name, "q": query, "noun": noun, "by": by}
    _told(server, server.ask("POST", "/v1/views", body=body), "Saved", as_data=as_data)


@views.command("rename")
@click.argument("view")
@click.argument("name")
@json_option
@asks_server
def rename_view(server: Server, *, view: str, name: str, as_data: bool) -> None:
    """Give a view another name; VIEW is its id or its name."""
    path = f"/v1/views/{segment(_view(server, view)['id'])}"
    _told(server, server.ask("PATCH", path, body={"name": name}), "Renamed", as_data=as_data)


@views.command("delete")
@click.argument("view")
@json_option
@asks_server
def delete_view(server: Server, *, view: str, as_data: bool) -> None:
    """Forget a view; VIEW is its id or its name."""
    gone = server.ask("DELETE", f"/v1/views/{segment(_view(server, view)['id'])}")
    if as_data:
        print_json(gone)
    else:
        click.echo(f"Deleted: {gone['name']} ({gone['q']})")


def _view(server: Server, named: str) -> dict[str, Any]:
    """The view of this id or name; the server says that there is none."""
    for one in server.get("/v1/views")["items"]:
        if named in (one["id"], one["name"]):
            return one
    return server.get(f"/v1/views/{segment(named)}")


def _told(server: Server, view: Mapping[str, Any], done: str, *, as_data: bool) -> None:
    if as_data:
        print_json(view)
    else:
        click.echo(f"{done}: {view['name']} at {server.url}{view['link']}")


def _print_facets(found: Mapping[str, Any], *, as_data: bool) -> None:
    if as_data:
        print_json(found)
        return
    rows = [
        (facet["field"], value["value"], str(value["count"]))
        for facet in found["items"]
        for value in facet["values"]
    ]
    print_page(found, ("field", "value", "count"), rows, none="Nothing matches.")


def _step(step: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        step["id"],
        short_time(step["started_at"]),
        step["agent"],
        step["kind"],
        step["name"],
        step["state"],
        step["verdict"] or NOTHING,
        duration(step["duration_ms"]),
        usd(step["cost_usd"]),
        step["run"],
    )


def _record(record: Mapping[str, Any]) -> tuple[str, ...]:
    told = (
        record[name] or NOTHING for name in ("type", "agent", "target", "verdict", "status", "run", "step")
    )
    return str(record["index"]), short_time(record["at"]), *told


_TABLES: Final[dict[str, tuple[tuple[str, ...], Callable[[Mapping[str, Any]], tuple[str, ...]]]]] = {
    "runs": (RUN_COLUMNS, run_row),
    "spans": (STEP_COLUMNS, _step),
    "decisions": (STEP_COLUMNS, _step),
    "ledger": (RECORD_COLUMNS, _record),
}
