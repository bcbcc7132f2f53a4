"""What a word means where a number, an amount, a duration or a time is expected.

Each is read as an interval, from its first to just beyond its last instant: `2026-11-01` is a whole day,
`5` is five. So `started:>2026-11-01` begins when that day is over, and `started:>=2026-11-01` when it
begins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from holdfast_server.errors import BadQuery
from holdfast_server.insight.search.fields import Kind
from holdfast_server.insight.search.syntax import Word
from holdfast_server.kit.wire import MICRO, NS_PER_S

BIG_MAX: Final = 2**63 - 1
"""What a database column of whole numbers holds."""

_NUMBER: Final = re.compile(r"(\d{1,18}(?:\.\d{1,9})?)([kKmM]?)")
_MONEY: Final = re.compile(r"\$?(\d{1,12}(?:\.\d{1,9})?)")
_LENGTH: Final = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)(ns|us|µs|ms|s|min|m|h|d|w)")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?")
_TIMES: Final = {"k": 1_000, "m": 1_000_000}
_UNITS: Final = {"ns": 1, "us": 1_000, "µs": 1_000, "ms": 1_000_000, "s": NS_PER_S}
_UNITS_LONG: Final = {"m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}
_NS: Final = _UNITS | {unit: seconds * NS_PER_S for unit, seconds in _UNITS_LONG.items()}


class Span(NamedTuple):
    """From `low` to just before `high`."""

    low: int
    high: int


def read_literal(kind: Kind, word: Word, now_ns: int) -> Span:
    """A word as the interval it means.

    Raises:
        BadQuery: it is no such thing; the hint shows one.
    """
    read, what, example = _READERS[kind]
    found = read(word.text, now_ns)
    if found is None:
        raise BadQuery(word.at, f"`{word.text}` is not {what}", hint=f"For example {example}.")
    if found.high > BIG_MAX:
        raise BadQuery(word.at, f"`{word.text}` is too large", hint="No number here is.")
    return found


def _number(text: str, _: int) -> Span | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    value = Decimal(found[1]) * _TIMES.get(found[2].lower(), 1)
    return Span(int(value), int(value) + 1) if value == int(value) else None


def _money(text: str, _: int) -> Span | None:
    found = _MONEY.fullmatch(text)
    if found is None:
        return None
    micro = int((Decimal(found[1]) * MICRO).to_integral_value())
    return Span(micro, micro + 1)


def _duration(text: str, _: int) -> Span | None:
    ns = _length(text)
    return None if ns is None else Span(ns, ns + 1)


def _length(text: str) -> int | None:
    """A duration such as `500ms` or `1h30m`."""
    total, at = Decimal(0), 0
    while at < len(text):
        found = _LENGTH.match(text, at)
        if found is None:
            return None
        total += Decimal(found[1]) * _NS[found[2]]
        at = found.end()
    return int(total) if text else None


def _time(text: str, now_ns: int) -> Span | None:
    if text == "now":
        return Span(now_ns, now_ns)
    if text in {"today", "yesterday"}:
        day = datetime.fromtimestamp(now_ns // NS_PER_S, UTC).date()
        return _day((day - timedelta(days=text == "yesterday")).isoformat())
    if text.startswith("-"):
        ago = _length(text[1:])
        return None if ago is None else Span(max(0, now_ns - ago), max(0, now_ns - ago))
    return _day(text) if _DATE.fullmatch(text) else _moment(text)


def _day(text: str) -> Span | None:
    begins = _ns(text)
    return None if begins is None else Span(begins, begins + _NS["d"])


def _moment(text: str) -> Span | None:
    at = _ns(text) if _MOMENT.fullmatch(text) else None
    return None if at is None else Span(at, at)


def _ns(text: str) -> int | None:
    try:
        told = datetime.fromisoformat(text)
        since = (told if told.tzinfo else told.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return max(0, (since // timedelta(microseconds=1)) * 1_000)


_READERS: Final[Mapping[Kind, tuple[Callable[[str, int], Span | None], str, str]]] = {
    Kind.NUMBER: (_number, "a whole number", "5, 10k or 2m"),
    Kind.MONEY: (_money, "an amount in US dollars", "0.5 or 12"),
    Kind.DURATION: (_duration, "a duration with its unit", "500ms, 2s, 1h30m"),
    Kind.TIME: (_time, "a time", "-2h, today, 2026-11-01 or 2026-11-01T12:00Z"),
}
