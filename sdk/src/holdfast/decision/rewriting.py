"""Other arguments for the same call: numbers at the boundary, recipients and hosts that are allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final, cast

from holdfast.decision.cedar import Policy
from holdfast.decision.situation import Situation
from holdfast.errors import Invalid

Path = tuple[str | int, ...]
Rewriting = tuple[str, str, Any, Situation]
"""What is changed, the words for it, the new value, and the situation with it."""

LITERALS_MAX: Final = 64
LEAVES_MAX: Final = 64
NAMES_MAX: Final = 32
WORD_MAX: Final = 120
STEP: Final = 0.0001
"""The smallest difference that a Cedar decimal knows."""

_address = re.compile(r"(?<=@)[A-Za-z0-9.-]{1,253}")
_host = re.compile(r"(?<=://)[^/\s:?#@]{1,253}")


def rewritings(here: Situation, policies: Iterable[Policy]) -> Iterator[list[Rewriting]]:
    """Other ways to call it that the rules at hand suggest, grouped by what is changed, nearest first."""
    gate = here.bundle.gate(here.action)
    schema = gate.contract.parameters if gate is not None else {}
    bodies = [clause.body for policy in policies for clause in policy.conditions]
    literals = list(dict.fromkeys(_literals([bodies, _bounds(schema)])))[:LITERALS_MAX]
    numbers = [one for one in literals if isinstance(one, int | float)]
    words = [one for one in literals if isinstance(one, str)]
    for path, leaf in _leaves(here.arguments):
        if isinstance(leaf, int | float) and not isinstance(leaf, bool):
            yield list(_numbers(here, path, leaf, numbers))
    yield list(_everywhere(here, _address, words, "every recipient were at"))
    yield list(_everywhere(here, _host, words, "every address were on"))
    for path, leaf in _leaves(here.arguments):
        if isinstance(leaf, str):
            others = [word for word in words if word != leaf]
            yield [one for word in others for one in _with(here, path, word, f"were {word[:WORD_MAX]!r}")]
    for name in islice(here.arguments, NAMES_MAX):
        yield list(_without(here, name))


def _numbers(here: Situation, path: Path, leaf: float, numbers: Iterable[float]) -> Iterator[Rewriting]:
    """Boundaries next to the value: the literal itself and its neighbours, whatever the comparison was."""
    step = 1 if isinstance(leaf, int) else STEP
    near = {value for one in numbers for value in (one, one - step, one + step)}
    fitting = {int(one) if isinstance(leaf, int) else round(one, 4) for one in near}
    for value in sorted(fitting - {leaf}, key=lambda one: abs(one - leaf)):
        word = "at most" if value < leaf else "at least"
        yield from _with(
            here,
            path,
            value,
            f"were {word} {value:g}" if isinstance(value, float) else f"were {word} {value}",
        )


def _everywhere(
    here: Situation, pattern: re.Pattern[str], words: list[str], text: str
) -> Iterator[Rewriting]:
    """The same change in every string at once: one recipient left outside would still be outside."""
    if not any(isinstance(leaf, str) and pattern.search(leaf) for _, leaf in _leaves(here.arguments)):
        return
    for word in words:
        if pattern.fullmatch(f"{word}") or _is_name(word):
            try:
                there = here.with_arguments(
                    _mapped(here.arguments, lambda leaf, word=word: pattern.sub(lambda _: word, leaf))
                )
            except Invalid:
                continue
            if there.arguments != here.arguments:
                yield "arguments", f"{text} {word}", word, there


def _is_name(word: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", word))


def _with(here: Situation, path: Path, value: Any, words: str) -> Iterator[Rewriting]:
    try:
        there = here.with_arguments(_put(here.arguments, path, value))
    except Invalid:
        return
    name = _name(path)
    yield f"arguments.{name}", f"{name} {words}", value, there


def _without(here: Situation, name: str) -> Iterator[Rewriting]:
    left = {key: value for key, value in here.arguments.items() if key != name}
    yield f"arguments.{name}", f"{name} were left out", None, here.with_arguments(left)


def _leaves(value: Any) -> list[tuple[Path, Any]]:
    """The first plain values inside, each with its path."""
    found: list[tuple[Path, Any]] = []
    waiting: list[tuple[Path, Any]] = [((), value)]
    while waiting and len(found) < LEAVES_MAX:
        path, inner = waiting.pop(0)
        match inner:
            case dict():
                waiting += [((*path, key), one) for key, one in cast("dict[str, Any]", inner).items()]
            case list():
                waiting += [((*path, n), one) for n, one in enumerate(cast("list[Any]", inner))]
            case _:
                found.append((path, inner))
    return found


def _put(value: Any, path: Path, leaf: Any) -> Any:
    """The same value with one leaf replaced; nothing that was handed in is changed."""
    if not path:
        return leaf
    first, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {**cast("dict[Any, Any]", value), first: _put(value[first], rest, leaf)}
    items = list(cast("list[Any]", value))
    items[cast("int", first)] = _put(items[cast("int", first)], rest, leaf)
    return items


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case dict():
            return {key: _mapped(one, change) for key, one in cast("dict[str, Any]", value).items()}
        case list():
            return [_mapped(one, change) for one in cast("list[Any]", value)]
        case str():
            return change(value)
        case _:
            return value


def _name(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _literals(expression: Any) -> Iterator[int | float | str]:
    """The constants of Cedar's JSON form, decimals as numbers."""
    match expression:
        case list():
            for one in cast("list[Any]", expression):
                yield from _literals(one)
        case {"decimal": [{"Value": str(text)}]}:
            yield float(text)
        case {"Value": bool()}:
            return
        case {"Value": int() | float() | str() as value}:
            yield value
        case dict():
            yield from _literals(list(cast("dict[str, Any]", expression).values()))
        case _:
            return


def _bounds(schema: Any) -> list[dict[str, Any]]:
    """What a JSON Schema compares with, in the form of literals."""
    found: list[dict[str, Any]] = []
    for word, inner in cast("dict[str, Any]", schema).items() if isinstance(schema, dict) else ():
        if word in {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "const"}:
            found.append({"Value": inner})
        elif word == "enum" and isinstance(inner, list):
            found += [{"Value": one} for one in cast("list[Any]", inner)]
        elif isinstance(inner, dict):
            found += _bounds(inner)
    return found
