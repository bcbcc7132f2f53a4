"""What may stand at the cursor: which field or value is being typed, and how to go on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from holdfast_server.insight.search.binding import find_field
from holdfast_server.insight.search.condition import fold
from holdfast_server.insight.search.fields import MAPS, Field, Kind, Noun
from holdfast_server.insight.search.found import Suggestion
from holdfast_server.insight.search.lexer import unquote

SUGGESTED_MAX: Final = 12

_VALUE: Final = re.compile(
    r'(?:^|[\s(-])(?P<key>(?:attr|resource)\."(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_./@-]*):'
    r'(?P<op>[<>]=?)?(?P<list>\((?:[^()"]|"(?:[^"\\]|\\.)*")*[,\s]|\()?(?P<typed>"(?:[^"\\]|\\.)*|[^\s()",]*)$'
)
_WORD: Final = re.compile(r'(?:^|[\s(])-?(?P<typed>[^\s()":]*)$')
_REST: Final = re.compile(r'[^\s()",:]*:?')
_SHAPES: Final = {
    Kind.NUMBER: ((">100", "more than a hundred"), ("10..1k", "from ten to a thousand")),
    Kind.MONEY: ((">0.5", "more than half a dollar"), ("0.1..1", "from ten cents to a dollar")),
    Kind.DURATION: ((">2s", "longer than two seconds"), ("<500ms", "shorter than half a second")),
    Kind.TIME: (
        (">-1h", "in the last hour"),
        (">-24h", "in the last 24 hours"),
        (">-7d", "in the last seven days"),
        (">=today", "since midnight, UTC"),
        ("yesterday", "on the day before today, UTC"),
    ),
    Kind.FLAG: (("true", ""), ("false", "")),
}
"""Ways to write the values of a kind."""


class Typing(msgspec.Struct, frozen=True):
    """What is being typed at a cursor: `typed`, which stands from `start` to `end`."""

    typed: str
    start: int
    end: int
    key: str = ""
    """The field whose value it is; empty for the beginning of a term."""


def find_typing(query: str, at: int) -> Typing | None:
    """What is being typed; None inside of a text in quotation marks."""
    left = query[:at]
    if value := _VALUE.search(left):
        typed = value["typed"]
        rest = _REST.match(query, at)
        end = rest.end() if rest and not typed.startswith('"') else at
        room, dot, name = value["key"].partition(".")
        key = f"{room}.{unquote(name)}" if dot and name.startswith('"') else value["key"]
        plain = typed.removeprefix('"')
        return Typing(plain, value.start("op") if value["op"] else value.start("typed"), end, key)
    word = _WORD.search(left)
    if word is None or left.count('"') % 2:
        return None
    rest = _REST.match(query, at)
    return Typing(word["typed"], word.start("typed"), rest.end() if rest else at)


def suggest_fields(noun: Noun, typed: str) -> list[Suggestion]:
    """Fields that go on as it was begun, then those that have it elsewhere."""
    return list(_fields(noun, fold(typed)))[:SUGGESTED_MAX]


def suggest_shapes(field: Field, typed: str) -> list[Suggestion]:
    """What can be said of a field without looking at any row."""
    shapes = [(choice, "") for choice in field.choices] or list(_SHAPES.get(field.kind, ()))
    begun = [one for one in shapes if one[0].startswith(fold(typed))] or (shapes if not field.choices else [])
    return [Suggestion(text=text, about=about) for text, about in begun]


def suggest_has(noun: Noun, typed: str) -> list[Suggestion]:
    """Fields that a row may have or not."""
    begun = [field for field in noun.fields.values() if field.key.startswith(fold(typed))]
    return [Suggestion(text=field.key, about=field.about) for field in begun][:SUGGESTED_MAX]


def is_open(field: Field) -> bool:
    """Whether a field's values are the sender's, so that rows must be asked."""
    return field.kind in {Kind.NAME, Kind.ATTRIBUTE}


def find_open(noun: Noun, key: str) -> Field | None:
    """The field whose values can be looked up."""
    field = find_field(noun, key)
    return field if field and is_open(field) else None


def _fields(noun: Noun, typed: str) -> Iterator[Suggestion]:
    also = {other: noun.fields[key] for other, key in noun.also.items()}
    begun = [field for key, field in noun.fields.items() if key.startswith(typed)]
    begun += [field for other, field in also.items() if typed and other.startswith(typed)]
    within = [field for key, field in noun.fields.items() if typed and typed in key]
    for field in dict.fromkeys([*begun, *within]):
        yield Suggestion(text=f"{field.key}:", about=field.about)
    if "has".startswith(typed):
        yield Suggestion(text="has:", about="Says something at a field")
    if noun.name == "spans":
        for room in MAPS:
            if f"{room}.".startswith(typed):
                yield Suggestion(text=f"{room}.", about="What the sender put there")
