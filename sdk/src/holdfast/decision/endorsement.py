"""Which values somebody entitled has chosen: the words of the person, and what trusted tools returned.

The question is never whether a value occurs in hostile text (any encoding defeats that), only whether it
comes from somebody who may choose it. docs/concepts/labels.md says what this cannot see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, cast

TEXT_MAX: Final = 64 * 1024
"""Characters read of one text; the rest endorses nothing."""
WORDS_MAX: Final = 20_000
"""Words kept in a session; after that nothing more is endorsed, so later values ask."""
LEAVES_MAX: Final = 200

_word = re.compile(r"[\w@+#%&=?~/:.,$€£-]+")
_number = re.compile(r"[$€£]?-?[0-9][0-9,]*(?:\.[0-9]+)?%?")
_edge = ".,:;-/=&?~"


class Endorsed:
    """The values of one session that may be chosen for critical arguments."""

    __slots__ = ("_phrases", "_words")

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._phrases = " "

    def add(self, text: str) -> None:
        """Endorse every word and every phrase of a text."""
        words = list(_words(text[:TEXT_MAX]))
        if len(self._words) + len(words) > WORDS_MAX or len(self._phrases) > 4 * TEXT_MAX:
            return
        self._words.update(words)
        # The bar keeps phrases from growing together across texts.
        self._phrases += " ".join(words) + " | "

    def holds(self, value: Any) -> bool:
        """Whether somebody entitled has chosen this value."""
        if value is None or value is True or value is False or value == "":
            return True
        words = list(_words(str(value)))
        if len(words) == 1:
            return words[0] in self._words
        return bool(words) and f" {' '.join(words)} " in self._phrases

    def __len__(self) -> int:
        return len(self._words)


def leaves(value: Any) -> Iterator[Any]:
    """The values inside a value, the first few; one too many stands for itself and is never endorsed."""
    for n, leaf in enumerate(_leaves(value)):
        if n == LEAVES_MAX:
            yield "…"
            return
        yield leaf


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for inner in cast("dict[str, Any]", value).values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _leaves(inner)
    else:
        yield value


def _words(text: str) -> Iterator[str]:
    """Words as they compare: case folded, no punctuation at the edges, numbers in one form."""
    for word in _word.findall(text.casefold()):
        trimmed = word.strip(_edge)
        if trimmed:
            yield _one_form(trimmed)


def _one_form(word: str) -> str:
    if not _number.fullmatch(word):
        return word
    digits = word.strip("$€£%").replace(",", "")
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    sign = "-" if whole.startswith("-") else ""
    whole = whole.lstrip("-").lstrip("0") or "0"
    return f"{sign}{whole}.{fraction}" if fraction else sign + whole
