"""Secrets in a text: by their own shape, by the name or the place they stand in."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from holdfast.decision.content import fields, formats
from holdfast.decision.content.anchors import words
from holdfast.decision.content.finding import Family, Finding
from holdfast.decision.content.providers import BACK, names_a_provider
from holdfast.decision.content.shapes import entropy, is_hex, is_made_up, is_random, is_uuid, runs

_pem = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?=(?:(?!-----)[\s\S]){0,400}?[A-Za-z0-9+/=]{16})(?:(?!-----)[\s\S]){0,16384}"
    r"(?:-----END [A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?-----)?|(?=\W{0,8}\Z|\W{0,4}[nr]?\W{0,4}\Z))"
).finditer
_pem_end = re.compile(
    r"(?:[A-Za-z0-9+/=]{8,80}\s{0,4})?-----END [A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?-----"
).finditer
_base64 = re.compile(r"[A-Za-z0-9+/]{0,65}={0,2}").match
_PEM_LINE: Final = 64
"""So long is a full line of a PEM file (RFC 7468); nothing else that is random is."""
_login = re.compile(r"://(?P<user>[^\s/:\"'<>]{0,128}):(?P<value>[^\s/\"'<>]{1,256})@(?=[^\s\"'])").finditer
_curl = re.compile(
    r"\s(?:-u|--user|-U)[ =]?(?P<q>[\"']?)(?:[^\s\"':${]{1,128}:(?P<value>[^\s\"']{3,256})"
    r"|(?P<user>[^\s\"':${]{8,128}):)(?P=q)"
).finditer
_command = re.compile(
    r"\s(?:-u|/u(?:ser)?:?|-username|--username|-U)[ =]?[\"']?[^\s\"']{1,128}[\"']?\s{1,4}"
    r"(?:-p|/p(?:assword)?:?)[ =]?"
    r"(?P<q>[\"']?)(?P<value>[^\s\"'$]{4,256})(?P=q)"
).finditer
_dummy_logins: Final = frozenset(
    ("test", "pass", "password", "token", "yyy", "passwd", "pwd", "secret", "x-oauth-basic")
)
_jwk = re.compile(
    r"[\"'](?:k|d|p|q|dp|dq|qi)[\"']\s{0,4}:\s{0,4}[\"'](?P<value>[\w-]{16,2048})[\"']"
).finditer


MARKS: Final = ("PRIVATE KEY", "://", "curl", " -p", " /p", '"kty"', "'kty'", '"k"')
"""Words that the rarer patterns wait for."""


def secrets(text: str, flat: bytes, found: Mapping[str, Sequence[tuple[int, str]]]) -> Iterator[Finding]:
    """Everything in a text that looks like a credential; may overlap.

    Args:
        text: the text.
        flat: the same, flattened.
        found: where the words of `fields.WORDS` (group "field"), of `formats.INNER` ("inner") and `MARKS`
            ("mark") stand in it.
    """
    if "mark" in found:
        yield from _marked(text, words(found["mark"]))
    if "field" in found:
        yield from fields.in_fields(text, found["field"])
    if "inner" in found:
        yield from formats.at_places(text, found["inner"])
    yield from _in_runs(text, flat, [at for at, _ in found.get("provider", ())])


def _marked(text: str, marks: frozenset[str]) -> Iterator[Finding]:
    if "PRIVATE KEY" in marks:
        for match in _pem(text) if "-----BEGIN" in text else _pem_end(text):
            yield Finding(Family.SECRET, "private-key", *match.span(), 1.0, "secret/pem")
    if "://" in marks and "@" in text:
        yield from _logins(text)
    if "curl" in marks:
        for match in _curl(text):
            if (
                not is_made_up(match[0])
                and (match["value"] or match["user"]).lower() not in _dummy_logins
                and "$" not in match[0]
            ):
                yield Finding(Family.SECRET, "login", *match.span(match.lastgroup or 0), 0.8, "secret/login")
    if " -p" in marks or " /p" in marks:
        for match in _command(text):
            if not is_made_up(match["value"]):
                yield Finding(Family.SECRET, "login", *match.span("value"), 0.8, "secret/login")
    if not marks.isdisjoint(('"kty"', "'kty'", '"k"')):
        for match in _jwk(text):
            yield Finding(Family.SECRET, "private-key", *match.span("value"), 0.8, "secret/jwk")


def _logins(text: str) -> Iterator[Finding]:
    for match in _login(text):
        value = match["value"]
        if not is_made_up(value) and not value.startswith(("$", "{", "<", "%s")):
            yield Finding(Family.SECRET, "login", *match.span("value"), 0.9, "secret/login")


def _in_runs(text: str, flat: bytes, providers: Sequence[int]) -> Iterator[Finding]:
    for start, end in runs(flat):
        found = formats.at_run(text, start, end) or _pem_line(text, start, end)
        if found is not None:
            yield found
        elif (
            providers
            and end - start >= 20
            and _follows_one(providers, start)
            and names_a_provider(text, start)
        ):  # shorter ones need a telling name
            value = text[start:end]
            odd = (
                is_uuid(value) or (is_hex(value) and end - start >= 32) or is_random(value)
            )  # half of a SHA-256
            if odd and not is_made_up(value):
                yield Finding(Family.SECRET, "token", start, end, 0.7, "secret/provider")


def _follows_one(places: Sequence[int], start: int) -> bool:
    at = bisect_left(places, start)
    return at > 0 and start - places[at - 1] <= BACK


def _pem_line(text: str, start: int, end: int) -> Finding | None:
    """A line out of a PEM file whose first and last lines are elsewhere."""
    joined = (start and text[start - 1] in "+/") or text[end : end + 1] in {"+", "/", "="}
    if end - start != _PEM_LINE and not joined:
        return None
    begin, least = start, max(0, start - _PEM_LINE)
    while begin > least and (text[begin - 1].isalnum() or text[begin - 1] in "+/"):
        begin -= 1
    match = _base64(text, begin)
    if match is None or match.end() - begin != _PEM_LINE or not _alone(text, begin, match.end()):
        return None
    line = match[0]
    if line in {line.lower(), line.upper()} or entropy(line) < 4:  # bits; bytes in base64 have 5
        return None
    block = text.rfind("-----BEGIN ", 0, begin)
    if block >= 0 and "PRIVATE" not in text[block : block + 40]:
        return None
    return Finding(Family.SECRET, "private-key", begin, match.end(), 0.7, "secret/pem-line")


def _alone(text: str, begin: int, end: int) -> bool:
    before, after = text[begin - 1 : begin], text[end : end + 1]
    return (not before or before in " \t\n\"'`n") and (not after or after in " \t\r\n\"'`\\")
