"""Claimed against observed: what a probe shows of the world, beside what a contract expects of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal

from holdfast.action import PostCondition
from holdfast.action.contracts import look_up, resolve
from holdfast.decision.validation import make_result_validator, problems
from holdfast.errors import Invalid

Observed = Literal["", "confirmed", "contradicted", "unknown"]
"""What the world shows of an effect; empty when nobody had to look."""
NOBODY_LOOKED: Final[Observed] = ""
WORST_FIRST: Final[tuple[Observed, ...]] = ("contradicted", "unknown", "confirmed", "")
DETAIL_MAX: Final = 500

Finding = tuple[Observed, str]
"""What was observed, and why it was observed so."""


def worst(some: Sequence[Observed]) -> Observed:
    """One observation for several: whatever is not confirmed outweighs what is."""
    return min(tuple(some) or (NOBODY_LOOKED,), key=WORST_FIRST.index)


def conclude(findings: Sequence[Finding]) -> Finding:
    """What several probes come to."""
    observed = worst([found for found, _ in findings])
    return observed, "; ".join(told for found, told in findings if found != "confirmed")


def say(tool: str, observed: Observed, detail: str) -> str:
    """The sentence about an effect that is no success."""
    if observed == "contradicted":
        return f"{tool} says it is done, but it is not so: {detail}"
    return f"whether {tool} took effect is unknown: {detail}"


def say_unproven(left: Collection[str]) -> str:
    """The sentence about a run that left such effects."""
    return f"the run left effects that the world does not show ({name_unproven(left)})"


def name_unproven(left: Collection[str], *, most: int = 3) -> str:
    """The effects that a run left unproven, the first few of them."""
    named = sorted(set(left))
    return "; ".join(named[:most]) + ("; …" if len(named) > most else "")


def compare(condition: PostCondition, data: Any, known: Mapping[str, Any]) -> Finding:
    """What the result of a probe that is a tool says.

    Args:
        condition: what is expected.
        data: the result, as plain data.
        known: the `arguments` and the `result` of the call it is about.

    Raises:
        Invalid: something that is expected refers to nothing.
    """
    if condition.fails_with:
        return "contradicted", f"{condition.tool} still finds it"
    if condition.schema:
        found = problems(make_result_validator(condition.tool, condition.schema), data)
        if found:
            return "contradicted", f"{condition.tool}: {'; '.join(found)}"[:DETAIL_MAX]
    for path, declared in condition.expect.items():
        wanted = resolve(declared, known)
        try:
            there = look_up(data, tuple(path.split(".")), path)
        except Invalid:
            return "contradicted", f"{condition.tool} shows no {path}"
        if not _same(there, wanted):
            return "contradicted", f"{condition.tool} shows {path}={_told(there)}, not {_told(wanted)}"
    return "confirmed", ""


def fail(condition: PostCondition, kinds: Collection[str], told: str) -> Finding:
    """What a probe's failure says: nothing, unless it had to fail just so.

    Args:
        condition: what is expected.
        kinds: the error's class, and those it inherits from where they are known, the nearest first.
        told: what the error says.
    """
    if not set(kinds).isdisjoint(condition.fails_with):
        return "confirmed", ""
    kind = next(iter(kinds), "")
    said = ": ".join(filter(None, (condition.tool or condition.probe, kind, told)))
    return "unknown", said[:DETAIL_MAX]


def read_text(data: Any) -> Any:
    """A result as data; a text that is JSON is what it says."""
    if isinstance(data, str):
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            return data
    return data


def _same(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _told(value: Any) -> str:
    return repr(value)[:80]
