"""One test of a policy: an action as a person writes it down, and what should come of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from holdfast.action import Contract, Kind

TRIALS_MAX: Final = 5_000
SUFFIXES: Final = (".test.yaml", ".test.yml", "_test.yaml", "_test.yml")

VerdictName = Literal["allow", "transform", "ask", "deny", "halt"]


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What should come of it; what is left out may be anything."""

    verdict: VerdictName
    rule: str = ""
    """A rule that must be among those that decide; `*` stands for any run of characters."""
    approver: str = ""
    """A role whose approval must be asked for."""
    arguments: dict[str, Any] | None = None
    """The arguments that must run, after what the rules change."""


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An action in its surroundings, and what should come of it."""

    expect: VerdictName | Expectation
    name: str = ""
    tool: str = ""
    """The tool; anything else is a `target` of its `kind`."""
    kind: Kind = Kind.TOOL
    target: str = ""
    arguments: dict[str, Any] = {}
    agent: str = "agent"
    version: str = ""
    chain: tuple[str, ...] = ()
    """Agents through whom it was delegated, outermost first."""
    person: str = ""
    labels: tuple[str, ...] = ()
    """What the session carries already."""
    endorse: tuple[str, ...] = ()
    """Texts whose values the person has chosen."""
    calls: int = 0
    """Steps of the session so far."""
    facts: dict[str, Any] = {}
    """What the program around the agent says."""
    approvals: tuple[str, ...] = ()
    """Roles that have approved exactly this."""
    at: str = ""
    """When, as RFC 3339; by default a Wednesday at noon, UTC."""
    cost_usd: float = 0
    """The most it can cost."""

    @property
    def expected(self) -> Expectation:
        """What should come of it, in its long form."""
        return self.expect if isinstance(self.expect, Expectation) else Expectation(self.expect)


class Trials(msgspec.Struct, frozen=True):
    """The tests of one file."""

    path: str
    trials: tuple[tuple[Trial, int], ...]
    """Each with the line that it begins in."""
    contracts: Mapping[str, Contract] = {}
    """Of tools whose code is not at hand; what a policy file says of a tool is laid over it."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of one test."""

    file: str
    line: int
    name: str
    ok: bool
    expected: str
    got: str
    why: str
    """The explanation of the decision; empty when the test passed."""


def is_trial_file(name: str) -> bool:
    """Whether a file holds tests of policies rather than policies."""
    return name.endswith(SUFFIXES)
