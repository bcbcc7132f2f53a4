"""A query cut into tokens, each with its place; an error says at which column and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from holdfast_server.errors import BadQuery
from holdfast_server.insight.search.syntax import KEY

LENGTH_MAX: Final = 2_000
"""Characters of a query."""

_SPACE: Final = re.compile(r"\s+")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_OP: Final = re.compile(r"[<>]=?")
_WORD: Final = re.compile(r'[^\s()"]+')
_LISTED: Final = re.compile(r'[^\s()",]+')
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Sort(StrEnum):
    """What a token is."""

    KEY = "key"
    WORD = "word"
    QUOTED = "quoted"
    OP = "op"
    OPEN = "("
    CLOSE = ")"
    COMMA = ","
    MINUS = "-"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `text` is what it says, `at` to `end` where it stands, from 0."""

    sort: Sort
    text: str
    at: int
    end: int


def cut(query: str) -> tuple[Token, ...]:
    """The tokens of a query, an end token last.

    Raises:
        BadQuery: it is too long, holds what no database can, or a quotation mark is not closed.
    """
    if len(query) > LENGTH_MAX:
        told = f"the query is longer than {LENGTH_MAX} characters"
        raise BadQuery(LENGTH_MAX, told, hint="Say it in fewer terms, or ask twice.")
    if found := _UNSTORABLE.search(query):
        raise BadQuery(found.start(), "a character that no text here can hold", hint="Leave it out.")
    return (*_cut(query), Token(Sort.END, "", len(query), len(query)))


def unquote(quoted: str) -> str:
    """What stands between quotation marks."""
    return _ESCAPED.sub(r"\1", quoted[1:-1])


def _cut(query: str) -> Iterator[Token]:
    at, listed, valued = 0, False, False
    while at < len(query):
        if space := _SPACE.match(query, at):
            at = space.end()
            valued = False
            continue
        token = _next(query, at, listed=listed, valued=valued)
        # A parenthesis right after a key opens a list, in which commas part the values.
        listed = (listed or (valued and token.sort is Sort.OPEN)) and token.sort is not Sort.CLOSE
        valued = token.sort is Sort.KEY
        yield token
        at = token.end


def _next(query: str, at: int, *, listed: bool, valued: bool) -> Token:
    char = query[at]
    begins = not (listed or valued) and _begins(query, at)
    if char in "()" or (listed and char == ","):
        token = Token(Sort(char), char, at, at + 1)
    elif char == '"':
        token = _quoted(query, at)
    elif valued and (op := _OP.match(query, at)):
        token = Token(Sort.OP, op[0], at, op.end())
    elif begins and char == "-":
        token = Token(Sort.MINUS, char, at, at + 1)
    elif begins and (key := KEY.match(query, at)):
        token = Token(Sort.KEY, _key(key[0][:-1]), at, key.end())
    else:
        token = _word(query, at, _LISTED if listed else _WORD)
    return token


def _begins(query: str, at: int) -> bool:
    """Whether a term may begin here; a minus within a word is a part of it."""
    return at == 0 or query[at - 1].isspace() or query[at - 1] in '(-")'


def _word(query: str, at: int, pattern: re.Pattern[str]) -> Token:
    found = pattern.match(query, at)
    assert found is not None
    return Token(Sort.WORD, found[0], at, found.end())


def _quoted(query: str, at: int) -> Token:
    found = _QUOTED.match(query, at)
    if found is None:
        raise BadQuery(at, "this quotation mark is not closed", hint='Add " where the text ends.')
    return Token(Sort.QUOTED, unquote(found[0]), at, found.end())


def _key(typed: str) -> str:
    room, dot, name = typed.partition(".")
    return f"{room}.{unquote(name)}" if dot and name.startswith('"') else typed
