"""Secrets in a text: by their own shape, by the name or the place they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from holdfast.decision.content import fields, formats, logins, spoken
from holdfast.decision.content.finding import Family, Finding
from holdfast.decision.content.providers import after_names
from holdfast.decision.content.shapes import entropy

_HEADER: Final = r" [A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?-----"
_pem_begin = re.compile(f"-----BEGIN{_HEADER}").match
_pem_end = re.compile(f"-----END{_HEADER}").match
_pem_last = re.compile(r"[A-Za-z0-9+/=]{8,80}\s{0,4}\Z").search
_nothing_else = re.compile(r"\W{0,8}\Z|\W{0,4}[nr]?\W{0,4}\Z").match
_some_base64 = re.compile(r"[A-Za-z0-9+/=]{16}").search
_HEADER_MAX: Final = 36
"""Characters of a first line before the words that say what it is."""
_BODY_NEAR: Final = 400
_BODY_MAX: Final = 16 * 1024
_base64 = re.compile(r"[A-Za-z0-9+/]*+={0,2}").match
_PEM_LINES: Final = frozenset((64, 70))
"""So long is a full line of a PEM file (RFC 7468), and one of OpenSSH's; nothing else that is random is."""
_PEM_LINE_MAX: Final = max(_PEM_LINES)
_BASE64_MORE: Final = frozenset("+/=")
_scrap = re.compile(
    r"(?:#\d{1,4} \d{1,4}\.\d{1,4} |\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[\w.:+-]{0,12} )?"  # of a log
    r"[\s\"'*#+/|>-]{0,16}(?P<value>(?=[^+/]{0,119}[+/])(?=[^a-z]{0,40}[a-z])(?=[^A-Z]{0,40}[A-Z])(?=\D{0,60}\d)"
    r"[A-Za-z0-9+/]{40,120}={0,2})(?:\\n|[\s\"'`*+,;|)\\]){0,16}"
).fullmatch
"""A text that is nothing but a line of base64: torn out of a key file, or as secret."""
_SCRAP_MAX: Final = 160
_PEM: Final = "private key"
MARKS: Final = (_PEM, *logins.MARKS)
"""Words that the rarer patterns wait for."""


def secrets(
    text: str, stretches: Sequence[tuple[int, int]], found: Mapping[str, Sequence[tuple[int, str]]]
) -> Iterator[Finding]:
    """Everything in a text that looks like a credential; may overlap.

    Args:
        text: the text.
        stretches: where its runs of letters and digits stand, as `shapes.runs` gives them.
        found: where the words of `fields.WORDS` (group "field"), of `formats.INNER` ("inner") and `MARKS`
            ("mark"), and names of services ("provider") stand in it.
    """
    if "mark" in found:
        yield from _marked(text, found["mark"])
    if not text.isascii():
        yield from spoken.foreign(text)
    if "field" in found:
        yield from fields.in_fields(text, found["field"])
    if "inner" in found:
        yield from formats.at_places(text, found["inner"])
    if "provider" in found:
        yield from after_names(text, found["provider"])
    yield from _in_runs(text, stretches)
    if stretches and len(text) <= _SCRAP_MAX:
        match = _scrap(text)
        if match is not None and entropy(match["value"]) >= 4.5:  # bits; bytes in base64 have near 5
            yield Finding(Family.SECRET, "private-key", *match.span("value"), 0.6, "secret/pem-line")


def _marked(text: str, marks: Sequence[tuple[int, str]]) -> Iterator[Finding]:
    keys = [start for start, mark in marks if mark == _PEM]
    if keys:
        yield from _pem_blocks(text, keys) if "-----BEGIN" in text else _pem_ends(text, keys)
    yield from logins.in_places(text, marks)


def _pem_blocks(text: str, places: Iterable[int]) -> Iterator[Finding]:
    """Whole keys; a first line alone is found where a text ends with it."""
    done = 0
    for place in places:
        begin = _pem_begin(text, text.rfind("-----BEGIN", max(0, place - _HEADER_MAX), place))
        if begin is None or begin.start() < done:
            continue
        start, most = begin.end(), min(len(text), begin.end() + _BODY_MAX)
        end = text.find("-----", start, most)
        end = most if end < 0 else end
        if _some_base64(text, start, min(end, start + _BODY_NEAR)):
            last = _pem_end(text, end)
            done = last.end() if last else end
            yield Finding(Family.SECRET, "private-key", begin.start(), done, 1.0, "secret/pem")
        elif _nothing_else(text, start):
            yield Finding(Family.SECRET, "private-key", *begin.span(), 1.0, "secret/pem")


def _pem_ends(text: str, places: Iterable[int]) -> Iterator[Finding]:
    """The last lines of keys that begin elsewhere."""
    for place in places:
        end = _pem_end(text, text.rfind("-----END", max(0, place - _HEADER_MAX), place))
        if end is not None:
            line = _pem_last(text, max(0, end.start() - 84), end.start())
            start = line.start() if line else end.start()
            yield Finding(Family.SECRET, "private-key", start, end.end(), 1.0, "secret/pem")


def _in_runs(text: str, stretches: Sequence[tuple[int, int]]) -> Iterator[Finding]:
    done = encoded = 0
    for start, end in stretches:
        if start < done:
            continue
        found = formats.at_run(text, start, end) if formats.worth_reading(text, start, end) else None
        if found is None and start >= encoded and _may_be_a_line(text, start, end):
            begin, encoded = _base64_around(text, start)
            found = _pem_line(text, begin, encoded)
        if found is not None:
            done = found.end
            yield found


def _may_be_a_line(text: str, start: int, end: int) -> bool:
    return end - start in _PEM_LINES or text[end : end + 1] in _BASE64_MORE or text[start - 1] in "+/"


def _base64_around(text: str, start: int) -> tuple[int, int]:
    """The base64 that a run belongs to: from so far before it as a line may be long, to its very end."""
    begin, least = start, max(0, start - _PEM_LINE_MAX)
    while begin > least and (text[begin - 1].isalnum() or text[begin - 1] in "+/"):
        begin -= 1
    match = _base64(text, begin)
    return begin, match.end() if match is not None else begin


def _pem_line(text: str, begin: int, end: int) -> Finding | None:
    """A line out of a PEM file whose first and last lines are elsewhere."""
    if end - begin not in _PEM_LINES or not _alone(text, begin, end):
        return None
    line = text[begin:end]
    if line in {line.lower(), line.upper()} or entropy(line) < 4:  # bits; bytes in base64 have 5
        return None
    block = text.rfind("-----BEGIN ", max(0, begin - _BODY_MAX), begin)
    if block >= 0 and "PRIVATE" not in text[block : block + 40]:
        return None
    return Finding(Family.SECRET, "private-key", begin, end, 0.7, "secret/pem-line")


def _alone(text: str, begin: int, end: int) -> bool:
    before, after = text[begin - 1 : begin], text[end : end + 1]
    return (not before or before in " \t\n\"'`n") and (not after or after in " \t\r\n\"'`\\")
