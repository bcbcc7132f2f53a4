"""Why a decision came out as it did, for the person who asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

import msgspec

from holdfast.action import Action
from holdfast.decision.bundle import ENGINE, Bundle
from holdfast.decision.verdict import Decision, Reason, Verdict

VALUE_MAX: Final = 200
OPPOSITE: Final = {"<": "at least", "<=": "over", ">": "at most", ">=": "under"}
DECIMAL_OPPOSITE: Final = {
    "lessThan": "at least",
    "lessThanOrEqual": "over",
    "greaterThan": "at most",
    "greaterThanOrEqual": "under",
}


class Section(msgspec.Struct, frozen=True):
    """One paragraph of an explanation."""

    title: str
    text: str


class Explanation(msgspec.Struct, frozen=True):
    """An explanation, paragraph by paragraph."""

    sections: tuple[Section, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The explanation as lines of text."""
        return tuple(f"{section.title}: {section.text}" for section in self.sections)


def explain(decision: Decision, bundle: Bundle, action: Action) -> Explanation:
    """Say which rules spoke, in their own words, on what they looked, and what would change the verdict."""
    return Explanation(
        (
            Section(
                "Verdict", f"{decision.verdict}, settled by the stage {decision.stage}: {decision.message}"
            ),
            *_rules(decision, bundle),
            *_would_pass(decision, bundle),
            *_inputs(decision, action),
            Section("Bundle", f"{decision.bundle[:16]} (engine {ENGINE})"),
            *_timings(decision),
        )
    )


def _rules(decision: Decision, bundle: Bundle) -> Iterator[Section]:
    for reason in decision.reasons:
        policy = bundle.rule(reason.rule.removeprefix("error:"))
        if policy is None:
            yield Section(f"Rule {reason.rule}", reason.message)
        else:
            where = f"{policy.source}:{policy.line}:{policy.column}"
            yield Section(f"Rule {reason.rule}", f"{reason.message} ({where})\n{policy.text}")
    if decision.errors:
        yield Section("Failed", ", ".join(decision.errors))


def _would_pass(decision: Decision, bundle: Bundle) -> Iterator[Section]:
    if decision.verdict in {Verdict.ALLOW, Verdict.TRANSFORM}:
        return
    cures = [line for reason in decision.reasons for line in _cures(reason, bundle)]
    for line in dict.fromkeys(cures):
        yield Section("Would pass if", line)


def _cures(reason: Reason, bundle: Bundle) -> Iterator[str]:
    if reason.cure.startswith("approval:"):
        yield f"{reason.cure.removeprefix('approval:')} approved this very call"
    elif reason.cure:
        yield reason.cure
    policy = bundle.rule(reason.rule)
    if policy is not None and policy.effect == "forbid":
        for clause in policy.conditions:
            if clause.kind == "when":
                yield from _bounds(clause.body)
    if reason.rule == "holdfast:flow":
        yield "every critical value came from the person or from a trusted tool"


def _bounds(expression: Any) -> Iterator[str]:
    """`amount were at most 500`, read off the comparisons of a condition."""
    if isinstance(expression, list):
        for one in cast("list[Any]", expression):
            yield from _bounds(one)
        return
    if not isinstance(expression, dict):
        return
    for operator, operand in cast("dict[str, Any]", expression).items():
        if operator in OPPOSITE:
            left, right = operand["left"], operand["right"]
            yield from _bound(left, OPPOSITE[operator], right.get("Value"))
        elif operator in DECIMAL_OPPOSITE and "decimal" in operand[1]:
            yield from _bound(operand[0], DECIMAL_OPPOSITE[operator], operand[1]["decimal"][0].get("Value"))
        elif operator not in {"!", "if"}:
            yield from _bounds(list(operand.values()) if isinstance(operand, dict) else operand)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]  # Cedar's JSON form


def _bound(left: Any, word: str, value: Any) -> Iterator[str]:
    path: list[str] = []
    while isinstance(left, dict) and "." in left:
        step = cast("dict[str, Any]", left)["."]
        path.insert(0, str(step["attr"]))
        left = step["left"]
    if path and value is not None and left == {"Var": "context"}:
        name = ".".join(path).removeprefix("args.").removeprefix("derived.")
        yield f"{name} were {word} {value}"


def _inputs(decision: Decision, action: Action) -> Iterator[Section]:
    chain = " → ".join(
        filter(None, (action.person, *(actor.agent for actor in action.chain or (action.actor,))))
    )
    yield Section("Asked by", chain or "nobody named")
    shown = msgspec.json.encode(decision.arguments or action.arguments).decode()
    yield Section("Arguments", shown if len(shown) <= VALUE_MAX else f"{shown[:VALUE_MAX]}…")
    if decision.obligations:
        yield Section("Changed", ", ".join(decision.obligations))
    yield Section("Labels", ", ".join(decision.labels) or "none: nothing untrusted has come in")
    if decision.unendorsed:
        yield Section("Chosen by nobody entitled", ", ".join(decision.unendorsed))


def _timings(decision: Decision) -> Iterator[Section]:
    if decision.timings_ns:
        parts = ", ".join(f"{stage} {took / 1000:.1f}" for stage, took in decision.timings_ns)
        yield Section("Took", f"{decision.took_ns / 1000:.1f} µs ({parts})")
