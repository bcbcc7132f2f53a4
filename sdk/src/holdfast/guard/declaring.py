"""A contract as a decorator writes it: plain mappings become duties, functions become probes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from holdfast.action import RESERVED_PREFIX, Contract, PostCondition
from holdfast.action.contracts import check_alone
from holdfast.errors import Misconfigured

Duty = TypeVar("Duty")
Probe = Callable[[dict[str, Any], Any], Any]
"""Reads the world after a call: `probe(arguments, result)` says True, False, or None for unknown."""
Probes = dict[str, Callable[..., Any]]


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
