"""What a drill is: an incident, agents that cause it, and how its damage is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

from holdfast.testing.drills.world import World
from holdfast.testing.provider import Scenario

SAFETY_STOP_CALLS: Final = 100
"""Model calls after which an ungoverned half is stopped: by the script, not by Holdfast."""

Answer = Literal["approve", "refuse", "wait"]


class Stage(msgspec.Struct, frozen=True):
    """Where one half of a drill plays; what the worker process is told."""

    drill: str
    folder: str
    """The half's own folder: journal, checkpoints, Holdfast's data."""
    provider_url: str = ""
    governed: bool = False
    server: str = ""
    session: str = ""
    sla_s: float = 86_400
    """How long a person has to answer before silence is refusal."""

    @property
    def openai_url(self) -> str:
        """The base URL for OpenAI clients."""
        return self.provider_url + "/v1"


@dataclass(frozen=True)
class Damage:
    """What went wrong, as a number that can be compared and a sentence that can be read."""

    amount: float
    text: str


@dataclass(frozen=True)
class Half:
    """One half of a drill, measured from outside: without Holdfast or with it."""

    calls: int
    """Model calls the provider answered."""
    cost_usd: float | None
    """The provider's tokens at the model's price; None when it has none."""
    damage: Damage
    seconds: float
    """From the first thing that happened to the last."""
    stopped_by: str | None = None
    """The rule that stopped it, read from the ledger."""
    stopped_at: int | None = None
    """How many steps of the drill's kind had happened by then, counted by the world."""
    ended: str = ""
    """How the program ended: `finished`, `halted` or `failed`, and with what words."""
    ledger_ok: bool | None = None
    """Whether the half's ledger verifies; None without one."""
    problem: str = ""
    """Why it could not be played; nothing else is true then."""


@dataclass(frozen=True)
class Drill:
    """One incident, and the promise about it."""

    name: str
    incident: str
    """What happened in the wild."""
    promise: str
    """What must happen under Holdfast."""
    framework: str
    needs: tuple[str, ...]
    """Modules that must be importable."""
    model: str
    scenario: Scenario
    play: Callable[[Stage, World], None]
    """The agents; called in a process of their own."""
    damage: Callable[[World, float], Damage]
    """Damage from the world and the dollars spent."""
    steps: Callable[[World], int]
    """How many of the drill's steps happened: exchanges, attempts, deletions."""
    broken: Callable[[Half, World], str]
    """Why the promise does not hold for the governed half; empty when it does."""
    extrapolated: Callable[[Half], str] = lambda _: ""
    """What the ungoverned half would have come to without its safety stop; not measured, and said so."""
    asks_a_person: bool = False
    """Whether somebody must answer, so that a server is needed."""
    edit: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The arguments that the person changes before approving."""


@dataclass(frozen=True)
class Result:
    """A drill that was run, or the reason why it was not."""

    drill: Drill
    ungoverned: Half | None = None
    governed: Half | None = None
    skipped: str = ""
    broken: str = ""
    notes: tuple[str, ...] = field(default_factory=tuple[str, ...])

    @property
    def ok(self) -> bool:
        """Whether both halves ran and the promise holds."""
        return not self.skipped and not self.broken and self.governed is not None
