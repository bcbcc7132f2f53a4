"""`holdfast drill` and `holdfast demo`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Final, get_args

import click
from rich.console import Console

from holdfast.testing.drills.catalogue import DRILLS
from holdfast.testing.drills.drill import Answer, Drill, Result
from holdfast.testing.drills.report import as_json, print_table
from holdfast.testing.drills.running import Conditions, run

ANSWERS: Final = click.Choice(get_args(Answer))


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(DRILLS)), metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="Run every drill.")
@click.option("--server", default="", metavar="URL", help="Record and ask at this server.")
@click.option(
    "--answer",
    type=ANSWERS,
    default="approve",
    show_default=True,
    help="What the person who is asked does; `wait` leaves it to you.",
)
@click.option("--json", "as_data", is_flag=True, help="Print the result as JSON.")
def drill(*, names: tuple[str, ...], everything: bool, server: str, answer: Answer, as_data: bool) -> None:
    """Run incidents with and without Holdfast, and compare the damage.

    Exits with 0 when every promise holds, with 1 when one is broken or a drill had to be skipped.
    """
    chosen = list(DRILLS) if everything else list(dict.fromkeys(names))
    if not chosen:
        print_catalogue(Console())
        return
    told = Console(stderr=True)

    def on_waiting(waiting: Drill, page: str) -> None:
        told.print(f"[bold]{waiting.name}[/] asks a person: {page}", highlight=False)

    conditions = Conditions(server.rstrip("/"), answer, on_waiting)
    results = run_all((DRILLS[name] for name in chosen), conditions, told)
    if as_data:
        click.echo(json.dumps(as_json(results), indent=2))
    else:
        print_table(results, Console())
    sys.exit(0 if all(result.ok for result in results) else 1)


def run_all(drills: Iterable[Drill], conditions: Conditions, told: Console) -> list[Result]:
    """Run drills one after the other, saying which."""
    results: list[Result] = []
    for one in drills:
        with told.status(f"[bold]{one.name}[/] · {one.framework} · without and with Holdfast"):
            results.append(run(one, conditions))
    return results


def print_catalogue(console: Console) -> None:
    """What can be run."""
    for one in DRILLS.values():
        console.print(f"[bold]{one.name}[/]  [dim]{one.framework}, {one.model}[/]")
        console.print(f"  {one.incident}\n  {one.promise}\n", highlight=False)
    console.print("[dim]holdfast drill NAME, or holdfast drill --all[/]")
