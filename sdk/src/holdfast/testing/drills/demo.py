"""The demo: a server, its console and every drill, with one decision left for you."""

from __future__ import annotations

import tempfile
import threading
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from rich.console import Console

from holdfast.testing.drills.catalogue import DRILLS
from holdfast.testing.drills.drill import Answer, Drill, Result
from holdfast.testing.drills.report import print_table
from holdfast.testing.drills.running import Conditions, run, run_all
from holdfast.testing.drills.serving import OwnServer

PORT: Final = 7420
ASKED_WAIT_S: Final = 120.0


def run_demo(
    console: Console, *, answer: Answer, browser: bool, port: int, data: Path | None
) -> list[Result]:
    """Run every drill against a server of the demo's own; when you are to answer it stays until Ctrl-C.

    Args:
        console: where to tell.
        answer: `wait` leaves the approval to whoever sits there.
        browser: whether to open the approval's page.
        port: the server's; 0 picks a free one.
        data: a folder to keep; a temporary one when absent.

    Raises:
        Unavailable: the server did not start.
    """
    with ExitStack() as stack:
        home = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="holdfast-demo-")))
        with console.status("starting the server"):
            server = stack.enter_context(OwnServer(home.absolute(), port=port))
        console.print(f"Console: {server.url}", highlight=False)
        if answer == "wait":
            results = _leave_one_to_you(server.url, console, browser=browser)
        else:
            results = run_all(DRILLS.values(), Conditions(server.url, answer), console)
            print_table(results, console)
    if data:
        console.print(f"[dim]To look at it again:[/] {server.again}", highlight=False, soft_wrap=True)
    return results


def _leave_one_to_you(server: str, console: Console, *, browser: bool) -> list[Result]:
    results: list[Result] = []
    try:
        alone = (one for one in DRILLS.values() if not one.asks_a_person)
        results += run_all(alone, Conditions(server), console)
        print_table(results, console)
        waiting = [Waiting(one, server) for one in DRILLS.values() if one.asks_a_person]
        for one in waiting:
            _show(one, console, browser=browser)
        console.print("[dim]The server runs until Ctrl-C.[/]")
        answered = [one.result() for one in waiting]
        print_table(answered, console)
        results += answered
        threading.Event().wait()
    except KeyboardInterrupt:
        console.print("\nStopped.")
    return results


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
        self._asked = threading.Event()
        self._done = threading.Event()
        self._conditions = Conditions(server, "wait", self._on_waiting)
        threading.Thread(target=self._run, name=drill.name, daemon=True).start()

    def page(self) -> str:
        """The page of the approval, once it waits; empty when the drill ended without asking."""
        self._asked.wait(ASKED_WAIT_S)
        return self._page

    def result(self) -> Result:
        """What came of it; waits for your answer."""
        self._done.wait()
        return self._result or Result(self.drill, skipped="it was not run")

    def _on_waiting(self, _: Drill, page: str) -> None:
        self._page = page
        self._asked.set()

    def _run(self) -> None:
        try:
            self._result = run(self.drill, self._conditions)
        finally:
            self._asked.set()
            self._done.set()
