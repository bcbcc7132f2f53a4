"""Secrets known by where they are written: a URL, a call, a manifest, a cookie, a key in JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from holdfast.decision.content import commands, spoken
from holdfast.decision.content.finding import Family, Finding
from holdfast.decision.content.place import Place, anything, mixed, no_template, not_made_up
from holdfast.decision.content.shapes import is_random

_login = re.compile(r"://(?P<user>[^\s/:\"'<>]{0,128}):(?P<value>[^\s/\"'<>]{1,256})@(?=[^\s\"'])")
_tokened = re.compile(r"://(?P<value>[\w-]{20,255})@(?=[\w.-])", re.ASCII)
_listed = re.compile(
    r"<key>[^<]{0,64}(?:password|passwd|passphrase|secret|token|api[ _-]?key)</key>\s{0,64}"
    r"<string>(?P<value>[^<\s]{4,512})</string>",
    re.IGNORECASE,
)
_cookie = re.compile(
    r"(?:\bcookie[\"']?\s{0,2}[:=,]|;)\s{0,2}[\"']?[\w.-]{0,24}?"
    r"(?:sess(?:ion)?[_-]?(?:id)?|sid|jwt|auth|token|remember\w{0,8})=(?P<value>[\w.%~+/=-]{16,1024})",
    re.IGNORECASE,
)
_called = re.compile(
    r"(?:NetworkCredential|DirectoryEntry|new PDO|new mysqli|UsernamePasswordCredentials?"
    r"|PasswordAuthentication|getConnection|mysqli?_connect|(?:HTTP)?BasicAuth|auth=|\.login|bind_s)\(\s{0,16}"
    r"(?:[^\s\"'(),]{1,64}\s{0,4},\s{0,16}){0,1}(?:@?[\"'][^\"'\n]{1,128}[\"']\s{0,4},\s{0,16}){1,2}"
    r"@?[\"'](?P<value>[^\"'\s${]{4,128})[\"']\s{0,4}[),.]"
)
_signed = re.compile(
    r"\bjwt\.(?:sign|verify|encode|decode)\(\s{0,16}[^,\"'\n]{1,128},\s{0,16}"
    r"[\"'](?P<value>[^\"'\s${]{4,128})[\"']",
    re.IGNORECASE,
)
_data = re.compile(r"\n(?:string)?[dD]ata:").search
_lines = re.compile(r"(?:\n[ \t]{1,32}+[^\n]{1,4096}+){1,64}+").match
_entry = re.compile(
    r"\n[ \t]{1,32}[\w.-]{1,64}:[ \t]{1,4}[\"']?(?P<value>[A-Za-z0-9+/=_-]{8,4096})[\"']?(?=\s|\Z)"
).finditer
_jwk = re.compile(r"[\"'](?:k|d|p|q|dp|dq|qi)[\"']\s{0,4}:\s{0,4}[\"'](?P<value>[\w-]{16,2048})[\"']")
_lone_exponent = re.compile(
    r"\"(?:d|dp|dq|qi)\"\s{0,4}:\s{0,4}\"(?P<value>(?=[^\"]{0,128}[0-9])(?=[^\"]{0,128}[A-Z])[\w-]{43,2048})\""
)
_keyed = re.compile(
    r"(?:cookieParser|cookieSession|\.auth|createHmac|hmac\.new)\(\s{0,16}(?:[\"']\w{2,12}[\"'],\s{0,4})?"
    r"b?[\"'](?P<value>[^\"'\s${]{6,128})[\"']\s{0,4}[),]"
)


def _random(match: re.Match[str], value: str) -> bool:
    return mixed(match, value) and is_random(value)


PLACES: Final = (
    *commands.PLACES,
    *spoken.PLACES,
    Place(frozenset(("://",)), _login, "login", 0.9, "secret/login", no_template, needs="@"),
    Place(frozenset(("://",)), _tokened, "login", 0.8, "secret/login", _random, needs="@"),
    Place(frozenset(("</key>",)), _listed, "password", 0.8, "secret/field", not_made_up, (96, 608)),
    Place(frozenset(("cookie:", "cookie'", 'cookie"')), _cookie, "token", 0.8, "secret/cookie", mixed,
        (0, 4096)),
    Place(
        frozenset(
            ("credential(", "credentials(", "directoryentry(", "passwordauthentication(", "getconnection(",
             "_connect(", "basicauth(", "auth=(", ".login(", "bind_s(", "new pdo(", "new mysqli(")
        ),
        _called, "login", 0.8, "secret/call", not_made_up, (24, 608),
    ),
    Place(frozenset(("cookieparser(", "cookiesession(", ".auth(", "createhmac(", "hmac.new(")), _keyed,
        "token", 0.8, "secret/call", mixed),
    Place(frozenset(("jwt.sign(", "jwt.verify(", "jwt.encode(", "jwt.decode(")), _signed, "token", 0.8,
        "secret/call", not_made_up),
    Place(frozenset(('"d"', '"dp"', '"dq"', '"qi"')), _lone_exponent, "private-key", 0.8,
        "secret/jwk", anything),
    Place(frozenset(('"kty"', "'kty'", '"k"')), _jwk, "private-key", 0.8, "secret/jwk", anything,
        (4096, 4096)),
)  # fmt: skip
_MANIFEST: Final = "kind: secret"  # how a manifest of Kubernetes begins
_MANIFEST_HEAD: Final = 600
"""Its data begin so far behind, at most."""
MARKS: Final = (*sorted(frozenset[str]().union(*(place.marks for place in PLACES))), _MANIFEST)
"""Words that these patterns wait for, in lower case."""
NEAR: Final = 256
_MANIFEST_MAX: Final = 4096
FAR: Final[Mapping[str, int]] = {
    **{
        mark: place.reach[1]
        for place in PLACES
        if place.reach is not None and place.reach[1] > NEAR
        for mark in place.marks
    },
    _MANIFEST: _MANIFEST_MAX,
}
"""Words that announce what may stand further behind them than `NEAR`, and how far."""
_PLACES_OF: Final[Mapping[str, Sequence[int]]] = {
    mark: [at for at, place in enumerate(PLACES) if mark in place.marks] for mark in MARKS
}


def in_places(text: str, marks: Iterable[tuple[int, str]]) -> Iterator[Finding]:
    """The secrets in the places that `MARKS` announce, which stand in the text here."""
    announced: dict[int, list[int]] = {}
    manifests: list[int] = []
    for start, mark in marks:
        for at in _PLACES_OF.get(mark, ()):
            announced.setdefault(at, []).append(start)
        if mark == _MANIFEST:
            manifests.append(start)
    for at, starts in announced.items():
        yield from PLACES[at].read(text, sorted(starts))
    yield from _in_manifests(text, manifests)


def _in_manifests(text: str, starts: Iterable[int]) -> Iterator[Finding]:
    done = 0
    for start in starts:
        head = _data(text, max(start, done), start + _MANIFEST_HEAD)
        match = (
            _lines(text, head.end()) if head is not None and "\n---" not in text[start : head.end()] else None
        )
        if match is not None:
            done = match.end()
            for entry in _entry(text, *match.span()):
                yield Finding(Family.SECRET, "token", *entry.span("value"), 0.8, "secret/manifest")
