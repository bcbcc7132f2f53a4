"""Whether two questions that sound alike may have one answer.

Sounding alike is cheap: "5 mg" and "50 mg", "with" and "without", "euros to dollars" and "dollars to euros"
lie next to each other for any model of meaning. So what changes an answer is compared by itself, word by
word, and whatever differs there is another question, however alike the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from holdfast_server.action.llm.caches.words import (
    ASKING,
    EMPTY,
    NEGATIONS,
    NUMBERS,
    OPPOSITES,
    RELATIONS,
    YES_OR_NO,
)

_word = re.compile(r"[a-z]+(?:n't|'[a-z]+)?|\d+(?:[.,]\d+)*", re.IGNORECASE)
_code = re.compile(
    r"`[^`]+`|https?://\S+|\S+@\S+\.\S+|\"[^\"]+\"|\b\w*[_/\\.]\w[\w/\\.]*\b|\b[A-Za-z]+\d\w*\b"
)
_name = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-Z][\w'-]*")
_number = re.compile(r"\d+(?:[.,]\d+)*")

_MANNERS: Final = re.compile(
    r"^(?:(?:hi|hello|hey|ok|okay|so|and|but|please|kindly)\b[ ,]*"
    r"|(?:can|could|would|will) you (?:please )?(?!be\b)"
    r"|i(?:'d| would) like (?:you )?to |i (?:want|need) (?:you )?to |(?:can|could) you tell me )+",
    re.IGNORECASE,
)


class Reading(msgspec.Struct, frozen=True):
    """What of a question decides about its answer."""

    foreign: bool
    """It is written in letters that English has not: its words are not known here."""
    numbers: Counter[str]
    negated: bool
    asking: frozenset[str]
    """Its question words, and whether it asks for yes or no."""
    marked: frozenset[str]
    """Names, quotations, addresses, and whatever else is spelled on purpose."""
    whole: frozenset[str]
    """All its words in small letters."""
    sides: frozenset[str]
    """Words of which there is an opposite."""
    relations: frozenset[tuple[str, str, str]]
    """What stands before and after a word that relates them."""


def differs(one: str, other: str) -> str:
    """Why two questions need two answers; empty when nothing speaks against one.

    Args:
        one: a question that was answered.
        other: a question that sounds like it.
    """
    left, right = _read(one), _read(other)
    return next((what for what, parts in _PARTS.items() if parts(left, right)), "")


def _opposed(left: Reading, right: Reading) -> bool:
    """Whether one says a word and the other its opposite."""
    said = ((pair & left.sides, pair & right.sides) for pair in OPPOSITES)
    return any(len(mine) == len(theirs) == 1 and mine != theirs for mine, theirs in said)


def _turned(left: Reading, right: Reading) -> bool:
    """Whether what stood before a word of relation now stands behind it."""
    turned = {(after, word, before) for before, word, after in left.relations}
    return bool(turned & right.relations)


def _names(left: Reading, right: Reading) -> bool:
    """Whether one names what the other does not even mention."""
    return not (left.marked <= right.whole | right.marked and right.marked <= left.whole | left.marked)


_PARTS: Final[Mapping[str, Callable[[Reading, Reading], bool]]] = {
    "language": lambda left, right: left.foreign or right.foreign,
    "numbers": lambda left, right: left.numbers != right.numbers,
    "negation": lambda left, right: left.negated != right.negated,
    "question": lambda left, right: left.asking != right.asking,
    "names": _names,
    "opposites": _opposed,
    "order": _turned,
}
"""What parts two questions that sound alike."""


@lru_cache(maxsize=4_096)
def _read(text: str) -> Reading:
    text = text.replace("\u2019", "'")
    marked = {part.strip("`\"'.,;:!?").lower() for part in _code.findall(text)}
    plain = _MANNERS.sub("", text.strip())
    marked |= {name.lower().removesuffix("'s") for name in _name.findall(plain) if name != "I"}
    words = [_short(word.lower()) for word in _word.findall(plain)]
    found = (NUMBERS.get(word) or word for word in words)
    numbers = Counter(word.replace(",", "") for word in found if _number.fullmatch(word))
    asking = {word for word in (words if "?" in text else words[:1]) if word in ASKING}
    if words and words[0] in YES_OR_NO:
        asking.add("?")
    whole = frozenset(words)
    return Reading(
        foreign=any(letter.isalpha() and not letter.isascii() for letter in text),
        numbers=numbers,
        negated=bool(whole & NEGATIONS) or "n't" in text,
        asking=frozenset(asking),
        marked=frozenset(marked),
        whole=whole,
        sides=frozenset(word for word in whole if any(word in pair for pair in OPPOSITES)),
        relations=frozenset(_relations(words)),
    )


def _relations(words: Sequence[str]) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for place, word in enumerate(words):
        if word not in RELATIONS:
            continue
        before = next((one for one in reversed(words[:place]) if one not in EMPTY), "")
        after = next((one for one in words[place + 1 :] if one not in EMPTY), "")
        if before and after:
            found.append((_stem(before), word, _stem(after)))
    return found


def _short(word: str) -> str:
    """`what's` is what and is; `don't` stays what it is."""
    return word if word.endswith("n't") else word.partition("'")[0]


def _stem(word: str) -> str:
    """A word without its commonest endings: enough to know `cards` again in `card`."""
    for ending in ("ing", "ies", "ied", "es", "ed", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + ("y" if ending in {"ies", "ied"} else "")
    return word
