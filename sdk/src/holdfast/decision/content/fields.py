"""Secrets that are known by the name they stand behind: `DB_PASSWORD=`, `"api_key": "`, `--token`.

Names are found by plain searches for a few words; what follows a word is read by one anchored pattern, and a
judgement about name, sign and value together decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from holdfast.decision.content.field import JUDGED_MAX, WORDLY, Field, is_password, is_token
from holdfast.decision.content.finding import Family, Finding
from holdfast.decision.content.names import (
    holds_it,
    longer_tail,
    says_secret,
    tail_of_a_password,
    tail_of_a_token,
    tells_of_it,
)
from holdfast.decision.content.providers import misshapen
from holdfast.decision.content.shapes import RUN_MIN, is_made_up, is_random, is_uuid
from holdfast.decision.content.signs import GAP, SAID, SCHEME, SIGN

WORDS: Final = (
    "pass", "pasw", "pwd", "pw", "psw", "secret", "token", "key", "auth", "cred", "salt", "nonce",
    "private", "access", "login", "bearer", "basic", "api", "identified", "unseal", "securestring",
    "crumb", "p/w", "paasw", "psk",
)  # fmt: skip
"""What a telling name contains; the last such word of a name decides."""
_PASSWORDS: Final = frozenset(
    ("pass", "pasw", "paasw", "pwd", "pw", "p/w", "psw", "psk", "identified", "securestring")
)
_FAINT: Final = frozenset(("api", "login", "salt", "nonce"))
"""Words that tell something only before a sign like `=`."""
NAME_MAX: Final = 48
CROWD: Final = 4
"""So many telling words stand in no value, not even in a random one."""
_BARE: Final = r"[^\s\"'`,;&<>(){}\[\]|\\]"
_AND: Final = r"&(?![\w.-]{0,32}[=;&]|[\s#])"
"""A sign that ends a value only before another field."""
_follows = re.compile(
    r"(?P<tail>(?:[ -](?i:word|phrase))?[A-Za-z0-9_]{0,24}+(?: [0-9](?: \(will be hidden\))?(?=:))?)"
    rf"(?:(?P<sign>{SIGN})(?P<said>{SAID})|(?P<gap>{GAP}))(?P<scheme>{SCHEME})"
    r"(?:\\{1,4}\"(?P<nested>[^\"\\]{1,128}+)|\"(?P<double>(?:[^\"\\\n]{1,4096}+|\\.){1,256}+)"
    r"|'(?P<single>[^'\n]{1,4096}+)(?:'|(?<=\\)(?=\n)|\Z)|&quot;(?P<entity>(?:[^&\n]{1,256}+|&(?!quot;)){1,64}+)"
    r"|`(?P<tick>[^`\n]{1,512}+)`"
    rf"|(?P<bare>(?=(?:{_BARE}|{_AND}){{4}})(?:{_BARE}{{1,128}}+|{_AND})(?:{_AND}{_BARE}{{0,64}}+){{0,4}}+))"
).match
_rest = {
    "nested": re.compile(r'[^"\\]*+').match,
    "bare": re.compile(f"(?:{_BARE}++|{_AND})*+").match,
}
"""What a long value goes on with: it is read to its end only once it is known to be one."""
_BYTES: Final = frozenset(("key", "secret", "salt", "nonce", "token", "pass", "pwd", "private"))
_numbers = re.compile(
    r"\w{0,24}+(?:\[\w{0,8}+\])?\s{0,4}+(?::?=|:)?\s{0,4}+(?:(?:new )?"
    r"(?:\[\]byte|byte\[\]|bytes?|bytearray))?\s?[({\[]{1,2}(?P<value>(?:\s{0,8}(?:0[xX][0-9A-Fa-f]{1,2}|\d{1,3})\s{0,4},){7,256}"
    r"\s{0,8}(?:0[xX][0-9A-Fa-f]{1,2}|\d{1,3})?)"
).match
"""A list of bytes behind a telling name."""
_digit = re.compile(r"[0-9]").search
_one_run = re.compile(r"[\w+/=-]{24,}", re.ASCII).fullmatch
"""So long is a value that is random beyond doubt."""
_NOTHING: Final = frozenset(["null", "none", "nil", "true", "false", "undefined"])
_code_begins = re.compile(
    r"[$%@{<#,;:.~]|arn:|/(?:[a-z_.-]++/|[a-z]++\Z)|[A-Za-z_]++(?:\.[A-Za-z_]++)++\Z|\w++\("
).match
_code_ends = re.compile(r"[\w\]]\.\Z|:\Z").search
_CODE: Final = ("://", "${", "$(", "{{", "}}")
_constant = re.compile(r"(?:[A-Z][A-Z0-9]*_)+(?:PASSWORD|PASS|PWD|SECRET|TOKEN|KEY)").fullmatch
"""The name of a variable that holds a secret, given to what reads it."""


def in_fields(text: str, places: Sequence[tuple[int, str]]) -> Iterator[Finding]:
    """The secrets behind the telling words that stand at these places."""
    done = 0
    for at, (start, word) in enumerate(places):
        if start < done:
            continue
        numbers = _numbers(text, start + len(word)) if word in _BYTES else None
        if numbers is not None:
            done = numbers.end()
            yield Finding(Family.SECRET, "token", *numbers.span("value"), 0.8, "secret/bytes")
            continue
        match = _follows(text, start + len(word))
        if match is not None and not _is_crowded(match, places, at):
            found = _judge(text, start, word, match)
            if found is not None:
                done = found.end
                yield found


def _is_crowded(match: re.Match[str], places: Sequence[tuple[int, str]], at: int) -> bool:
    """Whether a value is full of telling words itself, as none is that somebody or a machine chose."""
    last = at + CROWD
    return match.lastgroup == "bare" and last < len(places) and places[last][0] < match.end("bare")


def _judge(  # noqa: PLR0911  # one return a case reads best
    text: str, start: int, word: str, match: re.Match[str]
) -> Finding | None:
    secretly = word in _PASSWORDS
    if not (tail_of_a_password if secretly else tail_of_a_token)(match["tail"]):
        return _named_at_length(text, start, word, match)
    if word in _FAINT and match["sign"] is None:
        return None
    group = match.lastgroup or "bare"
    begin, end = match.span(group)
    end -= group == "bare" and text[end - 1] == "." != text[end - 2]  # of a sentence; more of them elide
    value = text[begin : min(end, begin + JUDGED_MAX)]
    if match["gap"] and not secretly and len(value) < RUN_MIN and value.isalpha():  # prose
        return None
    if is_made_up(value) or _is_code(value) or value.lower() in _NOTHING or _constant(value):
        return None
    sign = match["sign"] or ""
    field = Field(
        word=word,
        name=_before(text, start) + word + match["tail"],
        value=value,
        gap=match["gap"] or "",
        scheme=bool(match["scheme"]),
        quoted=group != "bare",
        called="(" in sign,
        quoted_name=sign.lstrip("\\")[:1] in {'"', "'"} and ":" in sign,
        text=text,
        start=start,
    )
    if not (is_password(field) if secretly else is_token(field)):
        return None
    end = _end(text, group, begin, end)
    if group == "bare" and (
        text[end : end + 1] in {"(", "["} or ("(" in (match["sign"] or "") and not _digit(value))
    ):  # a call, or what a call is given
        return None
    if misshapen(text, begin, value):
        return None
    kind = "password" if secretly else "token"
    return Finding(Family.SECRET, kind, begin, end, 0.7 if field.gap else 0.8, "secret/field")


def _is_code(value: str) -> bool:
    """Whether a value is an expression, a path or the like."""
    return (
        _code_begins(value) is not None
        or _code_ends(value, len(value) - 2) is not None
        or any(sign in value for sign in _CODE)
    )


def _named_at_length(text: str, start: int, word: str, match: re.Match[str]) -> Finding | None:
    """A secret whose name goes on after the telling word, `SECRET_KEY_BASE`: it must be random."""
    tail = longer_tail(match["tail"])
    if match["sign"] is None or match["scheme"] or match["said"] or tail is None:
        return None
    last = tail["last"]
    if tells_of_it(last) or says_secret(last):
        return None
    if not says_secret(_before(text, start) + word) and not (word == "key" and holds_it(last)):
        return None
    group = match.lastgroup or "bare"
    begin, end = match.span(group)
    value = text[begin : min(end, begin + JUDGED_MAX)].rstrip("\\")  # of a line that goes on
    if (
        _one_run(value) is None
        or not is_random(value)
        or is_uuid(value)
        or is_made_up(value)
        or _is_code(value)
    ):
        return None
    end = _end(text, group, begin, end)
    if text[end : end + 1] in {"(", "["} or misshapen(text, begin, value):
        return None
    return Finding(Family.SECRET, "token", begin, end, 0.6, "secret/field")


def _end(text: str, group: str, begin: int, end: int) -> int:
    """Where a value ends of which perhaps only the beginning was read."""
    more = _rest.get(group) if end - begin >= JUDGED_MAX else None
    match = more(text, end) if more is not None else None
    return match.end() if match is not None else end


def _before(text: str, start: int) -> str:
    """What stands before a telling word and belongs to its name, with the word before that."""
    left = text[max(0, start - NAME_MAX) : start]
    head = left.rstrip(WORDLY + ".$?&")
    if head.endswith(" "):
        word = head[:-1].rstrip(WORDLY)
        return left[len(word) if len(word) < len(head) - 1 else len(head) :]
    return left[len(head) :]
