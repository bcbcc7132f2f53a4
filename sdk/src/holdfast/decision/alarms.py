"""When detectors speak, and what they say: one limit, or a ladder from a word to the end of the run."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Final, Literal

import msgspec

Times = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
Rung = Literal["warn", "steer", "ask", "deny", "halt"]
RUNGS: Final[tuple[Rung, ...]] = ("warn", "steer", "ask", "deny", "halt")
"""What a detector can say, mildest first."""
STOPS: Final = frozenset({"ask", "deny", "halt"})
"""Rungs at which the action does not run."""


class Alarm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """When a detector speaks, and what it says: one limit, or a ladder that grows stricter.

    `{limit: 5, verdict: halt}` and `{halt: 5}` say the same; `{steer: 3, ask: 5, halt: 8}` is a ladder.
    """

    limit: Times | None = None
    verdict: Rung = "halt"
    """What is said at `limit`."""
    warn: Times | None = None
    """Recorded and shown to people, nothing else."""
    steer: Times | None = None
    """The model is told, beside the tool's result."""
    ask: Times | None = None
    deny: Times | None = None
    halt: Times | None = None

    def __post_init__(self) -> None:
        given = [(rung, getattr(self, rung)) for rung in RUNGS if getattr(self, rung) is not None]
        if bool(given) == (self.limit is not None):
            raise ValueError("give a limit, or a ladder such as {steer: 3, halt: 5}")
        if falls := [rung for (_, low), (rung, high) in pairwise(given) if high <= low]:
            raise ValueError(f"{falls[0]} must come later than the milder rungs before it")

    @property
    def ladder(self) -> tuple[tuple[int, Rung], ...]:
        """Every rung with its limit, strictest first."""
        if self.limit is not None:
            return ((self.limit, self.verdict),)
        given: list[tuple[int | None, Rung]] = [(getattr(self, rung), rung) for rung in reversed(RUNGS)]
        return tuple((times, rung) for times, rung in given if times is not None)

    def rung(self, times: int) -> Rung | None:
        """What is said once it happened so often; None while nothing is."""
        return next((rung for limit, rung in self.ladder if times >= limit), None)


class Detectors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every detector and its alarm; the defaults leave ordinary work alone (docs/concepts/runaway.md)."""

    identical_calls: Alarm | None = Alarm(5)
    """The same call in one run, its result unchanged."""
    identical_errors: Alarm | None = Alarm(4)
    """The same call in one run, failing with the same error."""
    cycles: Alarm | None = Alarm(4)
    """The same 2 to 5 calls over and over in one run, their results unchanged."""
    exchanges: Alarm | None = Alarm(10)
    """Turns passed between the same two agents in one session; the one that would be the last is stopped."""
    same_errors: Alarm | None = Alarm(5)
    """The same kind of failure of one tool, one after the other, whatever the arguments."""
    retries: Alarm | None = Alarm(20)
    """Failed calls made again in one run, whoever retries: the client, the framework or the model.

    Beyond those that the run has earned: one by every ten calls.
    """
    no_progress: Alarm | None = Alarm(4, "ask")
    """Results in a row that brought nothing: nothing found, or what the same call had brought before."""
    rewordings: Alarm | None = Alarm(4, "steer")
    """Calls in a row of one tool that ask for the same in other words."""
    same_thoughts: Alarm | None = Alarm(4, "ask")
    """The same thought in a row, with nothing done in between."""
    growing_context: Alarm | None = Alarm(12, "warn")
    """Model calls in a row, each with more context than the last, while no result brings anything new."""
    compactions: Alarm | None = Alarm(10, "ask")
    """The context was compacted so often in a row, with nothing done in between."""
    spawns: Alarm | None = Alarm(100)
    """Sub-agents started by one run and those below it."""
    spawn_rate: Alarm | None = Alarm(60)
    """Sub-agents started within one minute of a session."""
    spawn_depth: Alarm | None = None
    """Agents acting for one another; `flow.depth_max` refuses in any case."""
    repeated_denials: Alarm | None = Alarm(3)
    """The same refused call, asked again."""
    person_resets: bool = True
    """Whether what a person says begins another piece of work."""

    def rung(self, name: str, times: int) -> Rung | None:
        """What is said of something that happened so often; None while nothing is."""
        if name == "polls":
            # A polling tool brings its own limit and is over it; it hears the strictest that repeats would.
            return self.identical_calls.ladder[0][1] if self.identical_calls is not None else None
        alarm: Alarm | None = getattr(self, name)
        return alarm.rung(times) if alarm is not None else None
