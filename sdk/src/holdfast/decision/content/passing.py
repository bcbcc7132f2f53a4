"""A call's arguments and its result as rules about content let them pass, wherever the call is judged.

What rules want replaced is replaced before anything is judged, so what was judged is what runs. Tokens become
values again only in the arguments of tools that a rule names, and before those are judged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, cast

import msgspec

from holdfast.action import Kind
from holdfast.decision.content import tokens
from holdfast.decision.content.rules import Content, Name, Objection, Place, apply
from holdfast.decision.verdict import Decision, Reason, Verdict

RULE: Final = "holdfast:content"
UNREAD: Final = Objection("deny", (), "this could not be read for what it holds")
"""Our own failure is a refusal."""
PLACES: Final = {
    Kind.TOOL: Place.ARGUMENTS,
    Kind.DELEGATE: Place.ARGUMENTS,
    Kind.MESSAGE: Place.ARGUMENTS,
    Kind.MEMORY: Place.ARGUMENTS,
    Kind.MODEL: Place.REQUESTS,
    Kind.OUTPUT: Place.OUTPUT,
}
"""Where the arguments of an action stand; what begins a run is a person's own words."""
Find = Callable[[str, str], str | None]
"""Tells what a token of a kind and an id stands for."""


class Passed(NamedTuple):
    """Arguments as they may be judged."""

    arguments: dict[str, Any]
    """The very same object when nothing was changed."""
    objections: tuple[Objection, ...] = ()
    kinds: tuple[str, ...] = ()
    """Of what was taken out; empty when nothing was, though a token may have become a value."""


class Shown(NamedTuple):
    """A result as the model may see it."""

    value: Any
    """The very same object when nothing was changed."""
    labels: frozenset[str] | None = None
    """The families that were found; None when no rule reads results here."""


def read_arguments(  # noqa: PLR0917  # what stands where, and the vault's two halves
    arguments: dict[str, Any], content: Content, place: Place, target: str, find: Find, name: Name
) -> Passed:
    """The arguments of a call with what rules do about them."""
    if content.restores_in(target):
        restored, count = tokens.replace(arguments, find)
        arguments = restored if count else arguments
    rules = tuple(rule for rule in content.at(place, target) if target not in rule.restore)
    if not rules:
        return Passed(arguments)
    reading = apply(arguments, rules, place=place, name=name)
    if not reading.changed:
        return Passed(arguments, reading.objections)
    return Passed(reading.value, reading.objections, tuple(sorted(reading.kinds)))


def read_result(result: Any, content: Content, place: Place, target: str, name: Name) -> Shown:
    """A result with what rules do about it; one that they withhold becomes a sentence that says so."""
    rules = content.at(place, target)
    if not rules or not isinstance(result, str | dict | list | tuple):
        return Shown(result)
    reading = apply(result, rules, place=place, name=name)
    refused = next(iter(reading.objections), None)
    if refused is not None:
        return Shown(f"Withheld: {refused.message}", reading.labels)
    return Shown(reading.value if reading.changed else cast("Any", result), reading.labels)


def tighten(decision: Decision, objections: tuple[Objection, ...], *, approver: str) -> Decision:
    """The decision with what speaks against the content: it can only become stricter."""
    verdict = Verdict.DENY if any(one.do == "deny" for one in objections) else Verdict.ASK
    if not objections or decision.verdict in {Verdict.DENY, Verdict.HALT}:
        return decision
    cure = f"approval:{approver}" if verdict is Verdict.ASK else ""
    reasons = tuple(
        Reason(RULE, "content", one.message, cure if one.do == "ask" else "") for one in objections
    )
    return msgspec.structs.replace(
        decision,
        verdict=verdict,
        stage=decision.stage if decision.verdict is Verdict.ASK and verdict is Verdict.ASK else "content",
        reasons=(*reasons, *(decision.reasons if decision.verdict is Verdict.ASK else ())),
    )
