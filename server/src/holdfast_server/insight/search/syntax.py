"""What a query says, before anybody knows which fields there are; and how it is written down.

`print_query` writes what `parse_query` reads: reading it again gives the same query.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Op: TypeAlias = Literal[">", ">=", "<", "<="]

WORDS_OF_OURS: Final = frozenset({"OR", "AND", "NOT"})
"""They join terms; to search for one of them, put it in quotation marks."""
KEY: Final = re.compile(r'(?:(?:attr|resource)\."(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_./@-]*):')
"""The beginning of a term that names a field."""
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_./@-]*")


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of text as it was typed; `*` in one that is not quoted stands for anything."""

    text: str
    quoted: bool = False
    at: int = field(default=0, compare=False)
    """Where it begins, from 0."""
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Compared:
    """`cost:>0.5`."""

    op: Op
    word: Word


@dataclass(frozen=True, slots=True)
class Ranged:
    """`cost:1..5`, both ends included; one of them may be left out."""

    low: Word | None
    high: Word | None


@dataclass(frozen=True, slots=True)
class Listed:
    """`state:(failed,halted)`: any of these."""

    words: tuple[Word, ...]


Value: TypeAlias = Word | Compared | Ranged | Listed


@dataclass(frozen=True, slots=True)
class Text:
    """Free text."""

    word: Word


@dataclass(frozen=True, slots=True)
class Term:
    """`key:value`."""

    key: str
    value: Value
    at: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)
    """Where the key ends, the colon not counted."""


@dataclass(frozen=True, slots=True)
class Not:
    """What does not match."""

    of: Node


@dataclass(frozen=True, slots=True)
class All:
    """What matches each of these; without any, everything does."""

    of: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    """What matches at least one of these."""

    of: tuple[Node, ...]


Node: TypeAlias = Text | Term | Not | All | Any


def print_query(node: Node) -> str:
    """The query as text, in the one way we write it."""
    match node:
        case Text(word):
            return print_word(word)
        case Term(key, value):
            return f"{print_key(key)}:{_print_value(value)}"
        case Not(of):
            return f"-{_print_within(of, (Not, All, Any))}"
        case All(of):
            return " ".join(_print_within(one, (All, Any)) for one in of)
        case Any(of):
            return " OR ".join(_print_within(one, (Any,)) for one in of)


def print_key(key: str) -> str:
    """A field's name; what stands after `attr.` may need quotation marks."""
    if _PLAIN_KEY.fullmatch(key):
        return key
    room, _, name = key.partition(".")
    return f"{room}.{quote(name)}"


def print_word(word: Word) -> str:
    """A word, in quotation marks if it was quoted."""
    return quote(word.text) if word.quoted else word.text


def quote(text: str) -> str:
    """Text in quotation marks: it stands for itself, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def print_value(text: str) -> str:
    """A value as a person would type it: in quotation marks only where it needs them."""
    return text if is_plain(text) else quote(text)


def is_plain(text: str) -> bool:
    """Whether a text stands for itself without quotation marks, wherever a value may stand."""
    if not text or text in WORDS_OF_OURS or KEY.match(text):
        return False
    return not re.search(r'[\s()",*]|^[-<>]|\.\.', text)


def _print_within(node: Node, loose: tuple[type[Node], ...]) -> str:
    said = print_query(node)
    return f"({said})" if isinstance(node, loose) else said


def _print_value(value: Value) -> str:
    match value:
        case Word():
            return print_word(value)
        case Compared(op, word):
            return f"{op}{print_word(word)}"
        case Ranged(low, high):
            return f"{print_word(low) if low else ''}..{print_word(high) if high else ''}"
        case Listed(words):
            return f"({','.join(map(print_word, words))})"
