"""How agents work together, how far work may go, and how calls are made again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import msgspec

from holdfast.action import Contract
from holdfast.action.duties import Retries
from holdfast.decision.alarms import Alarm, Rung, Times
from holdfast.decision.pack.preset import Guarded, Preset, Settings, Word
from holdfast.decision.pack.presets.models import likes

Names = Annotated[tuple[Annotated[str, msgspec.Meta(pattern=r"^[^*]+$")], ...], msgspec.Meta(min_length=1)]
"""Names of tools in full: a contract is written for each, so no star can stand for several."""
DELEGATE = 'action == Action::"holdfast:delegate"'


class Delegation(Guarded, frozen=True, kw_only=True):
    """Work is handed to these agents only, and not deeper than this."""

    category: ClassVar[str] = "delegation"
    example: ClassVar[str] = "{agents: [researcher, 'clerk-*'], depth: 3}"
    reads: ClassVar[str] = "the agent's name, `context.depth`"
    exceeds: ClassVar[str] = (
        "authority, budget and labels go along: every link must be allowed what the last one does"
    )

    agents: tuple[Word, ...] = ()
    """Names, with `*`; without any, all."""
    depth: Annotated[int, msgspec.Meta(ge=1, le=64)] | None = None

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        if self.agents:
            told = "Work may not be handed to this agent."
            yield self.refuse(f"{rule}/agents", f"!({likes(self.agents)})", told, action=DELEGATE)
        if self.depth is not None or not self.agents:
            when = f"context.depth > {self.depth or 1}"
            yield self.refuse(f"{rule}/depth", when, "Work may not be handed on from here.", action=DELEGATE)


class RecursionBound(Guarded, frozen=True, kw_only=True):
    """An agent stands in a chain this often at most, beside itself."""

    category: ClassVar[str] = "recursion"
    example: ClassVar[str] = "{times: 1}"
    reads: ClassVar[str] = "`context.derived.recursion`"
    exceeds: ClassVar[str] = "along the whole chain, through whichever agents lie between"

    times: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = f"context.derived.recursion > {self.times}"
        told = "This agent is at work on it already, further up."
        yield self.refuse(rule, when, told, kinds=("delegate", "start"))


class SpawnLimit(Guarded, frozen=True, kw_only=True):
    """So many runs in one session at most, so many sub-agents of one run and in one minute."""

    category: ClassVar[str] = "spawn"
    example: ClassVar[str] = "{runs: 50, per_minute: 20}"
    reads: ClassVar[str] = "`context.derived.runs`, the detectors `spawns` and `spawn_rate`"
    exceeds: ClassVar[str] = "total, tree and pace, counted from what happened, not from what an agent says"

    runs: Annotated[int, msgspec.Meta(ge=1)] | None = None
    of_one_run: Times | None = None
    per_minute: Times | None = None

    def __post_init__(self) -> None:
        if self.runs is self.of_one_run is self.per_minute is None:
            raise ValueError("name runs, of_one_run or per_minute")

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        if self.runs is None:
            yield from Preset.write(self, rule, contract)
            return
        when = f"context.derived.runs >= {self.runs}"
        told = f"This session has begun {self.runs} runs; that is enough."
        yield self.refuse(rule, when, told, kinds=("start", "delegate"))

    def configure(self) -> Settings:
        limits = {"spawns": self.of_one_run, "spawn_rate": self.per_minute}
        return Settings(detectors={name: Alarm(limit) for name, limit in limits.items() if limit is not None})


class StepLimit(Guarded, frozen=True, kw_only=True):
    """So many steps in one session at most."""

    category: ClassVar[str] = "safety"
    example: ClassVar[str] = "{steps: 200, otherwise: approve}"
    reads: ClassVar[str] = "`context.calls`"
    exceeds: ClassVar[str] = "beside detectors that look at progress: a long piece of good work is no loop"

    steps: Annotated[int, msgspec.Meta(ge=1)]

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = f"context.calls >= {self.steps}"
        told = f"This session has taken {self.steps} steps."
        yield self.refuse(rule, when, told, kinds=("tool", "model", "delegate"))


class Loops(Preset, frozen=True, kw_only=True):
    """What happens when work goes round in circles."""

    category: ClassVar[str] = "safety"
    example: ClassVar[str] = "{repeats: 3, verdict: ask}"
    reads: ClassVar[str] = "the detectors `identical_calls`, `cycles` and `no_progress`"
    exceeds: ClassVar[str] = "looks at progress and results, never at money; measured on recorded work"

    repeats: Times = 5
    """The same call, its result unchanged."""
    cycles: Times = 4
    """The same few calls over and over."""
    no_progress: Times | None = None
    """Results in a row that brought nothing."""
    verdict: Rung = "halt"

    def configure(self) -> Settings:
        limits = {"identical_calls": self.repeats, "cycles": self.cycles, "no_progress": self.no_progress}
        found = {name: Alarm(limit, self.verdict) for name, limit in limits.items() if limit is not None}
        return Settings(detectors=found)


class StopOnErrors(Preset, frozen=True, kw_only=True):
    """So many failures of one kind in a row, and the run is over."""

    category: ClassVar[str] = "kill_switch"
    example: ClassVar[str] = "{errors: 3, verdict: halt}"
    reads: ClassVar[str] = "the detectors `same_errors` and `identical_errors`"
    exceeds: ClassVar[str] = (
        "by kind of failure and tool: a change of arguments does not begin the count anew"
    )

    errors: Times = 5
    verdict: Rung = "halt"

    def configure(self) -> Settings:
        alarm = Alarm(self.errors, self.verdict)
        return Settings(detectors={"same_errors": alarm, "identical_errors": alarm})


class Patience(Preset, frozen=True, kw_only=True):
    """How long calls of these tools take at most, and how often a failed one is made again."""

    category: ClassVar[str] = "operations"
    example: ClassVar[str] = "{tools: [search], timeout_s: 20, retries: 2, retry_budget: 20}"
    reads: ClassVar[str] = "the contract's `timeout_s` and `retries`, the detector `retries`"
    exceeds: ClassVar[str] = (
        "one budget of retries over client, framework and model; only reads are made again"
    )

    tools: Names
    timeout_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)] | None = None
    retries: Annotated[int, msgspec.Meta(ge=1, le=10)] | None = None
    retry_budget: Times | None = None
    """Failed calls made again in one run, whoever makes them."""

    def __post_init__(self) -> None:
        if self.timeout_s is self.retries is self.retry_budget is None:
            raise ValueError("name timeout_s, retries or retry_budget")

    def configure(self) -> Settings:
        fields: dict[str, Any] = {}
        if self.timeout_s is not None:
            fields["timeout_s"] = self.timeout_s
        if self.retries is not None:
            fields["retries"] = Retries(self.retries)
        alarms = {} if self.retry_budget is None else {"retries": Alarm(self.retry_budget, "deny")}
        return Settings(detectors=alarms, tools=dict.fromkeys(self.tools, fields) if fields else {})
