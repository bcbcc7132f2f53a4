"""What a policy file says beyond rules: budgets, detectors, who settles doubts about origin."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from holdfast.decision.verdict import Verdict

MICRO: Final = 1_000_000
"""Micro-USD in a USD."""
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
Money = Annotated[float, msgspec.Meta(ge=0, le=1_000_000_000)]


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The most that one session or one run may use."""

    scope: Literal["session", "run"] = "session"
    usd: Money | None = None
    tokens: Count | None = None
    calls: Count | None = None
    """Tools, models and delegations together."""
    unpriced: Literal["deny", "allow"] = "deny"
    """What happens to an action whose price is not known, when there is a limit in USD."""
    verdict: Literal["ask", "deny", "halt"] = "deny"
    """What happens to an action that does not fit."""

    @property
    def limits(self) -> tuple[tuple[str, int], ...]:
        """The limit of each unit that has one."""
        usd = None if self.usd is None else round(self.usd * MICRO)
        units = (("micro_usd", usd), ("tokens", self.tokens), ("calls", self.calls))
        return tuple((unit, limit) for unit, limit in units if limit is not None)


class Alarm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a detector speaks, and what it says."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    verdict: Literal["ask", "deny", "halt"] = "halt"

    @property
    def opinion(self) -> Verdict:
        """The verdict as a value."""
        return Verdict(self.verdict)


class Detectors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every detector and its alarm; the defaults leave ordinary work alone."""

    identical_calls: Alarm | None = Alarm(5)
    """The same call in one run, its result unchanged."""
    cycles: Alarm | None = Alarm(4)
    """The same 2 to 5 calls over and over in one run, their results unchanged."""
    exchanges: Alarm | None = Alarm(10)
    """Turns passed between the same two agents in one session."""
    same_errors: Alarm | None = Alarm(5)
    """The same kind of failure of one tool, one after the other."""
    repeated_denials: Alarm | None = Alarm(3)
    """The same refused call, asked again."""


class Flow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How doubts about where a value came from are settled."""

    approver: str = "owner"
    """The role that may endorse a value, and that answers detectors and budgets that ask."""
    depth_max: Annotated[int, msgspec.Meta(ge=1, le=64)] = 8
    """How many agents may act for one another."""
