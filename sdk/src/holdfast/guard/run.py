"""One invocation of an agent, as the guard keeps it while it lives."""

from __future__ import annotations

import itertools

from holdfast.action import Actor
from holdfast.decision.budgets import Account
from holdfast.guard.handed import Handed
from holdfast.guard.ids import new_run_id, new_step_id
from holdfast.guard.sessions import LiveSession
from holdfast.record import Scope


class Run:
    """One invocation of an agent: who acts, with whose authority, and whether it was stopped."""

    __slots__ = (
        "__weakref__",
        "_relay",
        "_spans",
        "_steps",
        "above",
        "actor",
        "beyond",
        "chain",
        "framework",
        "id",
        "latch",
        "notes",
        "parent",
        "person",
        "purse",
        "root",
        "scope",
        "session",
        "takes_over",
        "title",
        "trace",
        "unproven",
        "waiting",
    )  # fmt: skip

    def __init__(
        self,
        actor: Actor,
        session: LiveSession,
        *,
        above: Run | None = None,
        parent: str = "",
        person: str = "",
        framework: str = "",
        title: str = "",
        takes_over: bool = False,
        handed: Handed | None = None,
    ) -> None:
        self.id = new_run_id()
        self.root = new_step_id()
        """The step of kind `start` that this run is."""
        self.actor = actor
        self.session = session
        self.trace = above.trace if above else handed.trace if handed else self.id
        self.parent = parent or (handed.step if handed and not above else "")
        self.person = person
        self.framework = framework
        self.title = title
        """The first words it was started with."""
        behind = above.chain if above else handed.chain if handed else ()
        again = takes_over or (behind and behind[-1].agent == actor.agent)
        # Who is started again while still waiting is named twice: a cycle, and rules say what becomes of it.
        self.chain = lengthen(behind, actor) if again else (*behind, actor)
        self.latch = ""
        """Why the run is over; every boundary that finds it set halts again."""
        self.scope = Scope(
            *(self.trace, self.id, session.id, actor.agent, actor.version, actor.owner, person, framework),
            tags=tuple(sorted(session.tags.items())),
        )
        self.takes_over = takes_over
        """Whether it took the conversation over, rather than being waited for."""
        self.above = above
        """The run that this one was begun in."""
        self.beyond: tuple[str, ...] = above.beyond if above else handed.runs if handed else ()
        """The runs above it in other processes."""
        self.unproven: dict[str, str] = {}
        """Effects that the world does not show, by the digest of their call; any spoils the run's success."""
        self.notes: list[str] = []
        """What waits to be told to the model."""
        self.purse: tuple[object, tuple[Account, ...]] | None = None
        """The accounts of budgets it counts in, and what they were found for."""
        self.waiting: set[str] = set()
        """Steps that a person must answer."""
        self._steps = 0
        self._spans = itertools.count(1)
        self._relay: Run | None = None

    def __repr__(self) -> str:
        return f"<Run {self.id} of {self.actor.agent}>"

    @property
    def active(self) -> Run:
        """The run that acts now: this one, or the one it handed its conversation to."""
        return self._relay or self

    @property
    def lineage(self) -> tuple[str, ...]:
        """The run and every run above it: what a sub-agent uses is a part of what its caller may use."""
        found: list[str] = []
        run: Run | None = self
        while run is not None:
            found.append(run.id)
            run = run.above
        return (*found, *self.beyond)

    def hand_over(self, to: Run | None) -> None:
        """Let another run act in this one's place from now on; None takes the conversation back."""
        self._relay = to

    def next_step(self) -> int:
        """How many actions came before this one; approximate when threads race, which harms nobody."""
        before = self._steps
        self._steps = before + 1
        return before

    def next_span(self) -> int:
        """The number of the next span, from 1; exact also when threads race: a gap in them is a loss."""
        return next(self._spans)


def lengthen(chain: tuple[Actor, ...], actor: Actor) -> tuple[Actor, ...]:
    """Add an actor to a chain of authority, last; one who stands in it already is needed only once."""
    return (*(link for link in chain if link.agent != actor.agent), actor)
