"""A query meets the catalogue: names become fields, words become values; what cannot be is said where."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from holdfast_server.errors import BadQuery
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
    fold,
)
from holdfast_server.insight.search.fields import MAPS, NOUNS, WORD, Entry, Field, Kind, Noun
from holdfast_server.insight.search.literals import read_literal
from holdfast_server.insight.search.syntax import (
    All,
    Any,
    Compared,
    Listed,
    Node,
    Not,
    Op,
    Ranged,
    Term,
    Text,
    Value,
    Word,
    quote,
)

NUMERIC: Final = frozenset({Kind.NUMBER, Kind.MONEY, Kind.DURATION, Kind.TIME})
FLAGS: Final = {"true": True, "yes": True, "false": False, "no": False}
ASTERISKS_MAX: Final = 8
LETTERS_MIN: Final = 3
"""Shorter words of ASCII are found in spans as whole words only: too many have them as a part."""
_A: Final = {Kind.NAME: "a name", Kind.TEXT: "a text", Kind.CHOICE: "a choice", Kind.FLAG: "true or false"}


def bind_query(node: Node, noun: Noun, *, now_ns: int) -> Condition:
    """What a query asks of the rows of a noun.

    Raises:
        BadQuery: a field that the noun does not have, or a value that the field cannot have.
    """
    return _Binder(noun, now_ns).bind(node)


def find_field(noun: Noun, key: str) -> Field | None:
    """The field of this name, or of another word for it."""
    room, dot, name = key.partition(".")
    if dot and name and noun.name == "spans" and room in MAPS:
        return Field(key, Kind.ATTRIBUTE, Entry(MAPS[room], name), "What the sender put there")
    folded = fold(key)
    return noun.fields.get(noun.also.get(folded, folded))


class _Binder:
    def __init__(self, noun: Noun, now_ns: int) -> None:
        self._noun = noun
        self._now_ns = now_ns

    def bind(self, node: Node) -> Condition:
        match node:
            case Text(word):
                return self._holds(tuple(self._noun.fields[key] for key in self._noun.texts), word)
            case Term():
                return self._term(node)
            case Not(of):
                return Negated(self.bind(of))
            case All(of):
                return Every(tuple(map(self.bind, of)))
            case Any(of):
                return Either(tuple(map(self.bind, of)))

    def _term(self, term: Term) -> Condition:
        if fold(term.key) == "has":
            return self._has(term.value, term)
        field = self._field(term.key, term.at, term.value)
        match term.value:
            case Word():
                return self._word(field, term.value)
            case Compared(op, word):
                return self._compared(field, op, word, term)
            case Ranged(low, high):
                return self._ranged(field, low, high, term)
            case Listed(words):
                return Either(tuple(self._word(field, word) for word in words))

    def _has(self, value: Value, term: Term) -> Condition:
        match value:
            case Word():
                return Has(self._field(value.text, value.at, value))
            case Listed(words):
                return Either(tuple(Has(self._field(word.text, word.at, word)) for word in words))
            case _:
                raise BadQuery(term.at, "`has:` takes a field", hint="For example has:error.")

    def _field(self, key: str, at: int, value: Value) -> Field:
        found = find_field(self._noun, key)
        if found is None:
            names = (*self._noun.fields, *self._noun.also, "has")
            told = f"unknown field `{key}`{_meant(fold(key), names)}"
            raise BadQuery(at, told, hint=_way_out(self._noun, key, value))
        return found

    def _word(self, field: Field, word: Word) -> Condition:
        if field.kind in NUMERIC:
            span = read_literal(field.kind, word, self._now_ns)
            if span.low == span.high:
                told = f"`{field.key}` is a moment, and nothing happens at exactly this one"
                raise BadQuery(word.at, told, hint=f"Compare it: {field.key}:>{word.text}.")
            return Within(field, span.low, span.high)
        if field.kind is Kind.TEXT:
            return self._holds((field,), word)
        if field.kind is Kind.FLAG:
            return Equals(field, _flag(field, word))
        parts = cut_pattern(word)
        if field.kind is Kind.CHOICE and len(parts) == 1:
            return Equals(field, _choice(field, word))
        if len(parts) == 1:
            return Equals(field, word.text)
        return Has(field) if not any(parts) else Like(field, parts)

    def _holds(self, fields: tuple[Field, ...], word: Word) -> Condition:
        """Text in some fields; of spans an index says first where its words stand."""
        parts = tuple(fold(part) for part in cut_pattern(word) if part)
        holds = Holds(fields, parts)
        if self._noun.name != "spans":
            return holds
        mentions = [mention for part in parts for mention in mentions_of(part)]
        everywhere = {field.key for field in fields} == {*self._noun.texts}
        if everywhere and len(parts) == 1 and [mention.word for mention in mentions] == [*parts]:
            return mentions[0]
        return Every((*mentions, holds))

    def _compared(self, field: Field, op: Op, word: Word, term: Term) -> Condition:
        if field.kind is Kind.ATTRIBUTE:
            return _attribute(field, op, word)
        _orderable(field, term)
        low, high = read_literal(field.kind, word, self._now_ns)
        match op:
            case ">":
                return Within(field, low=high, low_in=low != high)
            case ">=":
                return Within(field, low=low)
            case "<":
                return Within(field, high=low)
            case "<=":
                return Within(field, high=high, high_in=low == high)

    def _ranged(self, field: Field, low: Word | None, high: Word | None, term: Term) -> Condition:
        if field.kind is Kind.ATTRIBUTE:
            bounds = [_attribute(field, ">=", low)] if low else []
            return Every((*bounds, *([_attribute(field, "<=", high)] if high else [])))
        _orderable(field, term)
        first = read_literal(field.kind, low, self._now_ns) if low else None
        last = read_literal(field.kind, high, self._now_ns) if high else None
        return Within(
            field,
            first.low if first else None,
            last.high if last else None,
            high_in=last is not None and last.low == last.high,
        )


def cut_pattern(word: Word) -> Parts:
    """A word cut at its asterisks; in quotation marks they stand for themselves.

    Raises:
        BadQuery: there are too many.
    """
    if word.quoted:
        return (word.text,)
    if word.text.count("*") > ASTERISKS_MAX:
        told = f"this pattern has more than {ASTERISKS_MAX} asterisks"
        raise BadQuery(word.at, told, hint='To search for asterisks, quote them: "**".')
    return tuple(word.text.split("*"))


def mentions_of(part: str) -> list[Mentions]:
    """The words of a text that the index is asked for.

    Those within are whole. The first and the last may be parts of longer ones; the index knows parts of ASCII
    only, so that others are looked for in the texts. Where all are short, all are whole.
    """
    words = list(WORD.finditer(part))
    within = [word[0] for word in words if word.start() > 0 and word.end() < len(part)]
    ends = [word[0] for word in words if word.start() == 0 or word.end() == len(part)]
    asked = [Mentions(word, whole=False) for word in ends if word.isascii() and len(word) >= LETTERS_MIN]
    if not asked and all(word[0].isascii() and len(word[0]) < LETTERS_MIN for word in words):
        return [Mentions(word[0], whole=True) for word in words]
    return [*(Mentions(word, whole=True) for word in within), *asked]


def _flag(field: Field, word: Word) -> bool:
    found = FLAGS.get(fold(word.text))
    if found is None:
        told = f"`{field.key}` is true or false, not `{word.text}`"
        raise BadQuery(word.at, told, hint=f"Write {field.key}:true or {field.key}:false.")
    return found


def _choice(field: Field, word: Word) -> str:
    folded = fold(word.text)
    if folded in field.choices:
        return folded
    hint = f"It is one of {', '.join(field.choices)}."
    told = f"`{field.key}` is never `{word.text}`{_meant(folded, field.choices)}"
    raise BadQuery(word.at, told, hint=hint)


def _orderable(field: Field, term: Term) -> None:
    if field.kind not in NUMERIC:
        told = f"`{field.key}` is {_A[field.kind]} and has no more or less"
        raise BadQuery(term.at, told, hint=f"Write {field.key}:value, or a list {field.key}:(a,b).")


def _attribute(field: Field, op: Op, word: Word) -> Within:
    try:
        number = float(word.text)
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e300:
        told = f"an attribute is compared as a number, and `{word.text}` is none"
        raise BadQuery(word.at, told, hint=f"For example {field.key}:{op}400.")
    if op in {">", ">="}:
        return Within(field, low=number, low_in=op == ">=")
    return Within(field, high=number, high_in=op == "<=")


def _way_out(noun: Noun, key: str, value: Value) -> str:
    """What to do about a field that a noun does not have."""
    if isinstance(value, Word) and value.text.startswith("//"):
        return f"To search for the text itself, quote it: {quote(f'{key}:{value.text}')}."
    elsewhere = [name for name, other in NOUNS.items() if other is not noun and find_field(other, key)]
    if elsewhere:
        return f"It is a field of {' and '.join(elsewhere)}, which are searched with in={elsewhere[0]}."
    return f"Fields of {noun.name}: {', '.join(noun.fields)}."


def _meant(typed: str, names: Iterable[str]) -> str:
    near = get_close_matches(typed, list(names), n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""
