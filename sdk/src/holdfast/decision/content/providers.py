"""Names of services whose keys look like any other run of characters: what follows one is a key.

Most makers gave their keys no prefix, so a key is told by its maker's name, words like `key` or `token`, a
sign, and a value nobody would have thought of: `acme_key = 3f0e…`, `acmeSECRET a1b2…`, `acme-access-<UUID>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from holdfast.decision.content.finding import Family, Finding
from holdfast.decision.content.provider_names import NAMES
from holdfast.decision.content.shapes import is_hex, is_made_up, is_uuid

BACK: Final = 40
"""So many characters before a value are searched for a name."""

_pieces = re.compile(r"[a-z0-9]+").finditer
_suffix = re.compile(r"(?:api|client|app|auth|access|secret|private|token|key|id|io|com)+$").sub
_gap = re.compile(
    r"[\w.-]{0,16}(?: (?:api|access|secret|private|auth))?(?: ?(?:key|"
    r"token|secret))?[\"'`]?\s{0,3}[:=(,]{0,3}\s{0,3}[\"'`]?"
).fullmatch
_KEYWORD: Final = (
    r"(?i:api|app|auth|access|secret|private|personal|token|key|pat|login|cred|bearer|pw|password|crumb)"
)
_UUID: Final = r"[0-9A-Za-z]{8}(?:-[0-9A-Za-z]{4}){3}-[0-9A-Za-z]{12}"
_tail = re.compile(
    rf"[\w.]{{0,40}}+(?:(?: ?[-|] ?|\[?[\"']|[ -]){_KEYWORD}\w{{0,16}}+(?:[-.]{_KEYWORD}\w{{0,16}}+){{0,2}}"
    r"(?:[\"']\]?)?){0,4}+",
    re.ASCII,
).match
"""What goes on with the name of a service before a sign: `acme-api key`."""
_value = re.compile(
    r"(?P<sign>[\"'`]?\s{0,3}(?:=>|:=|->|[:=,(|])\s{0,24}[\"'`]?|[ \t]{1,4}(?:(?:x|is|-) )?[\"'`]?"
    # A value that has the next line to itself.
    r"|[ \t]{0,4}\r?\n[ \t]{0,8}(?=[^\s]{16,512}[ \t]{0,4}(?:[\r\n]|\Z)))"
    rf"(?P<value>{_UUID}|[A-Za-z0-9][\w+/=.~%-]{{10,511}}+(?::[A-Za-z0-9]{{8,512}}+)?)",
    re.ASCII,
).match
_ties = re.compile(r"[-_.:]").finditer
_tied = re.compile(rf"(?P<value>{_UUID}(?![\w-])|[A-Za-z0-9]{{16,512}}+=*+(?![\w=:.(/-]))", re.ASCII).match
_keyword = re.compile(_KEYWORD).search
_client = re.compile(r"(?i)(?:client|consumer|app|application|api|bot|access)[_.-]?id\W*$").search
_uuid_like = re.compile(_UUID).fullmatch
_plain = re.compile(r"[A-Za-z0-9]+=*").fullmatch
_parts = re.compile(r"[A-Za-z0-9]{16,}").findall
_changes = re.compile(r"[a-zA-Z][0-9]|[0-9][a-zA-Z]").findall
_has_digit = re.compile(r"[0-9]").search
_has_letter = re.compile(r"[A-Za-z]").search
_harmless = re.compile(
    r"(?i)version|url|uri|host|path|image|repo|commit|branch|release|sha|digest|hash|public"
)


class Shape(NamedTuple):
    """A field whose maker documents how its value looks: another value in it is none."""

    field: re.Pattern[str]
    value: re.Pattern[str]


SHAPES: Final[tuple[Shape, ...]] = tuple(
    Shape(re.compile(field, re.IGNORECASE), re.compile(value))
    for field, value in (
        (r"aws[\w.]{0,8}_?secret(?:_?access)?_?key\W*$", r"[A-Za-z0-9/+]{40}"),
        (r"meraki[_. -]?(?:api)?[_. -]?key\W*$", r"[0-9a-f]{40}"),
        (r"sumo(?:logic)?[_. -]?access[_. -]?key\W*$", r"[A-Za-z0-9]{64}"),
        (r"okta(?:[_. -]?(?:api)?[_. -]?(?:key|token))?\W*$", r"00[\w-]{39}\w|[\w-]{44,}|[A-Za-z0-9]{20,}"),
        (r"global\.licenseKey\W*$|new_?relic_?license_?key\W*$",
            r"[0-9a-f]{36}NRAL|[0-9a-f]{40}|\w{6}[0-9a-fx]{30}NRAL"),
        (r"twitch_?stream_?key\W*$", r"live_\w{20,}"),
    )
)  # fmt: skip
_SHAPED_BACK: Final = 40
_shaped_word = re.compile(r"(?i)aws|meraki|sumo|okta|license|twitch").search


def misshapen(text: str, start: int, value: str) -> bool:
    """Whether a value stands in a field whose maker documents another shape."""
    before = text[max(0, start - _SHAPED_BACK) : start]
    if _shaped_word(before) is None:
        return False
    return any(
        shape.field.search(before) is not None and shape.value.fullmatch(value) is None for shape in SHAPES
    )


def names_a_provider(text: str, end: int) -> bool:
    """Whether one of the few words right before a place names a service with keys."""
    before = text[max(0, end - BACK) : end].lower()
    for piece in _pieces(before):
        if (piece[0] in NAMES or _suffix("", piece[0]) in NAMES) and _gap(before, piece.end()):
            return True
    return False


def after_names(text: str, places: Iterable[tuple[int, str]]) -> Iterator[Finding]:
    """The keys behind the names of services that stand at these places."""
    for start, name in places:
        if start and (text[start - 1].isalnum() and not _humps(text, start)):
            continue
        match, tail, sign = _after(text, start + len(name))
        if match is None:
            continue
        begin, end = match.span("value")
        while text[end - 1] in ".-_%":
            end -= 1
        value = text[begin:end]
        if (
            _is_key(value.replace(":", ""), tail.lower().replace(name, ""), sign)
            and not is_made_up(value)
            and not misshapen(text, begin, value)
        ):
            yield Finding(Family.SECRET, "token", begin, end, 0.7, "secret/provider")


def _after(text: str, start: int) -> tuple[re.Match[str] | None, str, str]:
    """The value behind a name that ends here, what goes on with the name, and the sign between."""
    tail = _tail(text, start)
    end = tail.end() if tail is not None else start
    match = _value(text, end)
    if match is not None:
        return match, text[start:end], match["sign"]
    for tie in _ties(text, start, end + 1):
        match = _tied(text, tie.end())
        if match is not None:
            return match, text[start : tie.start()], ""
    return None, "", ""


def _humps(text: str, start: int) -> bool:
    """Whether a name begins inside a word written in camel case."""
    return text[start - 1].islower() and text[start].isupper()


def _is_key(value: str, tail: str, sign: str) -> bool:  # noqa: PLR0911  # one return a case reads best
    """Whether a machine chose a value; the less says so beside it, the more it must say itself."""
    if _harmless.search(tail):
        return False
    called, stated = _keyword(tail) is not None, any(each in sign for each in "=:,(")
    if is_uuid(value) or (_uuid_like(value) and _has_digit(value)):
        return True
    size, head = len(value), value.partition("=")[0]
    digit, letter = _has_digit(value), _has_letter(value)
    plain = _plain(value) is not None
    if _client(tail) and plain:  # the public half of a pair
        return size >= 14 and (digit or value not in {value.lower(), value.upper()}) and len(set(value)) >= 6
    if is_hex(head) and digit and letter and len(head) >= (12 if called else 24):
        return True
    if plain and digit and letter:
        least = 12 if called else 16 if stated else 20
        return size >= least and (
            called or len(_changes(value)) >= (1 if sign.strip() != sign or stated else 3)
        )
    if plain and called:
        return (
            size >= 20 and len(set(value)) >= 8 and (value.isdigit() or value != value.lower() or size >= 24)
        )
    if called and any(_is_run(piece) for piece in _parts(value)):
        return True
    mixed = bool(digit and letter and value != value.lower())
    least = (5 if called and size >= 40 else size) if "/" in value else 2 if called else 3
    quoted = stated and sign.endswith(("'", '"', "`"))
    return mixed and size >= (20 if called or quoted else 32) and len(_changes(value)) >= least


def _is_run(piece: str) -> bool:
    """Whether letters and digits of one piece are through one another."""
    return _has_digit(piece) is not None and _has_letter(piece) is not None
