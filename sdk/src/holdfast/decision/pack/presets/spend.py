"""Money, amounts, and how much in how much time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import msgspec

from holdfast.action import Contract, Effect
from holdfast.decision.budgets import EACH, Scope, Window
from holdfast.decision.limits import MICRO, Budget, Money
from holdfast.decision.pack.preset import (
    Guarded,
    OneArgument,
    Preset,
    Role,
    Settings,
    Some,
    Word,
    above,
    both,
    decimal,
    effects_scope,
    either,
    has,
    quote_all,
)
from holdfast.decision.rates import RateTerms


class SpendLimit(Preset, frozen=True, kw_only=True):
    """Spending more waits for a person; spending far more is refused. Judges `context.derived.amount`."""

    category: ClassVar[str] = "cost"
    example: ClassVar[str] = "{approve_over: 100, deny_over: 10000, approver: finance-lead}"
    reads: ClassVar[str] = "`context.derived.amount`"
    exceeds: ClassVar[str] = (
        "before the money is spent; an amount that cannot be read is the most there can be"
    )

    approve_over: float | None = None
    deny_over: float | None = None
    approver: Role = "owner"

    def __post_init__(self) -> None:
        _check_order(self.approve_over, self.deny_over)

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        action = effects_scope((Effect.SPEND,))
        if self.deny_over is not None:
            when = f"context.derived.amount.greaterThan({decimal(self.deny_over)})"
            told = f"Nothing over {self.deny_over:g} may be spent."
            yield self.forbid(f"{rule}/deny", told, action=action, when=when)
        if self.approve_over is not None:
            when = f"context.derived.amount.greaterThan({decimal(self.approve_over)})"
            told = f"Spending over {self.approve_over:g} needs the approval of {self.approver}."
            yield self.forbid(f"{rule}/approve", told, action=action, when=when, approver=self.approver)


class Threshold(OneArgument, frozen=True, kw_only=True):
    """A number in an argument of one tool: over one limit a person decides, over another it is refused."""

    category: ClassVar[str] = "scope"
    example: ClassVar[str] = "{tool: refund, arg: amount, approve_over: 50, deny_over: 500}"
    reads: ClassVar[str] = "one argument, in its own type"
    exceeds: ClassVar[str] = (
        "an argument left out counts as over; a misspelt one is an error when the file is read"
    )

    approve_over: float | None = None
    deny_over: float | None = None
    approver: Role = "owner"

    def __post_init__(self) -> None:
        _check_order(self.approve_over, self.deny_over)

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        if self.deny_over is not None:
            told = f"{self.arg} may not be over {self.deny_over:g}."
            when = above(self.arg, self.deny_over, contract)
            yield self.forbid(f"{rule}/deny", told, action=self.action, when=when)
        if self.approve_over is not None:
            told = f"{self.arg} over {self.approve_over:g} needs the approval of {self.approver}."
            when = above(self.arg, self.approve_over, contract)
            yield self.forbid(f"{rule}/approve", told, action=self.action, when=when, approver=self.approver)


class Clamp(OneArgument, frozen=True, kw_only=True):
    """A number over the limit is lowered to it."""

    category: ClassVar[str] = "input_validation"
    example: ClassVar[str] = "{tool: search, arg: limit, max: 100}"
    reads: ClassVar[str] = "one argument, in its own type"
    exceeds: ClassVar[str] = "the changed call is judged again as a whole before it runs"

    max: float

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        when = both(has(self.arg), above(self.arg, self.max, contract))
        lowered = f"transform:clamp:{self.arg}:{self.max:.10g}"
        told = f"{self.arg} was lowered to {self.max:g}."
        yield self.forbid(rule, told, action=self.action, when=when, on=lowered)


class ModelCallLimit(Guarded, frozen=True, kw_only=True):
    """One call of a model may use so much at most; a price that is not known counts as over."""

    category: ClassVar[str] = "cost"
    example: ClassVar[str] = "{usd: 0.5, tokens: 200000}"
    reads: ClassVar[str] = "`context.estimate`"
    exceeds: ClassVar[str] = "the most a call can use, counted and priced before it is made"

    usd: Money | None = None
    tokens: Annotated[int, msgspec.Meta(ge=1)] | None = None

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        model = 'action == Action::"holdfast:model"'
        if self.usd is not None:
            within = f"context.estimate.micro_usd <= {round(self.usd * MICRO)}"
            when = f"!(context.estimate has micro_usd && {within})"
            yield self.refuse(f"{rule}/usd", when, f"One call may cost ${self.usd:g} at most.", action=model)
        if self.tokens is not None:
            when = f"context.estimate.tokens > {self.tokens}"
            told = f"One call may use {self.tokens} tokens at most."
            yield self.refuse(f"{rule}/tokens", when, told, action=model)


class SetBudget(Preset, frozen=True, kw_only=True):
    """The most that a run, a session, an agent, a team or the org may use, in all or in each window."""

    category: ClassVar[str] = "cost"
    example: ClassVar[str] = "{scope: agent, window: day, usd: 25, soft: 0.8}"
    reads: ClassVar[str] = "what was used and is held, and the most this action can use"
    exceeds: ClassVar[str] = "reserved before the call and settled after it; what is refused holds nothing"

    scope: Scope = "session"
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=256)] = EACH
    """Whose budget it is; `*` gives everyone in the scope one of their own."""
    usd: Money | None = None
    tokens: Annotated[int, msgspec.Meta(ge=1)] | None = None
    calls: Annotated[int, msgspec.Meta(ge=1)] | None = None
    seconds: Money | None = None
    records: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """What calls of tools say that they touch, added up; one that says no number adds nothing."""
    soft: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    """The share from which on a warning is recorded."""
    window: Window = "none"
    time_zone: str = "UTC"
    unpriced: Literal["deny", "allow"] = "deny"
    otherwise: Literal["ask", "deny", "halt"] = "deny"

    def __post_init__(self) -> None:
        self.configure()

    def configure(self) -> Settings:
        said = {name: getattr(self, name) for name in Budget.__struct_fields__ if hasattr(self, name)}
        return Settings(budgets=(Budget(**said, verdict=self.otherwise),))


class RateLimit(Preset, frozen=True, kw_only=True):
    """So many calls of each of these tools, agents or models in any such time; one more is refused."""

    category: ClassVar[str] = "rate_limit"
    example: ClassVar[str] = "{tools: [search, fetch], calls: 60, per_s: 60}"
    reads: ClassVar[str] = "how many calls there were within that time"
    exceeds: ClassVar[str] = (
        "a window that slides; a refusal says when to come back, and is not retried before"
    )

    calls: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    per_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)]
    tools: tuple[Word, ...] = ()
    """Names; `*` gives every tool a window of its own."""
    agents: tuple[Word, ...] = ()
    models: tuple[Word, ...] = ()

    def __post_init__(self) -> None:
        if not self.tools and not self.agents and not self.models:
            raise ValueError("name tools, agents or models")

    def configure(self) -> Settings:
        tools = [RateTerms("tool", self.calls, self.per_s, name) for name in self.tools]
        agents = [RateTerms("agent", self.calls, self.per_s, name) for name in self.agents]
        models = [RateTerms("model", self.calls, self.per_s, name) for name in self.models]
        return Settings(rates=(*tools, *agents, *models))


class CostTags(Guarded, frozen=True, kw_only=True):
    """Only with these tags, by which costs are charged."""

    category: ClassVar[str] = "chargeback"
    example: ClassVar[str] = "{tags: [cost_centre, project]}"
    reads: ClassVar[str] = "the fact `tags`"
    exceeds: ClassVar[str] = "checked before the first call, not found missing on the invoice"

    tags: Some

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        told = f"Costs are charged by {', '.join(self.tags)}: state them."
        when = f"!(context.facts has tags && context.facts.tags.containsAll({quote_all(self.tags)}))"
        yield self.refuse(rule, when, told, kinds=("start", "model"))


class AllowedValues(OneArgument, frozen=True, kw_only=True):
    """Only these words in an argument of one tool."""

    category: ClassVar[str] = "business_actions"
    example: ClassVar[str] = "{tool: refund, arg: reason, values: [damaged, late]}"
    reads: ClassVar[str] = "one argument"
    exceeds: ClassVar[str] = "checked against the tool's own schema when the file is read"

    values: Some
    otherwise: Literal["approve", "deny"] = "deny"
    approver: Role = "owner"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        known = both(has(self.arg), f"{quote_all(self.values)}.contains(context.args.{self.arg})")
        told = f"{self.arg} must be one of {', '.join(self.values)}."
        approver = self.approver if self.otherwise == "approve" else ""
        yield self.forbid(rule, told, action=self.action, when=f"!({known})", approver=approver)


class RecordLimit(Guarded, frozen=True, kw_only=True):
    """So many records, recipients or files in one call, in a run or in a day at most; say how many."""

    category: ClassVar[str] = "scope"
    example: ClassVar[str] = (
        "{max: 500, tools: ['export_*'], otherwise: approve, per_run: 2000, per_day: 10000}"
    )
    reads: ClassVar[str] = "`context.derived.records`; what the run and the agent touched before"
    exceeds: ClassVar[str] = (
        "the longest list or the stated limit counts, whatever the argument is called, and adds up over a run"
        " and a day, reserved before the call"
    )

    max: Annotated[int, msgspec.Meta(ge=0)]
    """In one call of these tools; a call that says no number counts as over."""
    per_run: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """In a run, all tools together; what says no number adds nothing."""
    per_day: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """By each agent from midnight to midnight (UTC), over all processes, all tools together."""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = either(f"context.derived.records > {self.max}")
        yield self.refuse(rule, when, f"One call may touch {self.max} records at most; say how many.")

    def configure(self) -> Settings:
        run = () if self.per_run is None else (Budget(scope="run", records=self.per_run),)
        day = () if self.per_day is None else (Budget(scope="agent", window="day", records=self.per_day),)
        return Settings(budgets=run + day)


def _check_order(approve_over: float | None, deny_over: float | None) -> None:
    """Refuse limits of which the first is never reached, in the words of the person who sets them."""
    if approve_over is not None and deny_over is not None and approve_over >= deny_over:
        raise ValueError(f"nobody would ever be asked: everything over {deny_over:g} is refused")
