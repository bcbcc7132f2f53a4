"""What SQL would do: the verbs of every statement and the tables they name.

This is a tokenizer, not a parser: it knows strings, comments, names and brackets of the common dialects.
Where dialects disagree about where a string or a comment ends, or where a word stands that is not known to
begin a statement, the verb is `unknown`, which no allow-list holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from holdfast.action import Contract
from holdfast.decision.projectors.texts import UNREADABLE, named_texts

ARGUMENTS: Final = frozenset({"sql", "query", "statement", "statements", "queries"})
LENGTH_MAX: Final = 64 * 1024
UNKNOWN: Final = "unknown"
VERBS: Final = frozenset(
    """select insert update delete merge replace upsert values table create alter drop truncate rename grant
    revoke comment begin start commit rollback savepoint release set reset show describe desc explain analyze
    vacuum copy call use lock unlock refresh reindex pragma attach detach declare fetch close kill""".split()  # noqa: SIM905  # words read best as words
)
"""Words that begin a statement; another one makes the verb unknown."""
INNER: Final = frozenset({"select", "insert", "update", "delete", "merge"})
"""Verbs that an opening bracket can begin."""
PREFIXES: Final = frozenset({"with", "recursive", "explain", "analyze", "verbose"})
"""Words after which the verb is still to come."""
REACHING_OUT: Final = frozenset(
    """outfile dumpfile program load_file pg_read_file pg_read_binary_file pg_ls_dir lo_import lo_export
    dblink dblink_exec xp_cmdshell sp_oacreate openrowset opendatasource sys_exec sys_eval load_extension
    writefile readfile edit pg_terminate_backend pg_reload_conf set_config query_to_xml""".split()  # noqa: SIM905  # words read best as words
)
"""Words that reach out of the database or run what is not in the statement."""
BEFORE_ONE: Final = frozenset({"join", "into", "update", "using"})
BEFORE_MANY: Final = frozenset({"from", "table", "truncate"})
TAKING_FROM: Final = frozenset({"extract", "substring", "trim", "overlay", "position"})
"""Functions in whose brackets `from` names no table."""
BETWEEN: Final = frozenset({"only", "lateral", "if", "exists", "not", "table", "ignore", "low_priority"})
ENDING: Final = frozenset(
    """where group order having limit offset union intersect except set values select returning window from
    ; )""".split()  # noqa: SIM905  # words read best as words
)
"""What ends a list of tables."""

_token = re.compile(
    r"""(?P<space>\s+|--(?=\s|$)[^\n\r]*(?=\r?\n|$)|/\*(?!!)(?:[^*/]|\*(?!/)|/(?!\*))*\*/)
    |(?P<string>[NnBbXx]?'(?:[^'\\]|'')*')
    |(?P<name>"(?:[^"\\]|"")+"|`[^`\\]+`|\[[A-Za-z_][^\]'"`\\]*\])
    |(?P<word>(?![nN]?[qQ]')[^\W\d][\w$]*)
    |(?P<number>\d[\w.]*|\$\d+|[:@%?]\w*)
    |(?P<sign>-(?!-)|/(?!\*)|[+*<>=~!&|^.,;()\[\]{}])""",
    re.VERBOSE,
)
"""What is not matched nobody can read: a back slash in a string, a comment inside of a comment, `$$`, `#`."""


class Statements:
    """What was found in one text."""

    def __init__(self) -> None:
        self.verbs: set[str] = set()
        self.tables: set[str] = set()
        self.own: set[str] = set()
        """Names that the text gives to its own subqueries."""

    def give_up(self) -> None:
        """Say that the text cannot be understood."""
        self.verbs.add(UNKNOWN)
        self.tables.add(UNREADABLE)


def sql_verbs(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """Verbs of every statement in `sql`, `query` or `statement`, of inner ones too; `unknown` if in doubt."""
    del contract
    return frozenset(verb for text in _texts(arguments) for verb in _statements(text).verbs)


def sql_tables(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """Tables that SQL statements name, lower case; `?` when the text cannot be understood."""
    del contract
    return frozenset(table for text in _texts(arguments) for table in _statements(text).tables)


def _texts(arguments: Mapping[str, Any]) -> Iterator[str]:
    return (text for name, text in named_texts(arguments) if name in ARGUMENTS)


@lru_cache(128)
def _statements(text: str) -> Statements:
    found = Statements()
    tokens = list(_tokens(text))
    if not tokens or tokens[-1] == ("end", ""):
        found.give_up()
        return found
    _read_verbs(tokens, found)
    _read_tables(tokens, found)
    found.tables -= found.own
    return found


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Kinds and texts of the tokens; the last is `end` when the text breaks off or cannot be understood."""
    if len(text) > LENGTH_MAX:
        yield "end", ""
        return
    at = 0
    while at < len(text):
        match = _token.match(text, at)
        if match is None:
            yield "end", ""
            return
        at = match.end()
        kind = str(match.lastgroup)
        if kind == "name":
            yield kind, match.group().strip('"`[]').lower()
        elif kind != "space":
            yield kind, match.group().lower()


def _read_verbs(tokens: list[tuple[str, str]], found: Statements) -> None:
    """Verbs stand at the beginning, after a semicolon, after an opening bracket and after a WITH's last."""
    fresh, opening, inside_with, depth = True, False, False, 0
    for kind, text in tokens:
        if kind == "word" and text in REACHING_OUT:
            found.verbs.add(UNKNOWN)
        if fresh:
            fresh = kind == "sign" and text in "(;"
            if kind == "word" and text in PREFIXES:
                inside_with, fresh = text in {"with", "recursive"}, text not in {"with", "recursive"}
                found.verbs.update({text} & VERBS)
            elif kind == "word" and text in VERBS:
                found.verbs.add(text)
            elif not fresh:
                found.verbs.add(UNKNOWN)
        elif kind == "word" and (
            (opening and text in INNER) or (inside_with and depth == 0 and text in VERBS)
        ):
            found.verbs.add(text)
            inside_with = inside_with and depth > 0
        opening = kind == "sign" and text == "("
        depth += (text == "(") - (text == ")") if kind == "sign" else 0
        if kind == "sign" and text == ";":
            fresh, inside_with, depth = True, False, 0
        if kind == "word" and text == "into" and "select" in found.verbs and "insert" not in found.verbs:
            found.verbs.add("create")


def _read_tables(tokens: list[tuple[str, str]], found: Statements) -> None:
    closing, openers = _brackets(tokens)
    for place, (kind, text) in enumerate(tokens):
        before = tokens[place - 1][1] if place else ""
        if kind == "word" and text in BEFORE_MANY:
            if text != "from" or not (before == "distinct" or openers.get(place) in TAKING_FROM):
                found.tables.update(_list(tokens, place + 1, closing))
        elif kind == "word" and text in BEFORE_ONE:
            if text != "update" or before not in {"for", "do", "key", "on"}:
                found.tables.update(_name(tokens, place + 1))
        elif kind in {"word", "name"} and _begins_subquery(tokens, place):
            found.own.add(text)


def _brackets(tokens: list[tuple[str, str]]) -> tuple[dict[int, int], dict[int, str]]:
    """Where each bracket closes, and before which word the bracket around a `from` opened."""
    closing: dict[int, int] = {}
    openers: dict[int, str] = {}
    around: list[int] = []
    for place, (kind, text) in enumerate(tokens):
        if kind == "sign" and text == "(":
            around.append(place)
        elif kind == "sign" and text == ")" and around:
            closing[around.pop()] = place
        elif text == "from" and around and around[-1]:
            openers[place] = tokens[around[-1] - 1][1]
    return closing, openers


def _begins_subquery(tokens: list[tuple[str, str]], place: int) -> bool:
    """`name AS (` with a verb behind it: the name of a subquery."""
    after = [text for _, text in tokens[place + 1 : place + 6]]
    after = [text for text in after if text not in {"materialized", "not"}]
    return after[:2] == ["as", "("] and len(after) > 2 and after[2] in VERBS


def _list(tokens: list[tuple[str, str]], place: int, closing: Mapping[int, int]) -> Iterator[str]:
    """The tables of a list: `a, b AS c, (SELECT …) d, e.f`; what stands in brackets speaks for itself."""
    fresh = True
    while place < len(tokens):
        kind, text = tokens[place]
        if kind in {"word", "sign"} and text in ENDING:
            return
        if fresh and not (kind == "word" and text in BETWEEN):
            yield from _name(tokens, place)
            fresh = False
        if kind == "sign":
            fresh = fresh or text == ","
            place = closing.get(place, place)
        place += 1


def _name(tokens: list[tuple[str, str]], place: int) -> Iterator[str]:
    """The name that begins here, if one does."""
    parts: list[str] = []
    while place < len(tokens) and tokens[place][0] == "word" and tokens[place][1] in BETWEEN:
        place += 1
    while place < len(tokens) and tokens[place][0] in {"word", "name"}:
        parts.append(tokens[place][1])
        if tokens[place + 1 : place + 2] != [("sign", ".")]:
            break
        place += 2
    if parts and parts[0] not in {"select", "set"}:
        yield ".".join(parts)
