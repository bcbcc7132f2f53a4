"""A condition as SQL of ClickHouse, for spans; values are bound parameters, names our own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

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
    Within,
)
from holdfast_server.insight.search.fields import (
    NUMBER,
    Column,
    Elapsed,
    Entry,
    Field,
    First,
    Items,
    Kind,
    OneOf,
    Sum,
)
from holdfast_server.insight.search.scope import Fenced
from holdfast_server.record.runs.store import escape

Test: TypeAlias = Callable[[str], str]

WORDS: Final = "lower(concat(input, '\\0', output, '\\0', name, '\\0', target, '\\0', status_message))"
"""What free text is looked for in, letter by letter as migrations/spans/0004_search.sql indexes it."""


class Compiled:
    """A condition and its parameters, `p0` and on."""

    def __init__(self, asked: Fenced) -> None:
        if asked.noun != "spans":
            raise TypeError(f"{asked.noun} are not kept with the spans")
        self.parameters: dict[str, Any] = {}
        self.where = self._compile(asked.where)

    def _compile(self, condition: Condition) -> str:
        match condition:
            case Every(of):
                sql = f"({' AND '.join(map(self._compile, of))})" if of else "true"
            case Either(of):
                sql = f"({' OR '.join(map(self._compile, of))})" if of else "false"
            case Negated(of):
                sql = f"NOT {self._compile(of)}"
            case Equals(field, value):
                bound = self._bind(value)
                sql = self._any(field, lambda it: f"{it} = {bound}")
            case Like(field, parts):
                bound = self._bind("%".join(map(escape, parts)))
                sql = self._any(field, lambda it: f"{it} LIKE {bound}")
            case Holds(fields, parts):
                whole = self._bind("%".join(("", *map(escape, parts), "")))
                columns = (place.name for field in fields if isinstance(place := field.place, Column))
                sql = f"({' OR '.join(f'lower({column}) LIKE {whole}' for column in columns)})"
            case Mentions(word, whole=True):
                sql = f"hasAllTokens({WORDS}, {self._bind(word)})"
            case Mentions(word):
                sql = f"{WORDS} LIKE {self._bind(f'%{word}%')}"
            case Within(field):
                sql = self._any(field, lambda it: self._within(it, condition))
            case Has(field):
                sql = self._any(field, lambda it: _says(it, field.kind))
        return sql

    def _bind(self, value: str | float | bool) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        kind = {str: "String", bool: "Bool", int: "Int64", float: "Float64"}[type(value)]
        return f"{{{name}:{kind}}}"

    def _any(self, field: Field, test: Test) -> str:
        """Whether the test holds for one of the field's values; never unknown."""
        match field.place:
            case Column(name):
                sql = f"ifNull({test(name)}, false)"
            case OneOf(columns, when, equals):
                fit = " OR ".join(map(test, columns))
                sql = f"({when} = {self._bind(equals)} AND ({fit}))"
            case Items(column):
                sql = f"arrayExists(it -> {test('it')}, {column})"
            case Entry(column, key):
                entry = f"{column}[{self._bind(key)}]"
                sql = f"(mapContains({column}, {self._bind(key)}) AND {test(entry)})"
            case _:
                sql = f"({test(expression(field))})"
        return sql

    def _within(self, it: str, asked: Within) -> str:
        number = asked.field.kind is Kind.ATTRIBUTE
        said = [f"match({it}, '^{NUMBER}$')"] if number else []
        value = f"ifNull(toFloat64OrNull({it}), 0)" if number else it
        if asked.low is not None:
            said.append(f"{value} {'>=' if asked.low_in else '>'} {self._bind(asked.low)}")
        if asked.high is not None:
            said.append(f"{value} {'<=' if asked.high_in else '<'} {self._bind(asked.high)}")
        return f"({' AND '.join(said)})" if said else "true"


def expression(field: Field) -> str:
    """The one value of a field that has one, as SQL without parameters."""
    match field.place:
        case Column(name):
            sql = name
        case Sum(left, right):
            sql = f"{left} + {right}"
        case Elapsed(start, end):
            sql = f"if({end} > {start}, {end} - {start}, 0)"
        case First((column, other)):
            sql = f"if({column} != '', {column}, {other})"
        case OneOf(columns, when, equals):
            # Both are words of the catalogue, not of a person.
            sql = f"if({when} = '{equals}', {columns[0]}, '')"
        case _:
            raise TypeError(f"{field.key} has more than one value")
    return sql


def _says(it: str, kind: Kind) -> str:
    match kind:
        case Kind.MONEY:
            return f"isNotNull({it})"
        case Kind.NUMBER | Kind.DURATION | Kind.TIME:
            return f"{it} != 0"
        case Kind.FLAG:
            return it
        case Kind.ATTRIBUTE:
            return "true"
        case _:
            return f"{it} != ''"
