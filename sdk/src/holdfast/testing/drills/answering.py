"""The person of a drill that asks one: answers beside the run, as `--answer` says, or leaves it to you."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Self

import httpx

from holdfast.errors import HoldfastError
from holdfast.testing.drills.drill import Answer, Drill, Stage
from holdfast.testing.drills.person import Approval, Person
from holdfast.testing.drills.serving import OwnServer
from holdfast.testing.drills.world import ALLOWED, World

NAME: Final = "drill"
PATIENCE_S: Final = 180.0


class Answering:
    """Waits for the question in a thread of its own, then answers it.

    When the server is the drill's own it is killed and started again between question and answer, because the
    question must survive that.
    """

    def __init__(
        self,
        drill: Drill,
        stage: Stage,
        answer: Answer,
        own: OwnServer | None,
        on_waiting: Callable[[Drill, str], None],
    ) -> None:
        self.problem = ""
        self._asked = ""
        self.patience_s = None if answer == "wait" else PATIENCE_S
        self._drill = drill
        self._stage = stage
        self._answer = answer
        self._own = own
        self._on_waiting = on_waiting
        self._run_is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="drill-person", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._run_is_over.set()
        self._thread.join()

    def conclude(self, world: World) -> str:
        """Tell the world what was allowed, now that the run is over; returns what went wrong, if anything."""
        self._run_is_over.set()
        self._thread.join()
        if self._asked and not self.problem:
            try:
                with Person(self._stage.server, NAME) as person:
                    _tell(world, person.get(self._asked))
            except httpx.HTTPError as error:
                self.problem = f"the server could not be asked afterwards: {error}"
        return self.problem

    def _run(self) -> None:
        try:
            with Person(self._stage.server, NAME) as person:
                self._find_and_answer(person)
        except (httpx.HTTPError, HoldfastError) as error:
            self.problem = f"the person could not answer: {error}"

    def _find_and_answer(self, person: Person) -> None:
        approval = person.find_waiting(self._stage.session, given_up=self._run_is_over)
        if approval is None:
            self.problem = "nobody was asked"
            return
        self._asked = approval["id"]
        self._on_waiting(self._drill, f"{self._stage.server}/approvals/{approval['id']}")
        if self._answer == "wait":
            return
        if self._own:
            self._own.kill()
            self._own.start()
        if self._answer == "approve":
            person.approve(approval, {**approval["arguments"], **self._drill.edit})
        else:
            person.refuse(approval, "Not without the sales lead.")


def _tell(world: World, approval: Approval) -> None:
    if approval["state"] in {"approved", "used"}:
        world.happened(ALLOWED, **(approval["approved_arguments"] or approval["arguments"]))
