"""What every preset is made of: a value that writes Cedar, or sets one of the other mechanisms up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

import msgspec

from holdfast.action import Contract, Effect
from holdfast.decision.alarms import Alarm
from holdfast.decision.cedar import Type, shape_of
from holdfast.decision.cedar.syntax import LEVEL
from holdfast.decision.content.rules import ContentRule
from holdfast.decision.limits import Budget
from holdfast.decision.rates import RateTerms

ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"})
ANY_TOOL: Final = 'action in Action::"holdfast:tool"'

Role = Annotated[str, msgspec.Meta(pattern=r"^[\w.@-]{1,64}$")]
Argument = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]
LevelText = Annotated[str, msgspec.Meta(pattern=f"^(?:{LEVEL})$")]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Some = Annotated[tuple[Word, ...], msgspec.Meta(min_length=1)]
Effects = Annotated[tuple[Effect, ...], msgspec.Meta(min_length=1)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class Settings(msgspec.Struct, frozen=True):
    """What a preset says to the mechanisms beside Cedar."""

    budgets: tuple[Budget, ...] = ()
    detectors: Mapping[str, Alarm] = {}
    rates: tuple[RateTerms, ...] = ()
    content: tuple[ContentRule, ...] = ()
    tools: Mapping[str, Mapping[str, Any]] = {}
    """Fields of the contracts of tools, by their names."""


NOTHING: Final = Settings()


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule as a person writes it."""

    category: ClassVar[str] = ""
    """What it is about; one of `CATEGORIES`."""
    example: ClassVar[str] = ""
    """Its settings, as they would stand in a file."""
    exceeds: ClassVar[str] = ""
    """What it does that rules of this kind elsewhere do not."""
    reads: ClassVar[str] = ""
    """What it decides on."""

    name: str = ""
    """Names the rule in decisions; by default the preset's own word."""
    message: str = ""
    """What a refused model may read; by default the preset's own sentence."""
    enforce: LevelText = "enforce"
    """How much it counts: only watched, only warning, for a share of the runs, or always."""

    @property
    def about(self) -> str:
        """The one tool whose contract is needed to write this rule; empty when none is."""
        return ""

    @property
    def argument(self) -> str:
        """The argument of that tool which the rule judges, if it judges one."""
        return ""

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        """The Cedar policies, as text; none when another mechanism does the work.

        Args:
            rule: the id of the rule; several policies add a word to it.
            contract: of the tool the rule is about, once it is known.
        """
        del contract
        yield f"// {rule} is no Cedar: it sets budgets, detectors or contracts.\n"

    def configure(self) -> Settings:
        """What it says to the mechanisms beside Cedar."""
        return NOTHING

    def forbid(self, rule: str, told: str, **about: str) -> str:
        """A forbid of this rule.

        Args:
            rule: the id of the policy.
            told: what the model reads when the file says nothing else.
            about: `action`, `when`, `role`, `approver` and `on`, as `forbid` takes them.
        """
        return forbid(rule, message=self.message or told, category=self.category, **about)


class OneArgument(Preset, frozen=True, kw_only=True):
    """A rule about one argument of one tool."""

    tool: str
    arg: Argument

    @property
    def about(self) -> str:
        return self.tool

    @property
    def argument(self) -> str:
        return self.arg

    @property
    def action(self) -> str:
        """The action scope of the tool."""
        return f"action == Action::{quote(self.tool)}"


class Guarded(Preset, frozen=True, kw_only=True):
    """A rule about some tools, which asks or refuses."""

    tools: tuple[Word, ...] = ()
    """Names of tools, with `*`; without any, all of them."""
    effects: tuple[Effect, ...] = ()
    """Tools with these effects, beside those named."""
    role: str = ""
    """Only for agents in this role."""
    otherwise: Literal["approve", "deny", "halt"] = "deny"
    """What happens when the rule is not kept: a person decides, nobody does, or the run ends."""
    approver: Role = "owner"
    """Who decides."""

    def refuse(
        self, rule: str, when: str, message: str, *, kinds: tuple[str, ...] = (), action: str = ""
    ) -> str:
        """The forbid that keeps the rule.

        Args:
            rule: the id of the policy.
            when: what must not be.
            message: what the model reads when the file says nothing else.
            kinds: what it is about when the file names no tool; else every tool.
            action: what it is about, whatever the file names.
        """
        scope, named = (action, "") if action else make_scope(self.tools, self.effects, kinds=kinds)
        asks = self.otherwise == "approve"
        return self.forbid(
            rule,
            message,
            action=scope,
            when=both(named, when),
            role=self.role,
            approver=self.approver if asks else "",
            on="halt" if self.otherwise == "halt" else "",
        )


def quote(text: str) -> str:
    """A Cedar string literal."""
    return f'"{text.translate(ESCAPES)}"'


def quote_all(texts: Iterable[str]) -> str:
    """A Cedar set of strings."""
    return f"[{', '.join(map(quote, texts))}]"


def permit(rule: str, *, action: str, role: str = "", resource: str = "resource", when: str = "") -> str:
    """A permit, as text."""
    condition = f"\nwhen {{ {when} }}" if when else ""
    return f"@id({quote(rule)})\npermit ({_principal(role)}, {action}, {resource}){condition};\n"


def forbid(
    rule: str,
    *,
    message: str,
    category: str,
    action: str = ANY_TOOL,
    when: str = "",
    role: str = "",
    approver: str = "",
    on: str = "",
) -> str:
    """A forbid, as text; with an approver it is one that an approval lifts."""
    lines = [f"@id({quote(rule)})", f"@message({quote(message)})", f"@category({quote(category)})"]
    if approver:
        lines.append(f"@cure({quote(f'approval:{approver}')})")
    if on:
        lines.append(f"@on({quote(on)})")
    lines.append(f"forbid ({_principal(role)}, {action}, resource)")
    if when:
        lines.append(f"when {{ {when} }}")
    if approver:
        lines.append(f"unless {{ context.approvals.contains({quote(approver)}) }}")
    return "\n".join(lines) + ";\n"


def make_scope(
    tools: Iterable[str], effects: Iterable[Effect] = (), *, kinds: Iterable[str] = ()
) -> tuple[str, str]:
    """Action scope and condition for tools by name, some of which may hold a `*`, and tools by effect.

    Args:
        tools: names.
        effects: effects.
        kinds: kinds of action that are meant when neither is given.
    """
    names = list(tools)
    groups = [f'Action::"holdfast:effect:{effect}"' for effect in effects]
    if "*" in names:
        return ANY_TOOL, ""
    if not names and not groups:
        chosen = [f'Action::"holdfast:{kind}"' for kind in kinds]
        return (f"action in [{', '.join(chosen)}]" if chosen else ANY_TOOL), ""
    exact = [f"Action::{quote(name)}" for name in names if "*" not in name]
    listed = f"action in [{', '.join([*exact, *groups])}]"
    patterns = [name for name in names if "*" in name]
    if not patterns:
        return listed, ""
    # Cedar's actions have no patterns, but a tool knows its name; in a `like` the star is the only wildcard.
    likes = [f"resource.name like {quote(name)}" for name in patterns]
    return ANY_TOOL, f"({' || '.join([*likes, *([listed] if exact or groups else [])])})"


def effects_scope(effects: Iterable[Effect]) -> str:
    """Action scope for a list of effects."""
    return make_scope((), effects)[0]


def above(arg: str, limit: float, contract: Contract | None) -> str:
    """`the argument is over the limit`, in the argument's own type; an argument left out counts as over."""
    owner, _, name = f"context.args.{arg}".rpartition(".")
    path = f"{owner}.{name}"
    whole = contract is not None and type_at(contract, arg) is Type.LONG
    test = f"{path} > {int(limit // 1)}" if whole else f"{path}.greaterThan({decimal(limit)})"
    return f"(if {has(arg)} then {test} else true)"


def has(arg: str) -> str:
    """`the argument is there`."""
    return f"context.args has {arg}"


def labelled(labels: Iterable[str]) -> str:
    """`the session holds one of these labels`; empty when none is named."""
    some = list(labels)
    return f"context.labels.containsAny({quote_all(some)})" if some else ""


def unless_stated(fact: str, test: Callable[[str], str]) -> str:
    """`nobody stated the fact, or it fails the test`."""
    return f"!(context.facts has {fact} && {test(f'context.facts.{fact}')})"


def at_least(limit: float) -> Callable[[str], str]:
    """The test that a decimal is not under the limit."""
    return lambda it: f"{it}.greaterThanOrEqual({decimal(limit)})"


def one_of(words: Iterable[str]) -> Callable[[str], str]:
    """The test that a text is one of these."""
    listed = quote_all(words)
    return lambda it: f"{listed}.contains({it})"


def both(*conditions: str) -> str:
    """All of the conditions that are not empty."""
    return " && ".join(one for one in conditions if one)


def either(*conditions: str) -> str:
    """Any of the conditions that are not empty."""
    some = [one for one in conditions if one]
    return f"({' || '.join(some)})" if len(some) > 1 else "".join(some)


def decimal(number: float) -> str:
    """A Cedar decimal literal."""
    text = f"{number:.4f}".rstrip("0")
    return f'decimal("{text}0")' if text.endswith(".") else f'decimal("{text}")'


def type_at(contract: Contract, arg: str) -> Type:
    """The type of an argument as policies see it; unknown when the schema does not name it."""
    shape = shape_of(contract.parameters)
    for step in arg.split("."):
        attribute = shape.attributes.get(step)
        if attribute is None:
            return Type.UNKNOWN
        shape = attribute.shape
    return shape.type


def _principal(role: str) -> str:
    return f"principal in Role::{quote(role)}" if role else "principal"
