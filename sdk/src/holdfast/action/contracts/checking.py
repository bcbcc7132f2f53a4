"""Whether what a contract declares can be done: names that exist, calls that fit, no contradiction."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, cast

from holdfast.action.action import Effect
from holdfast.action.contract import Contract
from holdfast.action.contracts.references import Reference, find_references
from holdfast.action.contracts.schemas import (
    at,
    fit,
    is_open,
    properties_of,
    type_of_value,
    types_of,
)
from holdfast.action.duties import PostCondition
from holdfast.errors import Invalid

Find = Callable[[str], Contract | None]
Path = tuple[str, ...]
NAMING: Final = ("critical", "payload", "idempotency_key")
"""Fields that name arguments."""


class Problem(NamedTuple):
    """What is wrong with a contract, and where in it."""

    path: Path
    message: str
    hint: str = ""


def check(contract: Contract, find: Find) -> Iterator[Problem]:
    """Everything that is wrong with a contract, given the contracts of the other tools.

    Args:
        contract: as it counts, with everything that files say of it.
        find: the contract of another tool; None when it is not known yet, and then not held against this one.
    """
    yield from check_alone(contract)
    for place, condition in enumerate(contract.postconditions):
        path = ("postconditions", str(place))
        probe = find(condition.tool) if condition.tool else None
        if probe is not None:
            if probe.effect is not Effect.READ:
                yield Problem((*path, "tool"), f"{probe.tool} does not only read, so it cannot be a probe")
            yield from _check_call(contract, probe, condition.arguments, (*path, "arguments"))
            yield from _check_expectations(condition, probe, path)
    undo = contract.compensation
    target = find(undo.tool) if undo is not None else None
    if undo is not None and target is not None:
        yield from _check_call(contract, target, undo.arguments, ("compensation", "arguments"))


def check_alone(contract: Contract) -> Iterator[Problem]:
    """What is wrong with a contract whatever the other tools are."""
    yield from _check_names(contract)
    if contract.retries is not None and not (contract.effect is Effect.READ or contract.idempotent):
        message = f"{contract.tool} is neither a read nor idempotent: repeating it could do it twice"
        yield Problem(("retries",), message, "Say `idempotent: true` if that is so, or leave retries out.")
    for place, condition in enumerate(contract.postconditions):
        yield from _check_condition(contract, condition, ("postconditions", str(place)))
    if contract.compensation is not None:
        if contract.effect is Effect.READ:
            yield Problem(("compensation",), "a read changes nothing that could be taken back")
        yield from _check_references(contract, contract.compensation.arguments, ("compensation", "arguments"))


def missing_tools(contract: Contract, find: Find) -> Iterator[tuple[str, str]]:
    """Tools that the contract needs and nobody knows yet: what for, and which."""
    for condition in contract.postconditions:
        if condition.tool and find(condition.tool) is None:
            yield "post-condition", condition.tool
    if contract.compensation is not None and find(contract.compensation.tool) is None:
        yield "compensation", contract.compensation.tool


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at the known word that was probably meant, or nothing."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return f"Did you mean {found[0]}?" if found else ""


def _check_names(contract: Contract) -> Iterator[Problem]:
    known = properties_of(contract.parameters)
    # A file may speak of a tool whose code was not met yet: while no argument is known, none is wrong.
    if not known or contract.open or is_open(contract.parameters):
        return
    for field in NAMING:
        for place, name in enumerate(getattr(contract, field)):
            if at(contract.parameters, tuple(name.split("."))) is None:
                message = f"{contract.tool} has no argument {name}"
                yield Problem((field, str(place)), message, nearest(name, known))


def _check_condition(contract: Contract, condition: PostCondition, path: Path) -> Iterator[Problem]:
    if bool(condition.tool) == bool(condition.probe):
        yield Problem(path, "a post-condition names a tool that probes, or a probe: one of both")
    if condition.fails_with and (condition.expect or condition.schema):
        yield Problem((*path, "fails_with"), "a probe that must fail has no result to expect anything of")
    if condition.tool and not (condition.expect or condition.schema or condition.fails_with):
        message = "nothing is expected of the probe, so nothing could contradict it"
        yield Problem(path, message, "Add `expect`, `schema` or `fails_with`.")
    for field in ("arguments", "expect"):
        yield from _check_references(contract, getattr(condition, field), (*path, field))


def _check_references(contract: Contract, value: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    try:
        found = list(find_references(value))
    except Invalid as error:
        yield Problem(path, error.message, error.hint)
        return
    for place, reference in found:
        if reference.steps and _target(contract, reference) is None:
            yield _nowhere(contract, reference, (*path, *place))


def _nowhere(contract: Contract, reference: Reference, path: Path) -> Problem:
    if reference.root == "result" and not contract.output:
        message = f"{reference} cannot be checked: {contract.tool} does not say what it returns"
        return Problem(path, message, "Describe the result under `output`.")
    schema = contract.parameters if reference.root == "arguments" else contract.output
    hint = nearest(reference.steps[0], properties_of(schema))
    return Problem(path, f"{reference} leads nowhere in the {reference.root} of {contract.tool}", hint)


def _target(contract: Contract, reference: Reference) -> Mapping[str, Any] | None:
    """The schema of what a reference stands for; None when it leads nowhere."""
    if reference.root == "result":
        return at(contract.output, reference.steps) if contract.output else None
    return at(contract.parameters, reference.steps)


def _check_call(
    contract: Contract, target: Contract, call: Mapping[str, Any], path: Path
) -> Iterator[Problem]:
    """Whether a declared call fits the contract of the tool it calls."""
    known = properties_of(target.parameters)
    if not known and is_open(target.parameters):
        return
    closed = not target.open and not is_open(target.parameters)
    for name, value in call.items():
        if name not in known:
            if closed:
                message = f"{target.tool} has no argument {name}"
                yield Problem((*path, name), message, nearest(name, known))
        elif not _fits(contract, value, known[name], target):
            yield Problem((*path, name), f"{name} of {target.tool} cannot take a value of this type")
    for name in cast("list[str]", target.parameters.get("required") or ()):
        if name not in call:
            yield Problem(path, f"{target.tool} needs the argument {name}")


def _fits(contract: Contract, value: Any, wanted: Mapping[str, Any], target: Contract) -> bool:
    types = types_of(wanted, target.parameters)
    try:
        references = list(find_references(value))
    except Invalid:
        return True  # reported where it stands
    if not references or references[0][0]:
        return fit(frozenset({type_of_value(value)}), types)
    reference = references[0][1]
    source = _target(contract, reference) if reference.steps else None
    root = contract.parameters if reference.root == "arguments" else contract.output
    return source is None or fit(types_of(source, root), types)


def _check_expectations(condition: PostCondition, probe: Contract, path: Path) -> Iterator[Problem]:
    if not probe.output:
        return
    for name in condition.expect:
        if at(probe.output, tuple(name.split("."))) is None:
            message = f"the result of {probe.tool} has no {name}"
            yield Problem((*path, "expect", name), message, nearest(name, properties_of(probe.output)))
