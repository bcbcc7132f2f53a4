"""`holdfast demo`: a server, its console and every drill, with one decision left for you."""

from __future__ import annotations

import sys
import tempfile
import threading
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from holdfast.errors import HoldfastError
from holdfast.testing.drills.catalogue import DRILLS
from holdfast.testing.drills.command import ANSWERS, run_all
from holdfast.testing.drills.drill import Answer, Drill, Result
from holdfast.testing.drills.report import print_table
from holdfast.testing.drills.running import Conditions, run
from holdfast.testing.drills.serving import OwnServer, can_serve

PORT: Final = 7420
STARTED_WAIT_S: Final = 120.0


@click.command()
@click.option(
    "--answer", type=ANSWERS, default="wait", show_default=True, help="What the person who is asked does."
)
@click.option("--browser/--no-browser", default=True, help="Open the waiting approval in a browser.")
@click.option("--port", default=PORT, show_default=True, help="The server's port; 0 picks a free one.")
@click.option("--data", type=click.Path(path_type=Path), help="Keep the data here, not temporarily.")
def demo(*, answer: Answer, browser: bool, port: int, data: Path | None) -> None:
    """Start a server and run every drill against it; one approval waits for you.

    With `--answer approve` or `refuse` it runs to the end and exits like `holdfast drill --all`.
    """
    if not can_serve():
        raise click.ClickException("the server is not installed: pip install holdfast-server")
    console = Console()
    with ExitStack() as stack:
        home = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="holdfast-demo-")))
        try:
            with console.status("starting the server"):
                server = stack.enter_context(OwnServer(home.absolute(), port=port))
        except HoldfastError as error:
            raise click.ClickException(str(error)) from error
        console.print(f"Console: [link={server.url}]{server.url}[/]", highlight=False)
        if answer == "wait":
            _leave_one_to_you(server.url, console, browser=browser)
        else:
            results = run_all(DRILLS.values(), Conditions(server.url, answer), console)
            print_table(results, console)
            sys.exit(0 if all(result.ok for result in results) else 1)


def _leave_one_to_you(server: str, console: Console, *, browser: bool) -> None:
    alone = [one for one in DRILLS.values() if not one.asks_a_person]
    print_table(run_all(alone, Conditions(server), console), console)
    waiting = [Waiting(one, server) for one in DRILLS.values() if one.asks_a_person]
    try:
        for one in waiting:
            _show(one, console, browser=browser)
        console.print("[dim]The server runs until Ctrl-C.[/]")
        for one in waiting:
            print_table([one.result()], console)
        threading.Event().wait()
    except KeyboardInterrupt:
        console.print("\nStopped.")


def _show(waiting: Waiting, console: Console, *, browser: bool) -> None:
    page = waiting.page()
    if not page:
        return
    console.print(f"[bold]{waiting.drill.name}[/] waits for you: {page}", highlight=False)
    if browser:
        webbrowser.open(page)


class Waiting:
    """A drill that runs beside you until you have answered it."""

    def __init__(self, drill: Drill, server: str) -> None:
        self.drill = drill
        self._page = ""
        self._result: Result | None = None
        self._shown = threading.Event()
        self._done = threading.Event()
        self._conditions = Conditions(server, "wait", self._on_waiting)
        threading.Thread(target=self._run, name=drill.name, daemon=True).start()

    def page(self) -> str:
        """The page of the approval, once it waits; empty when the drill ended without asking."""
        self._shown.wait(STARTED_WAIT_S)
        return self._page

    def result(self) -> Result:
        """What came of it; waits for your answer."""
        self._done.wait()
        return self._result or Result(self.drill, skipped="it was not run")

    def _on_waiting(self, _: Drill, page: str) -> None:
        self._page = page
        self._shown.set()

    def _run(self) -> None:
        try:
            self._result = run(self.drill, self._conditions)
        finally:
            self._shown.set()
            self._done.set()
