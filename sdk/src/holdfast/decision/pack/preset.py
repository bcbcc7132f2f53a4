"""What every preset is made of: a value that writes Cedar."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from holdfast.action import Contract, Effect
from holdfast.decision.cedar import Type, shape_of

ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"})
ANY_TOOL: Final = 'action in Action::"holdfast:tool"'


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule as a person writes it; it becomes one or more Cedar policies."""

    name: str = ""
    """Names the rule in decisions; by default the preset's own word."""
    message: str = ""
    """What a refused model may read; by default the preset's own sentence."""

    @property
    def about(self) -> str:
        """The one tool whose contract is needed to write this rule; empty when none is."""
        return ""

    @property
    def argument(self) -> str:
        """The argument of that tool which the rule judges, if it judges one."""
        return ""

    @abstractmethod
    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        """The Cedar policies, as text.

        Args:
            rule: the id of the rule; several policies add a word to it.
            contract: of the tool the rule is about, once it is known.
        """
        raise NotImplementedError


def quote(text: str) -> str:
    """A Cedar string literal."""
    return f'"{text.translate(ESCAPES)}"'


def quote_all(texts: Iterable[str]) -> str:
    """A Cedar set of strings."""
    return f"[{', '.join(map(quote, texts))}]"


def permit(rule: str, *, action: str, role: str = "", resource: str = "resource", when: str = "") -> str:
    """A permit, as text."""
    principal = f"principal in Role::{quote(role)}" if role else "principal"
    condition = f"\nwhen {{ {when} }}" if when else ""
    return f"@id({quote(rule)})\npermit ({principal}, {action}, {resource}){condition};\n"


def forbid(
    rule: str,
    *,
    message: str,
    action: str = ANY_TOOL,
    when: str = "",
    approver: str = "",
    on: str = "",
    category: str = "policy",
) -> str:
    """A forbid, as text; with an approver it is one that an approval lifts."""
    lines = [f"@id({quote(rule)})", f"@message({quote(message)})", f"@category({quote(category)})"]
    if approver:
        lines.append(f"@cure({quote(f'approval:{approver}')})")
    if on:
        lines.append(f"@on({quote(on)})")
    lines.append(f"forbid (principal, {action}, resource)")
    if when:
        lines.append(f"when {{ {when} }}")
    if approver:
        lines.append(f"unless {{ context.approvals.contains({quote(approver)}) }}")
    return "\n".join(lines) + ";\n"


def tools_scope(tools: Iterable[str]) -> tuple[str, str]:
    """Action scope and condition for a list of tool names, some of which may hold a `*`."""
    names = list(tools)
    if not names or "*" in names:
        return ANY_TOOL, ""
    if not any("*" in name for name in names):
        return f"action in [{', '.join(f'Action::{quote(name)}' for name in names)}]", ""
    # Cedar's actions have no patterns, but a tool knows its name; in a `like` the star is the only wildcard.
    return ANY_TOOL, "(" + " || ".join(f"resource.name like {quote(name)}" for name in names) + ")"


def effects_scope(effects: Iterable[Effect]) -> str:
    """Action scope for a list of effects."""
    return "action in [" + ", ".join(f'Action::"holdfast:effect:{effect}"' for effect in effects) + "]"


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


def both(*conditions: str) -> str:
    """All of the conditions that are not empty."""
    return " && ".join(one for one in conditions if one)


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
