"""Secrets known by where they are written: a URL, a call, a manifest, a cookie, a key in JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from holdfast.decision.content import commands, spoken
from holdfast.decision.content.finding import Family, Finding
from holdfast.decision.content.place import Place, anything, mixed, no_template, not_made_up
from holdfast.decision.content.shapes import is_random

_login = re.compile(r"://(?P<user>[^\s/:\"'<>]{0,128}):(?P<value>[^\s/\"'<>]{1,256})@(?=[^\s\"'])").finditer
_tokened = re.compile(r"://(?P<value>[\w-]{20,255})@(?=[\w.-])", re.ASCII).finditer
_listed = re.compile(
    r"<key>[^<]{0,64}(?:password|passwd|passphrase|secret|token|api[ _-]?key)</key>\s{0,64}"
    r"<string>(?P<value>[^<\s]{4,512})</string>",
    re.IGNORECASE,
).finditer
_cookie = re.compile(
    r"(?:\bcookie[\"']?\s{0,2}[:=,]|;)\s{0,2}[\"']?[\w.-]{0,24}?"
    r"(?:sess(?:ion)?[_-]?(?:id)?|sid|jwt|auth|token|remember\w{0,8})=(?P<value>[\w.%~+/=-]{16,1024})",
    re.IGNORECASE,
).finditer
_called = re.compile(
    r"(?:NetworkCredential|DirectoryEntry|new PDO|new mysqli|UsernamePasswordCredentials?"
    r"|PasswordAuthentication|getConnection|mysqli?_connect|(?:HTTP)?BasicAuth|auth=|\.login|bind_s)\(\s{0,16}"
    r"(?:[^\s\"'(),]{1,64}\s{0,4},\s{0,16}){0,1}(?:@?[\"'][^\"'\n]{1,128}[\"']\s{0,4},\s{0,16}){1,2}"
    r"@?[\"'](?P<value>[^\"'\s${]{4,128})[\"']\s{0,4}[),.]"
).finditer
_signed = re.compile(
    r"\bjwt\.(?:sign|verify|encode|decode)\(\s{0,16}[^,\"'\n]{1,128},\s{0,16}"
    r"[\"'](?P<value>[^\"'\s${]{4,128})[\"']",
    re.IGNORECASE,
).finditer
_manifest = re.compile(
    r"kind: Secret\b(?:(?!\n---)[\s\S]){0,600}?\n(?:string)?[dD]ata:(?P<data>(?:\n[ \t]+[^\n]{1,4096}){1,64})"
).finditer
_entry = re.compile(
    r"[\w.-]{1,64}:[ \t]{1,4}[\"']?(?P<value>[A-Za-z0-9+/=_-]{8,4096})[\"']?(?=\s|\Z)"
).finditer
_jwk = re.compile(
    r"[\"'](?:k|d|p|q|dp|dq|qi)[\"']\s{0,4}:\s{0,4}[\"'](?P<value>[\w-]{16,2048})[\"']"
).finditer
_lone_exponent = re.compile(
    r"\"(?:d|dp|dq|qi)\"\s{0,4}:\s{0,4}\"(?P<value>(?=[^\"]*[0-9])(?=[^\"]*[A-Z])[\w-]{43,2048})\""
).finditer
_keyed = re.compile(
    r"(?:cookieParser|cookieSession|\.auth|createHmac|hmac\.new)\(\s{0,16}(?:[\"']\w{2,12}[\"'],\s{0,4})?"
    r"b?[\"'](?P<value>[^\"'\s${]{6,128})[\"']\s{0,4}[),]"
).finditer


def _random(match: re.Match[str], value: str) -> bool:
    return mixed(match, value) and is_random(value)


PLACES: Final = (
    *commands.PLACES,
    *spoken.PLACES,
    Place(frozenset(("://",)), _login, "login", 0.9, "secret/login", no_template),
    Place(frozenset(("://",)), _tokened, "login", 0.8, "secret/login", _random),
    Place(frozenset(("</key>",)), _listed, "password", 0.8, "secret/field", not_made_up),
    Place(frozenset(("cookie:", "cookie'", 'cookie"')), _cookie, "token", 0.8, "secret/cookie", mixed),
    Place(
        frozenset(
            ("credential(", "credentials(", "directoryentry(", "passwordauthentication(", "getconnection(",
             "_connect(", "basicauth(", "auth=(", ".login(", "bind_s(", "new pdo(", "new mysqli(")
        ),
        _called, "login", 0.8, "secret/call", not_made_up,
    ),
    Place(frozenset(("cookieparser(", "cookiesession(", ".auth(", "createhmac(", "hmac.new(")), _keyed,
        "token", 0.8, "secret/call", mixed),
    Place(frozenset(("jwt.sign(", "jwt.verify(", "jwt.encode(", "jwt.decode(")), _signed, "token", 0.8,
        "secret/call", not_made_up),
    Place(frozenset(('"d"', '"dp"', '"dq"', '"qi"')), _lone_exponent, "private-key", 0.8,
        "secret/jwk", anything),
    Place(frozenset(('"kty"', "'kty'", '"k"')), _jwk, "private-key", 0.8, "secret/jwk", anything),
)  # fmt: skip
_MANIFEST: Final = "kind: secret"  # how a manifest of Kubernetes begins
MARKS: Final = (*sorted(frozenset[str]().union(*(place.marks for place in PLACES))), _MANIFEST)
"""Words that these patterns wait for, in lower case."""


def in_places(text: str, marks: frozenset[str]) -> Iterator[Finding]:
    """The secrets in the places that these of `MARKS` announce."""
    for place in PLACES:
        if not place.marks.isdisjoint(marks):
            yield from place.read(text)
    if _MANIFEST in marks:
        for match in _manifest(text):
            for entry in _entry(text, *match.span("data")):
                yield Finding(Family.SECRET, "token", *entry.span("value"), 0.8, "secret/manifest")
