"""What waits for people, and for how many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

import msgspec

from holdfast.action import Contract, Effect
from holdfast.decision.pack.preset import (
    Effects,
    Guarded,
    Preset,
    Role,
    Some,
    Word,
    both,
    effects_scope,
    labelled,
    make_scope,
    one_of,
    permit,
    quote,
    unless_stated,
)

Roles = Annotated[tuple[Role, ...], msgspec.Meta(min_length=1)]
TwoRoles = Annotated[tuple[Role, ...], msgspec.Meta(min_length=2)]


class Tier(Preset, frozen=True, kw_only=True):
    """Tools of one colour."""

    category: ClassVar[str] = "tiers"
    reads: ClassVar[str] = "the tool's name and effect"

    tools: tuple[Word, ...] = ()
    """Names of tools, with `*`."""
    effects: tuple[Effect, ...] = ()
    """Tools with these effects, beside those named."""
    role: str = ""
    """Only for agents in this role."""

    def __post_init__(self) -> None:
        if not self.tools and not self.effects:
            raise ValueError("name tools or effects")

    @property
    def scope(self) -> tuple[str, str]:
        """Action scope and condition."""
        return make_scope(self.tools, self.effects)

    def let(self, rule: str) -> str:
        """The permit for the agents of the role."""
        action, named = self.scope
        return permit(f"{rule}/run", action=action, role=self.role, resource="resource is Tool", when=named)


class Green(Tier, frozen=True, kw_only=True):
    """These tools run."""

    example: ClassVar[str] = "{effects: [read]}"
    exceeds: ClassVar[str] = "a tool without a colour does not run"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        yield self.let(rule)


class Yellow(Tier, frozen=True, kw_only=True):
    """These tools run once a person has approved."""

    example: ClassVar[str] = "{effects: [write, send], approver: owner}"
    exceeds: ClassVar[str] = "the approval is bound to these very arguments and is used once"

    approver: Role = "owner"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, named = self.scope
        told = f"This needs the approval of {self.approver}."
        yield self.let(rule)
        yield self.forbid(f"{rule}/ask", told, action=action, when=named, approver=self.approver)


class Red(Tier, frozen=True, kw_only=True):
    """These tools are refused, unless a person started the run and every role approves."""

    example: ClassVar[str] = "{effects: [destroy], approvers: [owner, security], verification: [mfa]}"
    reads: ClassVar[str] = "the tool's name and effect, `context.person`, the fact `verification`, approvals"
    exceeds: ClassVar[str] = (
        "two people and a verified person behind the run; an agent on its own is never asked for"
    )

    approvers: TwoRoles = ("owner", "security")
    verification: tuple[Word, ...] = ()
    """How the person who started the run must have proved who they are, e.g. `mfa`."""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, named = self.scope
        yield self.let(rule)
        told = "Only a run that a person started may do this."
        when = both(named, 'context.person == ""')
        yield self.forbid(f"{rule}/person", told, action=action, when=when)
        if self.verification:
            when = both(named, unless_stated("verification", one_of(self.verification)))
            told = "Whoever started this run must prove first who they are."
            yield self.forbid(f"{rule}/verified", told, action=action, when=when)
        yield from _ask_each(self, rule, self.approvers, action=action, when=named)


class AskTools(Preset, frozen=True, kw_only=True):
    """These tools wait for a person."""

    category: ClassVar[str] = "control"
    example: ClassVar[str] = "{tools: [refund], approver: finance-lead}"
    reads: ClassVar[str] = "the tool's name"
    exceeds: ClassVar[str] = "edit the arguments, approve, and they are judged again before they run"

    tools: Some
    approver: Role = "owner"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, when = make_scope(self.tools)
        told = f"This tool needs the approval of {self.approver}."
        yield self.forbid(rule, told, action=action, when=when, approver=self.approver)


class AskEffects(Preset, frozen=True, kw_only=True):
    """Tools with these effects wait for a person."""

    category: ClassVar[str] = "control"
    example: ClassVar[str] = "{effects: [send], approver: owner}"
    reads: ClassVar[str] = "the contract's effect and whether it can be undone"
    exceeds: ClassVar[str] = "by what a tool does to the world, so that a new tool needs no new rule"

    effects: Effects
    approver: Role = "owner"
    irreversible: bool = False
    """Only those that cannot be undone."""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        told = f"To {' or '.join(self.effects)} needs the approval of {self.approver}."
        when = "context.irreversible" if self.irreversible else ""
        yield self.forbid(rule, told, action=effects_scope(self.effects), when=when, approver=self.approver)


class IrreversibleIn(Preset, frozen=True, kw_only=True):
    """What cannot be undone in this environment needs every one of these approvals."""

    category: ClassVar[str] = "environment"
    example: ClassVar[str] = "{environment: production, approvers: [owner, operations]}"
    reads: ClassVar[str] = "`context.irreversible`, `context.environment`"
    exceeds: ClassVar[str] = (
        "where a tool acts is read from its contract or its arguments, in one word a place"
    )

    environment: str
    approvers: Roles = ("owner",)
    effects: tuple[Effect, ...] = ()

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action = effects_scope(self.effects) if self.effects else 'action in Action::"holdfast:irreversible"'
        when = both("context.irreversible", f"context.environment == {quote(self.environment)}")
        for approver in self.approvers:
            told = f"This cannot be undone in {self.environment}: {approver} must approve."
            yield self.forbid(f"{rule}/{approver}", told, action=action, when=when, approver=approver)


class FourEyes(Preset, frozen=True, kw_only=True):
    """Two people in different roles must approve."""

    category: ClassVar[str] = "four_eyes"
    example: ClassVar[str] = "{effects: [destroy], approvers: [owner, security]}"
    reads: ClassVar[str] = "`context.approvals`"
    exceeds: ClassVar[str] = "both approve the same digest; one edited argument, and both are asked again"

    approvers: TwoRoles
    tools: tuple[Word, ...] = ()
    effects: tuple[Effect, ...] = ()

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, named = make_scope(self.tools, self.effects)
        yield from _ask_each(self, rule, self.approvers, action=action, when=named)


class UndoRequired(Guarded, frozen=True, kw_only=True):
    """Only what can be taken back: reversible, or with a compensation in its contract."""

    category: ClassVar[str] = "reversibility"
    example: ClassVar[str] = "{effects: [write, spend], otherwise: approve}"
    reads: ClassVar[str] = "`context.irreversible`, `context.compensated`"
    exceeds: ClassVar[str] = "the way back must be written down before the first step is taken"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = both("context.irreversible", "!context.compensated")
        yield self.refuse(rule, when, "This cannot be taken back, and no compensation is written down.")


class HaltOn(Preset, frozen=True, kw_only=True):
    """Trying this ends the run."""

    category: ClassVar[str] = "kill_switch"
    example: ClassVar[str] = "{tools: ['drop_*'], environment: production}"
    reads: ClassVar[str] = "the tool's name, labels, `context.environment`"
    exceeds: ClassVar[str] = "the halt sticks at every tool and model boundary, whatever a framework swallows"

    tools: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    environment: str = ""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, named = make_scope(self.tools)
        where = f"context.environment == {quote(self.environment)}" if self.environment else ""
        when = both(named, labelled(self.labels), where)
        yield self.forbid(rule, "This ends the run.", action=action, when=when, on="halt")


def _ask_each(preset: Preset, rule: str, approvers: tuple[str, ...], **about: str) -> Iterator[str]:
    """One forbid for each role: all of them must approve."""
    told = f"This needs the approval of {' and '.join(approvers)}."
    for approver in approvers:
        yield preset.forbid(f"{rule}/{approver}", told, approver=approver, **about)
