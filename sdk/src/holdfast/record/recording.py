"""A recorded run: what models answered and tools returned, enough to go through it again.

A fork names one step of it: what stands before is served from the recording, the step itself may be
answered otherwise, and what follows happens anew.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

VERSION: Final = 1
STEPS_MAX: Final = 5_000
"""Steps of one recording; a longer run is cut there, and says so."""

Answering = Literal["recorded", "live"]


class RecordedStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """One call of a model or a tool that ran."""

    id: str
    agent: str
    kind: Literal["model", "tool"]
    target: str
    """The tool, or the model as `provider/model`."""
    arguments: dict[str, Any] = {}
    """As they ran; of a model call what is judged of it, `request` among them: a digest of its body."""
    failed: bool = False
    error: str = ""
    result: str = ""
    """What a tool returned: text as it was, everything else as JSON."""
    answer: tuple[dict[str, Any], ...] = ()
    """What a model answered: messages with parts, in the form of the GenAI conventions."""
    usage: dict[str, int] = {}


class Recording(msgspec.Struct, frozen=True):
    """A run and those it started, in the order their steps began."""

    run: str
    agent: str
    steps: tuple[RecordedStep, ...]
    cut: bool = False
    """Whether there were more steps."""
    version: int = VERSION


class Fork(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a replay leaves the recording, and what is otherwise there."""

    step: str
    answer: str | None = None
    """What the model says in this step."""
    result: str | None = None
    """What the tool returns in this step."""
    message: str | None = None
    """What the person's last message says, in this step's request and in every later one of its agent."""
    system: str | None = None
    """What the instructions say, likewise."""

    @property
    def edited(self) -> bool:
        """Whether anything is otherwise."""
        return any(one is not None for one in (self.answer, self.result, self.message, self.system))


class ReplayPlan(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `holdfast replay` hands to the program that goes through a run again."""

    recording: Recording
    fork: Fork | None = None
    models: Answering = "live"
    """Who answers model calls from the fork on."""
    tools: Answering = "recorded"
    """What tools do from the fork on: return what the same call returned, or run."""
    policies: str = ""
    """A policy file or folder that judges in the place of those in force."""
    report: str = ""
    """File in which the program says what came of it."""


class ReplayReport(msgspec.Struct):
    """What came of going through a run again."""

    runs: list[str] = []
    """The runs it made, outermost first."""
    served: int = 0
    """Calls that got what was recorded."""
    drifted: list[str] = []
    """Recorded steps that were asked for in other words or with other arguments than in the recording."""
    live: int = 0
    """Calls that were really made."""
    missing: list[str] = []
    """Calls that the recording does not hold and that were not made: models and tools by name."""
    unused: list[str] = []
    """Recorded steps that nobody asked for, the first hundred."""
    forked: bool = False
    """Whether the step of the fork was reached."""
