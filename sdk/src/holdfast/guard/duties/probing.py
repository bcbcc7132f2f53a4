"""Claimed against observed: after an effect the world is read, and what is not confirmed is no success."""

from __future__ import annotations

import asyncio
import functools
import inspect
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from holdfast.action import Contract, PostCondition
from holdfast.action.contracts import resolve
from holdfast.decision import observed
from holdfast.decision.observed import Finding
from holdfast.errors import HoldfastError, Refused
from holdfast.guard.duties.functions import functions, probes
from holdfast.guard.duties.timing import await_within, call_within
from holdfast.guard.signature import plain

READINGS_MAX: Final = 3
"""How often the world is read until it confirms: at once, half-way, and when the time is over."""


def observe(contract: Contract, condition: PostCondition, known: Mapping[str, Any]) -> Finding:
    """Read the world and compare; repeated for as long as the contract grants it. Never raises."""
    probe = _find(contract, condition)
    if probe is None:
        return "unknown", _missing(condition)
    read = functools.partial(_read_whole, probe, condition, known)
    found: Finding = ("unknown", "nobody looked")
    for pause in _pauses(condition):
        time.sleep(pause)
        try:
            value = call_within(read, condition.timeout_s, tool=contract.tool)
            found = compare(condition, value, known)
        except Exception as error:  # noqa: BLE001  # a probe that fails has told nothing, or just what it should
            found = failed(condition, error)
        if found[0] == "confirmed":
            break
    return found


async def observe_async(contract: Contract, condition: PostCondition, known: Mapping[str, Any]) -> Finding:
    """`observe`, without stopping the event loop."""
    probe = _find(contract, condition)
    if probe is None:
        return "unknown", _missing(condition)
    seconds, tool = condition.timeout_s, contract.tool
    found: Finding = ("unknown", "nobody looked")
    for pause in _pauses(condition):
        await asyncio.sleep(pause)
        try:
            if inspect.iscoroutinefunction(probe):
                awaited = functools.partial(_read, probe, condition, known)
                value = await await_within(awaited, seconds, tool=tool)
            else:
                read = functools.partial(_read_whole, probe, condition, known)
                value = await asyncio.to_thread(call_within, read, seconds, tool=tool)
            found = compare(condition, value, known)
        except Exception as error:  # noqa: BLE001  # as above
            found = failed(condition, error)
        if found[0] == "confirmed":
            break
    return found


def compare(condition: PostCondition, value: Any, known: Mapping[str, Any]) -> Finding:
    """What a probe's result says.

    Raises:
        Invalid: something that is expected refers to nothing.
    """
    if condition.probe:
        return _own_answer(condition, value)
    return observed.compare(condition, as_data(value), known)


def failed(condition: PostCondition, error: Exception) -> Finding:
    """What a probe's failure says: nothing, unless it had to fail just so; a refusal tells nothing at all."""
    told = error.message if isinstance(error, HoldfastError) else str(error)
    if isinstance(error, Refused):
        condition = msgspec.structs.replace(condition, fails_with=())
    return observed.fail(condition, [kind.__name__ for kind in type(error).__mro__], told)


def _pauses(condition: PostCondition) -> list[float]:
    """How long to wait before each reading."""
    if not condition.within_s:
        return [0.0]
    return [0.0] + [condition.within_s / (READINGS_MAX - 1)] * (READINGS_MAX - 1)


def _find(contract: Contract, condition: PostCondition) -> Callable[..., Any] | None:
    """The function that reads the world, when it is of this process."""
    if condition.probe:
        return probes.get((contract.tool, condition.probe))
    return functions.get(condition.tool)


def _read(probe: Callable[..., Any], condition: PostCondition, known: Mapping[str, Any]) -> Any:
    """Call the probe; a coroutine function's call is still to be awaited."""
    if condition.probe:
        return probe(known["arguments"], known["result"])
    return probe(**resolve(condition.arguments, known))


def _read_whole(probe: Callable[..., Any], condition: PostCondition, known: Mapping[str, Any]) -> Any:
    """What a probe of any kind gives, in a thread of its own."""
    value = _read(probe, condition, known)
    return asyncio.run(value) if inspect.iscoroutine(value) else value


def _missing(condition: PostCondition) -> str:
    return f"{condition.tool or condition.probe} is no function of this process, so it could not be asked"


def _own_answer(condition: PostCondition, value: Any) -> Finding:
    if value is True:
        return "confirmed", ""
    if value is False:
        return "contradicted", f"{condition.probe} says that it is not so"
    return "unknown", f"{condition.probe} does not know"


def as_data(value: Any) -> Any:
    """A result as data; a text that is JSON is what it says."""
    return observed.read_text(plain(value))
