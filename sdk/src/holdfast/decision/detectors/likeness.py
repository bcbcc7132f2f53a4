"""Whether two requests or two thoughts say the same in other words, by the words they share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

TEXT_MAX: Final = 512
"""Characters read of one text: how it begins tells what it is about."""
ARGUMENTS_MAX: Final = 32
ALIKE: Final = 0.4
"""Share of words in common, of all words used, from which two requests count as one in other words."""
SAME_THOUGHT: Final = 0.8
"""The same for two thoughts: whoever thinks aloud about one subject repeats its words anyway."""
ABSENT: Final = object()
"""Equals no argument."""
NOTHING_SAID: Final[frozenset[str]] = frozenset()

Request = Mapping[str, Any]
"""The arguments of a call, each cut to a bounded size."""

_words = re.compile(r"\w+").findall
_numbers = re.compile(r"\S*\d\S*").findall
_encode = msgspec.json.Encoder(order="sorted").encode


def words_of(text: str) -> frozenset[str]:
    """The words a text begins with."""
    return frozenset(_words(text[:TEXT_MAX].casefold()))


def request_of(arguments: Mapping[str, Any]) -> Request:
    """What is remembered of the arguments of a call."""
    if len(arguments) > ARGUMENTS_MAX:
        arguments = dict(list(arguments.items())[:ARGUMENTS_MAX])
    return {name: _cut(value) for name, value in arguments.items()}


def rewords(one: Request, other: Request) -> bool:
    """Whether two requests to one tool ask for the same in other words; in the same words they do not.

    A sentence can be reworded; an id, a date or a number cannot: with another one it is another request. So
    going through forty orders or years is work, and going through forty wordings of one question is not.
    """
    if len(one) != len(other):
        return False
    texts: list[tuple[str, str]] = []
    for name, value in one.items():
        before = other.get(name, ABSENT)
        if value == before:
            continue
        if not (isinstance(value, str) and isinstance(before, str)):
            return False
        if len(one) > 1 and not (" " in value.strip() and " " in before.strip()):
            return False
        texts.append((value, before))
    return bool(texts) and all(_alike(value, before) for value, before in texts)


def alike(one: frozenset[str], other: frozenset[str], least: float) -> bool:
    """Whether two texts share enough of their words; nothing is like nothing."""
    shared = len(one & other)
    return bool(shared) and shared >= least * (len(one) + len(other) - shared)


def _alike(one: str, other: str) -> bool:
    return alike(words_of(one), words_of(other), ALIKE) and sorted(_numbers(one)) == sorted(_numbers(other))


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return value[:TEXT_MAX]
    return _encode(value)[:TEXT_MAX] if isinstance(value, (dict, list)) else value
