"""Expressions and values as a policy writes them: the same text for the same expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from holdfast.decision.cedar.syntax import Expression
from holdfast.decision.cedar.values import Datetime, Decimal, Duration, Entity

Path = tuple[str, ...]
MAKERS: Final = frozenset({"ip", "decimal", "datetime", "duration"})


def spell(expression: Expression) -> str:
    """An expression as text, near enough to the policy's own to be found in it by a reader."""
    ((operator, operand),) = expression.items()
    if operator in SPELLERS:
        return SPELLERS[operator](operand)
    if isinstance(operand, list):
        first, *rest = map(spell, cast("list[Expression]", operand))
        return f"{operator}({first})" if operator in MAKERS else f"{first}.{operator}({', '.join(rest)})"
    left, right = spell(operand["left"]), spell(operand["right"])
    if operator.isalpha() and operator != "in":
        return f"{left}.{operator}({right})"
    return f"({left} {operator} {right})"


def spell_value(value: Any) -> str:
    """A value as text."""
    match value:
        case str():
            return f'"{value}"'
        case bool():
            return str(value).lower()
        case Decimal():
            whole, rest = divmod(abs(int(value)), 10_000)
            return f"{'-' if value < 0 else ''}{whole}.{str(rest).zfill(4).rstrip('0') or '0'}"
        case Datetime() | Duration():
            return f"{int(value)} ms"
        case _:
            return str(value)


def spell_pattern(pieces: list[Any]) -> str:
    """A `like` pattern as text."""
    return f'"{"".join("*" if one == "Wildcard" else one["Literal"] for one in pieces)}"'


def path_of(expression: Expression) -> Path | None:
    """`context.a.b` as `(a, b)`; None for everything else."""
    if expression.get("Var") == "context":
        return ()
    step = expression.get(".")
    owner = path_of(step["left"]) if step else None
    return None if owner is None or step is None else (*owner, str(step["attr"]))


def read_value(operand: Any) -> Any:
    """A literal's value."""
    if isinstance(operand, dict):
        named = cast("dict[str, dict[str, str]]", operand)["__entity"]
        return Entity(named["type"], named["id"])
    return operand


def _kind(operand: Mapping[str, Any]) -> str:
    within = f" in {spell(operand['in'])}" if "in" in operand else ""
    return f"{spell(operand['left'])} is {operand['entity_type']}{within}"


def _choice(operand: Mapping[str, Any]) -> str:
    return f"if {spell(operand['if'])} then {spell(operand['then'])} else {spell(operand['else'])}"


def _record(operand: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{name}: {spell(inner)}" for name, inner in operand.items()) + "}"


SPELLERS: Final[Mapping[str, Callable[[Any], str]]] = {
    "Var": str,
    "Value": lambda operand: spell_value(read_value(operand)),
    ".": lambda operand: f"{spell(operand['left'])}.{operand['attr']}",
    "has": lambda operand: f"{spell(operand['left'])} has {operand['attr']}",
    "like": lambda operand: f"{spell(operand['left'])} like {spell_pattern(operand['pattern'])}",
    "is": _kind,
    "if-then-else": _choice,
    "Set": lambda operand: f"[{', '.join(map(spell, operand))}]",
    "Record": _record,
    "!": lambda operand: f"!({spell(operand['arg'])})",
    "neg": lambda operand: f"-({spell(operand['arg'])})",
    "isEmpty": lambda operand: f"{spell(operand['arg'])}.isEmpty()",
}
"""The operators that are not written between two operands or as a method of the first."""
