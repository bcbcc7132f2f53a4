"""`holdfast drill` and `holdfast demo`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final, get_args

import click
from rich.console import Console

from holdfast.testing.drills.catalogue import DRILLS
from holdfast.testing.drills.demo import PORT, run_demo
from holdfast.testing.drills.drill import Answer, Drill, Result
from holdfast.testing.drills.report import as_json, print_table
from holdfast.testing.drills.running import Conditions, run_all
from holdfast.testing.drills.serving import can_serve

ANSWERS: Final = click.Choice(get_args(Answer))
ANSWER_HELP: Final = "What the person who is asked does; `wait` leaves it to you."


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(DRILLS)), metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="Run every drill.")
@click.option("--server", default="", metavar="URL", help="Record and ask at this server.")
@click.option("--answer", type=ANSWERS, default="approve", show_default=True, help=ANSWER_HELP)
@click.option("--json", "as_data", is_flag=True, help="Print the result as JSON.")
def drill(*, names: tuple[str, ...], everything: bool, server: str, answer: Answer, as_data: bool) -> None:
    """Run incidents with and without Holdfast, and compare the damage.

    Exits with 0 when every promise holds, with 1 when one is broken or a drill had to be skipped.
    """
    chosen = list(DRILLS) if everything else list(dict.fromkeys(names))
    if not chosen:
        _print_catalogue(Console())
        return
    told = Console(stderr=True)

    def on_waiting(waiting: Drill, page: str) -> None:
        if answer == "wait":
            told.print(f"[bold]{waiting.name}[/] waits for you: {page}", highlight=False)

    conditions = Conditions(server.rstrip("/"), answer, on_waiting)
    results = run_all((DRILLS[name] for name in chosen), conditions, told)
    if as_data:
        click.echo(json.dumps(as_json(results), indent=2))
    else:
        print_table(results, Console())
    sys.exit(_exit_code(results))


@click.command()
@click.option("--answer", type=ANSWERS, default="wait", show_default=True, help=ANSWER_HELP)
@click.option("--browser/--no-browser", default=True, help="Open the waiting approval in a browser.")
@click.option("--port", default=PORT, show_default=True, help="The server's port; 0 picks a free one.")
@click.option("--data", type=click.Path(path_type=Path), help="Keep the data in this folder.")
def demo(*, answer: Answer, browser: bool, port: int, data: Path | None) -> None:
    """Start a server and run every drill against it; one approval waits for you.

    With `--answer approve` or `refuse` it runs to the end and exits like `holdfast drill --all`.
    """
    if not can_serve():
        raise click.ClickException("the server is not installed: pip install holdfast-server")
    results = run_demo(Console(), answer=answer, browser=browser, port=port, data=data)
    sys.exit(_exit_code(results))


COMMANDS: Final = (drill, demo)
"""What the entry point `holdfast.commands` adds to the command line."""


def _exit_code(results: list[Result]) -> int:
    return 0 if all(result.ok for result in results) else 1


def _print_catalogue(console: Console) -> None:
    for one in DRILLS.values():
        console.print(f"[bold]{one.name}[/]  [dim]{one.framework}, {one.model}[/]", highlight=False)
        console.print(f"  {one.incident}\n  {one.promise}\n", highlight=False)
    console.print("[dim]holdfast drill NAME, or holdfast drill --all[/]")
