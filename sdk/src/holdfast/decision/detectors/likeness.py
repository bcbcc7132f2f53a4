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
NOTHING_SAID: Final[frozenset[str]] = frozenset()

_words = re.compile(r"\w+").findall
_numbers = re.compile(r"\S*\d\S*").findall


class Request(msgspec.Struct, frozen=True, gc=False):
    """What a call asks for: free text as a set of words, and everything else exactly."""

    words: frozenset[str]
    rest: tuple[tuple[str, str], ...]


def words_of(text: str) -> frozenset[str]:
    """The words a text begins with."""
    return frozenset(_words(text[:TEXT_MAX].casefold()))


def request_of(arguments: Mapping[str, Any]) -> Request:
    """Part what is worded from what is named.

    A sentence can be reworded; an id, a date or a number cannot: with another one it is another request. So
    going through forty orders or years is work, and going through forty wordings of one question is not.
    """
    given = list(arguments.items())[:ARGUMENTS_MAX]
    texts = [name for name, value in given if isinstance(value, str)]
    worded = {name for name in texts if len(texts) == 1 or " " in arguments[name].strip()}
    said = " ".join(arguments[name][:TEXT_MAX] for name in texts if name in worded)
    rest = [(name, repr(value)[:TEXT_MAX]) for name, value in given if name not in worded]
    return Request(words_of(said), (*sorted(rest), *(("", one) for one in sorted(_numbers(said)))))


def rewords(one: Request, other: Request) -> bool:
    """Whether two requests to one tool ask for the same in other words; in the same words they do not."""
    return one.rest == other.rest and one.words != other.words and alike(one.words, other.words, ALIKE)


def alike(one: frozenset[str], other: frozenset[str], least: float) -> bool:
    """Whether two texts share enough of their words; nothing is like nothing."""
    shared = len(one & other)
    return bool(shared) and shared >= least * (len(one) + len(other) - shared)
