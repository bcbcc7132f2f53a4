"""Words as they compare: case folded, bare at the edges, one form for numbers, dates, times and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

SHORT_MAX: Final = 128
KNOWN_MAX: Final = 4_096
"""Short values whose form is remembered."""
TEXT_MAX: Final = 64 * 1024
"""Characters read of one text; the rest says nothing."""

MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",),
            ("june", "jun"), ("july", "jul"), ("august", "aug"), ("september", "sep", "sept"),
            ("october", "oct"), ("november", "nov"), ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip

_word = re.compile(r"[\w@+#%&=?~/:.,$€£-]+")
_number = re.compile(r"[$€£]?-?[0-9][0-9,]*(?:\.[0-9]+)?%?")
_month = "|".join(MONTHS)
_day_first = re.compile(
    rf"\b([0-9]{{1,2}})(?:st|nd|rd|th)?\s{{1,3}}(?:of\s{{1,3}})?({_month})\b\.?(?:,?\s{{1,3}}([0-9]{{4}})\b)?"
)
_month_first = re.compile(
    rf"\b({_month})\b\.?\s{{1,3}}([0-9]{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s{{1,3}}([0-9]{{4}})\b)?"
)
_clock = re.compile(r"\b(1[0-2]|0?[1-9])(?::([0-5][0-9]))?\s?(am|pm|a\.m\.|p\.m\.)(?!\w)")
_iso_date = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_scheme = re.compile(r"^[a-z][a-z0-9+.-]{1,20}://")
_edge = ".,:;-/=&?~"


def words(text: str) -> Iterator[str]:
    """The words of a text in the form in which they compare."""
    folded = text[:TEXT_MAX].casefold()
    if any(sign.isdigit() for sign in folded):
        folded = _month_first.sub(_from_month, _day_first.sub(_from_day, folded))
        folded = _clock.sub(_from_clock, folded)
    for word in _word.findall(folded):
        trimmed = _scheme.sub("", word.strip(_edge))
        if trimmed:
            yield _one_form(trimmed)


def one_form(value: str) -> str:
    """A whole value in the form in which it compares."""
    return _short(value) if len(value) <= SHORT_MAX else " ".join(words(value))


@lru_cache(KNOWN_MAX)
def _short(value: str) -> str:
    """The same values are compared in every call of a session."""
    return " ".join(words(value))


def day_of_the_year(word: str) -> str:
    """`05-15` of `2024-05-15`, the way a person says a date without its year; empty for anything else."""
    return (
        word[5:] if len(word) == 10 and word[4] == word[7] == "-" and word.replace("-", "").isdigit() else ""
    )


def _from_day(found: re.Match[str]) -> str:
    return _date(found[1], found[2], found[3])


def _from_month(found: re.Match[str]) -> str:
    return _date(found[2], found[1], found[3])


def _date(day: str, month: str, year: str | None) -> str:
    """A date is one word, so that its day is no number by itself: `June 13` does not choose file 13."""
    return f"{year + '-' if year else ''}{MONTHS[month]:02}-{int(day):02}"


def _from_clock(found: re.Match[str]) -> str:
    hour = int(found[1]) % 12 + (12 if found[3].startswith("p") else 0)
    return f"{hour:02}:{found[2] or '00'}"


def _one_form(word: str) -> str:
    if not _number.fullmatch(word):
        return word
    digits = word.strip("$€£%").replace(",", "")
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    sign = "-" if whole.startswith("-") else ""
    whole = whole.lstrip("-").lstrip("0") or "0"
    return f"{sign}{whole}.{fraction}" if fraction else sign + whole
