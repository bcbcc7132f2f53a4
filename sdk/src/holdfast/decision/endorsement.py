"""Which values somebody entitled has chosen: words of the person and of trusted tools, entries of a registry.

The question is never whether a value occurs in hostile text (any encoding defeats that), only whether it
comes from somebody who may choose it. docs/concepts/labels.md says what this cannot see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any, Final, cast

from holdfast.decision.flow.words import TEXT_MAX, day_of_the_year, one_form, words

WORDS_MAX: Final = 20_000
"""Words, and as many whole values, kept in a session; after that nothing more is endorsed, so values ask."""
HEARD_MAX: Final = TEXT_MAX
"""Characters that wait to be taken apart; most sessions never ask what was said in them."""
LEAVES_MAX: Final = 200
PARTS_MAX: Final = 24
"""Words of a value in which entries are looked for."""


class Endorsed:
    """The values of one session that may be chosen for critical arguments."""

    __slots__ = ("_approved", "_entries", "_heard", "_phrases", "_waiting", "_words")

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._phrases = " "
        self._approved: set[str] = set()
        self._entries: set[str] = set()
        self._heard: list[str] = []
        """Texts that were not taken apart yet."""
        self._waiting = 0
        """Their characters."""

    def add(self, text: str) -> None:
        """Endorse every word and every phrase of a text."""
        text = text[:TEXT_MAX]
        self._heard.append(text)
        self._waiting += len(text) + 1
        if self._waiting > HEARD_MAX:
            self._take_apart()

    def approve(self, value: Any) -> None:
        """Endorse exactly this value, and no part of it: a person approved it."""
        if len(self._approved) < WORDS_MAX and (form := one_form(str(value))):
            self._approved.add(form)

    def enter(self, value: Any) -> None:
        """Endorse exactly this value as one that may be chosen: it is an entry of a registry."""
        if len(self._entries) < WORDS_MAX and (form := one_form(str(value))):
            self._entries.add(form)

    def holds(self, value: Any) -> bool:
        """Whether somebody entitled has chosen this value, or lets agents choose it."""
        if _says_nothing(value):
            return True
        form = one_form(str(value))
        return form in self._entries or self._chose(form) or self._fills(form)

    def chose(self, value: Any) -> bool:
        """Whether a person or a trusted tool has named this very value; being on a list is not enough."""
        return _says_nothing(value) or self._chose(one_form(str(value)))

    def _chose(self, form: str) -> bool:
        return form in self._approved or self._says(form)

    def _says(self, form: str) -> bool:
        if self._heard:
            self._take_apart()
        if " " in form:
            return f" {form} " in self._phrases
        return bool(form) and (form in self._words or day_of_the_year(form) in self._words)

    def _take_apart(self) -> None:
        """Turn what was heard into words and phrases, as far as there is room for them."""
        heard, self._heard, self._waiting = self._heard, [], 0
        phrases = [self._phrases]
        size = len(self._phrases)
        for text in heard:
            found = list(words(text))
            if len(self._words) + len(found) <= WORDS_MAX and size <= 4 * TEXT_MAX:
                self._words.update(found)
                # The bar keeps phrases from growing together across texts.
                phrases.append(" ".join(found) + " | ")
                size += len(phrases[-1])
        self._phrases = "".join(phrases)

    def _fills(self, form: str) -> bool:
        """Whether it is an entry within words that were said: `Dinner at {name}` with the name filled in."""
        parts = form.split(" ")
        if not self._entries or not 1 < len(parts) <= PARTS_MAX:
            return False
        for start, end in combinations(range(len(parts) + 1), 2):
            if " ".join(parts[start:end]) in self._entries:
                around = (" ".join(parts[:start]), " ".join(parts[end:]))
                if all(not one or self._says(one) for one in around):
                    return True
        return False

    def __len__(self) -> int:
        if self._heard:
            self._take_apart()
        return len(self._words) + len(self._approved) + len(self._entries)


def leaves(value: Any) -> Iterable[Any]:
    """The values inside a value, the first few; one too many stands for itself and is never endorsed."""
    return _first(value) if isinstance(value, (dict, list)) else (value,)


def _first(value: Any) -> Iterator[Any]:
    for n, leaf in enumerate(_leaves(value)):
        if n == LEAVES_MAX:
            yield "…"
            return
        yield leaf


def _says_nothing(value: Any) -> bool:
    return value is None or value is True or value is False or value == ""


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for inner in cast("dict[str, Any]", value).values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _leaves(inner)
    else:
        yield value
