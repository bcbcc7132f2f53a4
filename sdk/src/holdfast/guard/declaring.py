"""A contract as a decorator writes it: plain mappings become duties, functions become probes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict, TypeVar

import msgspec

from holdfast.action import RESERVED_PREFIX, Compensation, Contract, PostCondition, Rate, Retries
from holdfast.action.contracts import check_alone
from holdfast.errors import Misconfigured

Duty = TypeVar("Duty")
Probe = Callable[[dict[str, Any], Any], Any]
"""Reads the world after a call: `probe(arguments, result)` says True, False, or None for unknown."""
Probes = dict[str, Callable[..., Any]]


class Duties(TypedDict, total=False):
    """What a decorator can ask of whoever makes the call, as docs/concepts/contracts.md tells."""

    idempotent: bool
    """Whether doing it again with the same arguments changes nothing more."""
    idempotency_key: Iterable[str]
    """Arguments that name the effect, which is then had once in a session."""
    timeout_s: float
    """How long one call may take."""
    retries: Retries | Mapping[str, Any] | int
    """How often a call that failed in passing is made again, and how."""
    rate: Rate | Mapping[str, Any]
    """How many calls in how much time."""
    postconditions: Iterable[PostCondition | Mapping[str, Any] | Probe]
    """What the world must show afterwards: a tool that reads it with what is expected, or a probe."""
    compensation: Compensation | Mapping[str, Any]
    """The call that takes the effect back."""
    output: Mapping[str, Any]
    """JSON Schema that the result must keep."""


def read_duties(said: Duties) -> tuple[dict[str, Any], Probes]:
    """The fields of a contract, and the probes that are functions.

    Raises:
        Misconfigured: one of them is not what it should be.
    """
    conditions, probes = split_probes(said.get("postconditions", ()))
    retries = said.get("retries")
    fields: dict[str, Any] = {
        "idempotent": said.get("idempotent", False),
        "idempotency_key": tuple(said.get("idempotency_key", ())),
        "timeout_s": said.get("timeout_s", 0.0),
        "retries": read_duty({"times": retries} if isinstance(retries, int) else retries, Retries),
        "rate": read_duty(said.get("rate"), Rate),
        "postconditions": conditions,
        "compensation": read_duty(said.get("compensation"), Compensation),
        "output": dict(said.get("output", {})),
    }
    for word in said:
        if word not in fields:
            raise TypeError(f"tool() got an unexpected keyword argument {word!r}")
    return fields, probes


def read_duty(said: Duty | Mapping[str, Any] | None, kind: type[Duty]) -> Duty | None:
    """A duty, given as itself or as a mapping.

    Raises:
        Misconfigured: the mapping is no such duty.
    """
    if said is None or isinstance(said, kind):
        return said
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        raise Misconfigured(f"{kind.__name__.lower()}: {error}") from error


def split_probes(
    some: Iterable[PostCondition | Mapping[str, Any] | Probe],
) -> tuple[tuple[PostCondition, ...], Probes]:
    """Post-conditions as the contract names them, and those that are functions, by name."""
    conditions: list[PostCondition] = []
    probes: Probes = {}
    for place, one in enumerate(some):
        if callable(one):
            name = getattr(one, "__name__", "probe")
            word = f"{name}-{place}" if name in probes or name == "<lambda>" else name
            probes[word] = one
            conditions.append(PostCondition(probe=word))
        else:
            found = read_duty(one, PostCondition)
            assert found is not None, "a post-condition is never None"
            conditions.append(found)
    return tuple(conditions), probes


def check_declared(contract: Contract, function: Callable[..., Any]) -> None:
    """Refuse what a contract cannot promise of this function.

    Raises:
        Misconfigured: what, and where.
    """
    if contract.tool.startswith(RESERVED_PREFIX):
        raise Misconfigured(f"{contract.tool!r}: names may not begin with {RESERVED_PREFIX!r}")
    for problem in check_alone(contract):
        raise Misconfigured(f"{'.'.join(problem.path)}: {problem.message}", hint=problem.hint)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        for word in ("retries", "output", "postconditions", "idempotency_key"):
            if getattr(contract, word):
                raise Misconfigured(
                    f"{contract.tool}: {word} cannot be kept for a generator: its items are gone already",
                    hint="Return a list, or leave it out.",
                )
