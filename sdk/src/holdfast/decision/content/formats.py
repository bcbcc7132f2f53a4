"""Keys and tokens that say what they are: a prefix their maker chose, then so many characters of such a kind.

A pattern is tried only where one of its heads begins a run of characters, so that hundreds cost little more
than one. All are linear. Sources: what the makers document of their own formats.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from holdfast.decision.content.anchors import around
from holdfast.decision.content.checksums import crc32_base62
from holdfast.decision.content.finding import Family, Finding
from holdfast.decision.content.format_table import HEADED as _HEADED
from holdfast.decision.content.format_table import SEARCHED as _INNER
from holdfast.decision.content.samples import is_published
from holdfast.decision.content.shapes import counts_up, entropy, is_made_up

HEAD: Final = 2
"""So many characters are looked up before any pattern is tried."""
_BACK_MAX: Final = 20
"""A head that ends in a dot stands so far before the run it belongs to, at most."""

_SIZED: Final = {
    34: re.compile(r"11[0-9a-f]{32}", re.ASCII),  # Jenkins'
    40: re.compile(r"(?:[0-9a-z]{5})?[0-9a-fx]{31,36}NRAL", re.ASCII),
    # Twelve digits in base64, a colon and twenty bytes: how two servers of Atlassian write theirs.
    44: re.compile(r"(?:[MNO][ADQTgjwz][AEIMQUYcgk][012345wxyz]){4}O[\w-]{27}", re.ASCII),
    50: re.compile(r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}", re.ASCII),
    52: re.compile(r"[a-z2-7]{52}", re.ASCII),
}
_BEFORE_MAX: Final = 256
"""What a key is known by stands at most so far inside it."""
_AFTER_MAX: Final = 512
_LONG: Final = {"PuTTY-User-Key-File-": 8192, "$krb5": 8192, "asana": 1024}
"""What may stand further behind."""
_NUMBERED_MIN: Final = 66
_app_token = re.compile(r"\d{12,18}(?:\||%7C)[\w-]{24,40}(?![\w-])", re.ASCII).match
"""Facebook's: the number of an app, and its secret."""
_TIES: Final = frozenset("|%")
_NUMBER_MAX: Final = 18
_after_a_number = re.compile(r"\d{1,3}-[A-Za-z0-9]{64}(?!\w)", re.ASCII).match
_FILLER: Final = "AAAAAAAA"
"""What Azure fills the middle of its keys with."""
_PUBLISHING: Final = frozenset(("google-key",))
"""Makers whose own sources publish keys of theirs."""
_EXACT: Final = {"anthropic-key": re.compile(r"sk-ant-[a-z]{3,6}\d\d-[\w-]{93}AA", re.ASCII).fullmatch}
"""What is documented to the letter: another length is tolerated, unless the value is made of the alphabet."""
_CHECKSUMS: Final = {"github-token": crc32_base62, "npm-token": crc32_base62}


KEY_MAX: Final = 8192
"""No part of a key is longer; a text may hold a head in every run of one that never ends."""
_endless = re.compile(r"(?<=[\]wd])[*+](?!\+)|(?<=\{)([0-9]+),(?=\})").sub


def _compiled(body: str) -> re.Pattern[str]:
    """A body of the table with an end to what it repeats."""
    return re.compile(_endless(_end, body), re.ASCII)


def _end(match: re.Match[str]) -> str:
    least = match[1]
    return f"{least},{KEY_MAX}" if least else f"{{{int(match[0] == '+')},{KEY_MAX}}}"


class _Format(NamedTuple):
    kind: str
    head: str
    body: re.Pattern[str]


def _by_head() -> Mapping[str, Sequence[_Format]]:
    table: defaultdict[str, list[_Format]] = defaultdict(list)
    for kind, heads, body in _HEADED:
        pattern = _compiled(body)
        for head in heads.split():
            table[head[:HEAD]].append(_Format(kind, head, pattern))
    for formats in table.values():
        formats.sort(key=lambda each: -len(each.head))
    return dict(table)


HEADED: Final = _by_head()
_SEARCHED: Final[Mapping[str, Sequence[tuple[str, re.Pattern[str]]]]] = {
    literal: [(kind, _compiled(body)) for kind, at, body in _INNER if at == literal]
    for _, literal, _ in _INNER
}
INNER: Final = tuple(_SEARCHED)
"""What stands inside the keys that have no head to know them by."""


_JOINED: Final = frozenset("./!+[|%")
"""Before a run: it may be the rest of something."""


def worth_reading(text: str, start: int, end: int) -> bool:
    """Whether `at_run` could say anything at all of a run: most ids and words are told by two letters."""
    return (
        text[start : start + HEAD] in HEADED
        or end - start in _SIZED
        or (start > 0 and text[start - 1] in _JOINED)
        or (text[start] in "0123456789" and end - start >= _NUMBERED_MIN)
    )


def at_run(text: str, start: int, end: int) -> Finding | None:
    """The key whose head begins with a run, or a few characters before it when the head holds a dot."""
    if start and text[start - 1] == "+":  # the middle of something encoded
        return None
    if start > 1 and text[start - 1] == "[" and text[start - 2] == "\x1b":
        start = max(start, text.find("m", start, start + 6) + 1)  # the colour of a terminal
    found = _at(text, start)
    if found is None and (
        end - start in _SIZED or (text[start] in "0123456789" and end - start >= _NUMBERED_MIN)
    ):
        found = _sized(text, start, end)
    if found is None and start and text[start - 1] in _TIES:
        found = _tied(text, start - 1)
    if found is None and start and text[start - 1] in "./!":
        back = start - 1
        least = max(0, start - _BACK_MAX)
        while back > least and (text[back - 1].isalnum() or text[back - 1] in "._/"):
            back -= 1
        found = _at(text, back)
    return found


def at_places(text: str, places: Iterable[tuple[int, str]]) -> Iterator[Finding]:
    """The keys that are known by what stands inside them; `places` are those of `INNER`."""
    stand: dict[str, list[int]] = {}
    for start, literal in places:
        stand.setdefault(literal, []).append(start)
    for literal, starts in stand.items():
        for begin, end in around(starts, _BEFORE_MAX, _LONG.get(literal, _AFTER_MAX)):
            for kind, pattern in _SEARCHED[literal]:
                for match in pattern.finditer(text, begin, end):
                    if not is_made_up(match[0].rpartition("/")[2].replace(_FILLER, "")):
                        yield Finding(Family.SECRET, kind, match.start(), match.end(), 0.9, "secret/format")


def _sized(text: str, start: int, end: int) -> Finding | None:
    """The keys that have no head, but a length and an alphabet of their own."""
    pattern = _SIZED.get(end - start)
    if pattern is not None and pattern.fullmatch(text, start, end) and entropy(text[start:end]) >= 3:  # bits
        return _judged("app-token", text[start:end], start, end, text)
    match = _after_a_number(text, start)
    return _judged("app-token", match[0], start, match.end(), text) if match is not None else None


def _tied(text: str, tie: int) -> Finding | None:
    """The secret behind a number and a sign that ties them together."""
    begin, least = tie, max(0, tie - _NUMBER_MAX)
    while begin > least and text[begin - 1] in "0123456789":
        begin -= 1
    match = _app_token(text, begin)
    return _judged("app-token", match[0], begin, match.end(), text) if match is not None else None


def _at(text: str, start: int) -> Finding | None:
    formats = HEADED.get(text[start : start + HEAD])
    if formats is None:
        return None
    for kind, head, body in formats:
        if text.startswith(head, start):
            match = body.match(text, start + len(head))
            if match is not None:
                return _judged(kind, match[0], start, match.end(), text)
    return None


def _judged(kind: str, body: str, start: int, end: int, text: str) -> Finding | None:
    if (
        is_made_up(body)
        or (kind in _PUBLISHING and is_published(text[start:end]))
        or (kind in _EXACT and _EXACT[kind](text[start:end]) is None and counts_up(body))
        or body.endswith("--")
        or (body.isalpha() and body.islower())
        or (len(body) > 40 and body.isdigit())
        or is_made_up(text[end : end + 4])
    ):
        return None
    check = _CHECKSUMS.get(kind)
    sure = 1.0 if check is not None and check(text[start:end]) else 0.95
    return Finding(Family.SECRET, kind, start, end, sure, "secret/format")


KINDS: Final = frozenset(kind for kind, *_ in (*_HEADED, *_INNER))
