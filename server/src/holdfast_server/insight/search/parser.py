"""Tokens become a query.

```text
query   = any
any     = all { "OR" all }
all     = one { ["AND"] one }
one     = ( "-" | "NOT" ) one | "(" any ")" | term | text
term    = key ":" ( word | quoted | op word | low ".." high | "(" word { "," word } ")" )
text    = word | quoted
```
"""

from __future__ import annotations

from typing import Final, cast

from holdfast_server.errors import BadQuery
from holdfast_server.insight.search.lexer import Sort, Token, cut
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
)

DEPTH_MAX: Final = 12
"""How deep parentheses and minus signs may be nested."""
TERMS_MAX: Final = 64
LISTED_MAX: Final = 64
"""Values of one list."""
TEXT_MAX: Final = 256
"""Characters of one value."""

_CLOSES: Final = (Sort.END, Sort.CLOSE)


def parse_query(query: str) -> Node:
    """Read a query; an empty one matches everything.

    Raises:
        BadQuery: at a column, with the next step.
    """
    return _Parser(cut(query)).read()


class _Parser:
    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._place = 0
        self._terms = 0

    def read(self) -> Node:
        if self._at(Sort.END):
            return All()
        node = self._any(0)
        if not self._at(Sort.END):
            raise BadQuery(self._next.at, "nothing is open here to be closed", hint="Leave this ) out.")
        return node

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _at(self, *sorts: Sort) -> bool:
        return self._next.sort in sorts

    def _take(self) -> Token:
        token = self._next
        self._place += 1
        return token

    def _is(self, word: str) -> bool:
        return self._next.sort is Sort.WORD and self._next.text == word

    def _any(self, depth: int) -> Node:
        found = [self._all(depth)]
        while self._is("OR"):
            self._take()
            found.append(self._all(depth))
        return _join(Any, found)

    def _all(self, depth: int) -> Node:
        found = [self._one(depth)]
        while not self._at(*_CLOSES) and not self._is("OR"):
            if self._is("AND"):
                self._take()
            found.append(self._one(depth))
        return _join(All, found)

    def _one(self, depth: int) -> Node:
        token = self._next
        if depth > DEPTH_MAX:
            told = f"this is nested more than {DEPTH_MAX} deep"
            raise BadQuery(token.at, told, hint="Take parentheses away.")
        if token.sort is Sort.MINUS or self._is("NOT"):
            self._take()
            return Not(self._one(depth + 1))
        if token.sort is Sort.OPEN:
            return self._group(depth)
        self._count(token)
        match token.sort:
            case Sort.KEY:
                return self._term()
            case Sort.WORD | Sort.QUOTED:
                return Text(self._word(free=True))
            case _:
                said = f"`{token.text}` stands" if token.text else "the query ends"
                told = f"{said} where a term is expected"
                raise BadQuery(token.at, told, hint="A term is a word, field:value, or ( … ).")

    def _group(self, depth: int) -> Node:
        opened = self._take()
        if self._at(Sort.CLOSE):
            raise BadQuery(opened.at, "there is nothing between these parentheses", hint="Leave them out.")
        node = self._any(depth + 1)
        if not self._at(Sort.CLOSE):
            raise BadQuery(opened.at, "this parenthesis is not closed", hint="Add ) where the group ends.")
        self._take()
        return node

    def _count(self, token: Token) -> None:
        self._terms += 1
        if self._terms > TERMS_MAX:
            told = f"the query has more than {TERMS_MAX} terms"
            raise BadQuery(token.at, told, hint="Put values of one field in a list: state:(failed,halted).")

    def _term(self) -> Term:
        key = self._take()
        if self._at(*_CLOSES) or self._next.at != key.end:
            told = f"`{key.text}:` needs a value"
            raise BadQuery(key.end, told, hint=f'Write it right after the colon: {key.text}:value or "…".')
        return Term(key.text, self._value(key), at=key.at, end=key.end - 1)

    def _value(self, key: Token) -> Value:
        token = self._next
        if token.sort is Sort.OP:
            op = self._take()
            if self._next.at != op.end or not self._at(Sort.WORD, Sort.QUOTED):
                told = f"`{op.text}` needs a value"
                raise BadQuery(op.end, told, hint=f"Write it right after: {key.text}:{op.text}5.")
            return Compared(cast("Op", op.text), self._word())
        if token.sort is Sort.OPEN:
            return self._listed()
        if token.sort is Sort.WORD and ".." in token.text:
            return _range(self._checked(self._take()))
        return self._word()

    def _listed(self) -> Listed:
        opened = self._take()
        words = list[Word]()
        while self._at(Sort.WORD, Sort.QUOTED):
            words.append(self._word())
            if self._at(Sort.COMMA) or self._is("OR"):
                self._take()
        if not self._at(Sort.CLOSE) or not words:
            told = "a list is values with commas between them, in parentheses"
            raise BadQuery(self._next.at, told, hint="For example state:(failed,halted).")
        if len(words) > LISTED_MAX:
            told = f"this list has more than {LISTED_MAX} values"
            raise BadQuery(opened.at, told, hint="Use a pattern: name:ref*.")
        self._take()
        return Listed(tuple(words))

    def _word(self, *, free: bool = False) -> Word:
        token = self._checked(self._take())
        if free and self._tokens[self._place - 1].sort is Sort.WORD and token.text in {"AND", "OR"}:
            told = f"`{token.text}` needs a term before it"
            raise BadQuery(token.at, told, hint=f'To search for the word, quote it: "{token.text}".')
        return Word(token.text, token.sort is Sort.QUOTED, at=token.at, end=token.end)

    def _checked(self, token: Token) -> Token:
        if len(token.text) > TEXT_MAX:
            told = f"this is longer than {TEXT_MAX} characters"
            raise BadQuery(token.at, told, hint="A part of it will do.")
        return token


def _range(token: Token) -> Ranged:
    low, _, high = token.text.partition("..")
    middle = token.at + len(low)
    if not (low or high):
        raise BadQuery(token.at, "this range has no ends", hint="Write one or both: 1..5, 1.., ..5.")
    return Ranged(
        Word(low, at=token.at, end=middle) if low else None,
        Word(high, at=middle + 2, end=token.end) if high else None,
    )


def _join(how: type[All] | type[Any], found: list[Node]) -> Node:
    if len(found) == 1:
        return found[0]
    flat = list[Node]()
    for one in found:
        flat += one.of if isinstance(one, how) else (one,)
    return how(tuple(flat))
