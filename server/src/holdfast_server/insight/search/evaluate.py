"""Whether one row fits a condition, said as plainly as can be: what engines must agree with.

It finds spans in a store that keeps them in memory, and judges the other engines in the tests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from holdfast_server.insight.search.condition import (
    Condition,
    Either,
    Equals,
    Every,
    Has,
    Holds,
    Like,
    Mentions,
    Negated,
    Parts,
    Within,
    as_json,
    fold,
)
from holdfast_server.insight.search.fields import (
    NUMBER,
    SPANS,
    WORD,
    Column,
    Counters,
    Document,
    Elapsed,
    Entry,
    Field,
    First,
    Items,
    Kind,
    KnownCost,
    OfSteps,
    OneOf,
    Sum,
    Wholeness,
)
from holdfast_server.insight.search.scope import Fenced
from holdfast_server.record.runs.completeness import judge

Row: TypeAlias = Mapping[str, Any]
"""A row by column; of a run also its steps, what its spans used, and their counts: `its_steps` and so on."""


def fits(row: Row, asked: Fenced) -> bool:
    """Whether the row fits."""
    return _fits(row, asked.where)


def _fits(row: Row, condition: Condition) -> bool:
    match condition:
        case Every(of):
            fit = all(_fits(row, one) for one in of)
        case Either(of):
            fit = any(_fits(row, one) for one in of)
        case Negated(of):
            fit = not _fits(row, of)
        case Equals(field, value):
            fit = value in values_of(row, field)
        case Like(field, parts):
            fit = any(_is_like(text, parts) for text in values_of(row, field))
        case Holds(fields, parts):
            fit = any(_field_holds(row, field, parts) for field in fields)
        case Mentions(word, whole):
            texts = [fold(text) for key in SPANS.texts for text in values_of(row, SPANS.fields[key])]
            fit = any(word in (WORD.findall(text) if whole else text) for text in texts)
        case Within(field):
            fit = any(_is_within(value, condition) for value in values_of(row, field))
        case Has(field):
            fit = any(_says(value, field.kind) for value in values_of(row, field))
    return fit


def values_of(row: Row, field: Field) -> list[Any]:
    """What a row says at a field; nothing where it is unknown."""
    match field.place:
        case Column(name):
            found = [row[name]]
        case Sum(left, right):
            found = [row[left] + row[right]]
        case Elapsed(start, end):
            found = [None if row[end] is None else max(0, row[end] - row[start])]
        case KnownCost():
            known = row["priced_calls"] > 0 or row["unpriced_calls"] == 0
            found = [row["cost_micro_usd"] if known else None]
        case Counters():
            found = [choice for choice in field.choices if row[choice] > 0]
        case Items(column, part):
            found = [one[part] if part else one for one in row[column] or ()]
        case Document(column):
            found = [None if row[column] is None else json.dumps(row[column])]
        case OfSteps() | Wholeness():
            found = _of_run(row, field.place)
        case OneOf(columns, when, equals):
            found = [row[column] for column in columns] if row[when] == equals else []
        case First((column, other)):
            found = [row[column] or row[other]]
        case Entry(column, key):
            found = [row[column].get(key)]
    return [value for value in found if value is not None]


def _of_run(row: Row, place: OfSteps | Wholeness) -> list[Any]:
    if isinstance(place, Wholeness):
        return [judge(row["its_counts"], state=row["state"], shipped=bool(row["process"])).state]
    found = [value for step in row["its_steps"] for value in _of_step(step, place)]
    return found + [name for kind, name in row["its_uses"] if kind == place.used]


def _of_step(step: Row, place: OfSteps) -> Iterable[Any]:
    if place.kind and step["kind"] != place.kind:
        return ()
    if place.items:
        return (one[place.items.part] for one in step[place.items.column])
    return (step[column] for column in place.columns)


def _is_like(text: str, parts: Parts) -> bool:
    first, *middle, last = parts
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    return _holds(text[len(first) : len(text) - len(last)], tuple(middle))


def _field_holds(row: Row, field: Field, parts: Parts) -> bool:
    if isinstance(field.place, Document):
        parts = tuple(map(as_json, parts))
    return any(_holds(fold(text), parts) for text in values_of(row, field))


def _holds(text: str, parts: Parts) -> bool:
    at = 0
    for part in parts:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _is_within(value: Any, asked: Within) -> bool:
    number = _number(value) if asked.field.kind is Kind.ATTRIBUTE else value
    if number is None:
        return False
    low, high = asked.low, asked.high
    above = low is None or number > low or (asked.low_in and number == low)
    return above and (high is None or number < high or (asked.high_in and number == high))


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(NUMBER, text, re.ASCII) else None


def _says(value: Any, kind: Kind) -> bool:
    return True if kind in {Kind.MONEY, Kind.ATTRIBUTE} else bool(value)
