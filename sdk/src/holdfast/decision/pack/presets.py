"""The presets: rules that a person can write without knowing Cedar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

import msgspec

from holdfast.action import Contract, Effect
from holdfast.decision.pack.preset import (
    Preset,
    above,
    both,
    decimal,
    effects_scope,
    forbid,
    has,
    permit,
    quote,
    quote_all,
    tools_scope,
)

Hour = Annotated[int, msgspec.Meta(ge=0, le=24)]
Weekday = Annotated[int, msgspec.Meta(ge=1, le=7)]
Role = Annotated[str, msgspec.Meta(pattern=r"^[\w.@-]{1,64}$")]
Argument = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]
Some = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
REDACTED: Final = "[redacted]"


class AllowAgents(Preset, frozen=True, kw_only=True):
    """Agents may start, use models, delegate, speak, remember and answer."""

    role: str = ""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        yield permit(rule, action='action in Action::"holdfast:agent"', role=self.role)


class AllowEffects(Preset, frozen=True, kw_only=True):
    """Tools with these effects may be used."""

    effects: Annotated[tuple[Effect, ...], msgspec.Meta(min_length=1)]
    role: str = ""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        yield permit(rule, action=effects_scope(self.effects), role=self.role, resource="resource is Tool")


class AllowTools(Preset, frozen=True, kw_only=True):
    """These tools may be used."""

    tools: Some
    role: str = ""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, when = tools_scope(self.tools)
        yield permit(rule, action=action, role=self.role, resource="resource is Tool", when=when)


class DenyTools(Preset, frozen=True, kw_only=True):
    """These tools may not be used, whatever else allows them."""

    tools: Some

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, when = tools_scope(self.tools)
        yield forbid(rule, action=action, when=when, message=self.message or "This tool may not be used.")


class AskTools(Preset, frozen=True, kw_only=True):
    """These tools wait for a person."""

    tools: Some
    approver: Role = "owner"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, when = tools_scope(self.tools)
        message = self.message or f"This tool needs the approval of {self.approver}."
        yield forbid(rule, action=action, when=when, approver=self.approver, message=message)


class AskEffects(Preset, frozen=True, kw_only=True):
    """Tools with these effects wait for a person."""

    effects: Annotated[tuple[Effect, ...], msgspec.Meta(min_length=1)]
    approver: Role = "owner"
    irreversible: bool = False
    """Only those that cannot be undone."""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = "context.irreversible" if self.irreversible else ""
        words = " or ".join(self.effects)
        message = self.message or f"To {words} needs the approval of {self.approver}."
        yield forbid(
            rule, action=effects_scope(self.effects), when=when, approver=self.approver, message=message
        )


class SpendLimit(Preset, frozen=True, kw_only=True):
    """Spending more waits for a person; spending far more is refused. Judges `context.derived.amount`."""

    approve_over: float | None = None
    deny_over: float | None = None
    approver: Role = "owner"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action = effects_scope((Effect.SPEND,))
        if self.deny_over is not None:
            when = f"context.derived.amount.greaterThan({decimal(self.deny_over)})"
            message = self.message or f"Nothing over {self.deny_over:g} may be spent."
            yield forbid(f"{rule}/deny", action=action, when=when, message=message)
        if self.approve_over is not None:
            when = f"context.derived.amount.greaterThan({decimal(self.approve_over)})"
            message = (
                self.message or f"Spending over {self.approve_over:g} needs the approval of {self.approver}."
            )
            yield forbid(f"{rule}/approve", action=action, when=when, approver=self.approver, message=message)


class Threshold(Preset, frozen=True, kw_only=True):
    """A number in an argument of one tool: over one limit a person decides, over another it is refused."""

    tool: str
    arg: Argument
    approve_over: float | None = None
    deny_over: float | None = None
    approver: Role = "owner"

    @property
    def about(self) -> str:
        return self.tool

    @property
    def argument(self) -> str:
        return self.arg

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        action = f"action == Action::{quote(self.tool)}"
        if self.deny_over is not None:
            message = self.message or f"{self.arg} may not be over {self.deny_over:g}."
            when = above(self.arg, self.deny_over, contract)
            yield forbid(f"{rule}/deny", action=action, when=when, message=message)
        if self.approve_over is not None:
            message = (
                self.message
                or f"{self.arg} over {self.approve_over:g} needs the approval of {self.approver}."
            )
            when = above(self.arg, self.approve_over, contract)
            yield forbid(f"{rule}/approve", action=action, when=when, approver=self.approver, message=message)


class IrreversibleIn(Preset, frozen=True, kw_only=True):
    """What cannot be undone in this environment needs every one of these approvals."""

    environment: str
    approvers: Annotated[tuple[Role, ...], msgspec.Meta(min_length=1)] = ("owner",)
    effects: tuple[Effect, ...] = ()

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action = effects_scope(self.effects) if self.effects else 'action in Action::"holdfast:irreversible"'
        when = both("context.irreversible", f"context.environment == {quote(self.environment)}")
        for approver in self.approvers:
            message = self.message or f"This cannot be undone in {self.environment}: {approver} must approve."
            yield forbid(f"{rule}/{approver}", action=action, when=when, approver=approver, message=message)


class ExternalRecipients(Preset, frozen=True, kw_only=True):
    """Mail addresses outside of these domains."""

    allowed_domains: tuple[str, ...]
    tools: tuple[str, ...] = ()
    otherwise: Literal["approve", "deny"] = "approve"
    approver: Role = "owner"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, named = tools_scope(self.tools)
        domains = quote_all(domain.lower() for domain in self.allowed_domains)
        outside = f"!({domains}.containsAll(context.derived.recipient_domains))"
        yield forbid(
            rule,
            action=action,
            when=both(named, outside),
            approver=self.approver if self.otherwise == "approve" else "",
            message=self.message or "A recipient is outside of the allowed domains.",
        )


class AllowedHosts(Preset, frozen=True, kw_only=True):
    """URLs outside of these hosts."""

    hosts: tuple[str, ...]
    tools: tuple[str, ...] = ()
    otherwise: Literal["approve", "deny"] = "deny"
    approver: Role = "owner"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, named = tools_scope(self.tools)
        outside = (
            f"!({quote_all(host.lower() for host in self.hosts)}.containsAll(context.derived.url_hosts))"
        )
        yield forbid(
            rule,
            action=action,
            when=both(named, outside),
            approver=self.approver if self.otherwise == "approve" else "",
            message=self.message or "A URL points outside of the allowed hosts.",
        )


class LabelsNeverReach(Preset, frozen=True, kw_only=True):
    """A session that holds one of these labels may not reach the sink."""

    labels: Some
    sink: Literal["external", "tools"] = "external"
    tools: tuple[str, ...] = ()

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, named = tools_scope(self.tools)
        if self.sink == "external":
            action, named = 'action in Action::"holdfast:egress"', both(named)
        words = ", ".join(self.labels)
        yield forbid(
            rule,
            action=action,
            when=both(named, f"context.labels.containsAny({quote_all(self.labels)})"),
            message=self.message or f"Data labelled {words} may not leave.",
            category="flow",
        )


class Clamp(Preset, frozen=True, kw_only=True):
    """A number over the limit is lowered to it."""

    tool: str
    arg: Argument
    max: float

    @property
    def about(self) -> str:
        return self.tool

    @property
    def argument(self) -> str:
        return self.arg

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        when = both(has(self.arg), above(self.arg, self.max, contract))
        yield forbid(
            rule,
            action=f"action == Action::{quote(self.tool)}",
            when=when,
            on=f"transform:clamp:{self.arg}:{self.max:.10g}",
            message=self.message or f"{self.arg} was lowered to {self.max:g}.",
        )


class Redact(Preset, frozen=True, kw_only=True):
    """An argument is blotted out before the tool sees it."""

    tool: str
    arg: Argument

    @property
    def about(self) -> str:
        return self.tool

    @property
    def argument(self) -> str:
        return self.arg

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        yield forbid(
            rule,
            action=f"action == Action::{quote(self.tool)}",
            when=both(has(self.arg), f"context.args.{self.arg} != {quote(REDACTED)}"),
            on=f"transform:redact:{self.arg}",
            message=self.message or f"{self.arg} was redacted.",
        )


class BusinessHours(Preset, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """Outside of these hours (UTC) and days, a person decides or nobody does."""

    since: Hour
    until: Hour
    tools: tuple[str, ...] = ()
    weekdays: tuple[Weekday, ...] = (1, 2, 3, 4, 5)
    otherwise: Literal["approve", "deny"] = "deny"
    approver: Role = "owner"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, named = tools_scope(self.tools)
        word = "&&" if self.since <= self.until else "||"
        within = f"(context.hour >= {self.since} {word} context.hour < {self.until})"
        days = f"[{', '.join(map(str, self.weekdays))}].contains(context.weekday)"
        yield forbid(
            rule,
            action=action,
            when=both(named, f"!({within} && {days})"),
            approver=self.approver if self.otherwise == "approve" else "",
            message=self.message or f"This is only done from {self.since} to {self.until} h UTC.",
        )


class HaltOn(Preset, frozen=True, kw_only=True):
    """Trying this ends the run."""

    tools: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    environment: str = ""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action, named = tools_scope(self.tools)
        marked = f"context.labels.containsAny({quote_all(self.labels)})" if self.labels else ""
        where = f"context.environment == {quote(self.environment)}" if self.environment else ""
        yield forbid(
            rule,
            action=action,
            when=both(named, marked, where),
            on="halt",
            message=self.message or "This ends the run.",
        )


PRESETS: Final[Mapping[str, type[Preset]]] = {
    "allow_agents": AllowAgents,
    "allow_effects": AllowEffects,
    "allow_tools": AllowTools,
    "allowed_hosts": AllowedHosts,
    "ask_effects": AskEffects,
    "ask_tools": AskTools,
    "business_hours": BusinessHours,
    "clamp": Clamp,
    "deny_tools": DenyTools,
    "external_recipients": ExternalRecipients,
    "halt_on": HaltOn,
    "irreversible_in": IrreversibleIn,
    "labels_never_reach": LabelsNeverReach,
    "redact": Redact,
    "spend_limit": SpendLimit,
    "threshold": Threshold,
}
"""Every preset by the word that names it in a file."""
