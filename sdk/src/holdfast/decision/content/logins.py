"""Secrets known by where they are written: a URL, a command, a call, a manifest, a key in JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from holdfast.decision.content.finding import Family, Finding
from holdfast.decision.content.shapes import is_made_up

_login = re.compile(r"://(?P<user>[^\s/:\"'<>]{0,128}):(?P<value>[^\s/\"'<>]{1,256})@(?=[^\s\"'])").finditer
_curl = re.compile(
    r"\s(?:-u|--user|-U)[ =]?(?P<q>[\"']?)(?:[^\s\"':${]{1,128}:(?P<value>[^\s\"']{3,256})"
    r"|(?P<user>[^\s\"':${]{8,128}):)(?P=q)"
    r"|\s(?:-u|--user)[ =]?\"[^\s\"'$]{2,128}\":\"\{?(?P<joined>[^\s\"'${}]{4,256})\}?\""
).finditer
_command = re.compile(
    r"\s(?:-u|/u(?:ser)?:?|-username|--username|--user|-U)[ =]?"
    r"(?:\"[^\"\n]{1,128}\"|[\"']?[^\s\"']{1,128}[\"']?)\s{1,4}"
    r"(?:-p|--password|/p(?:assword)?:?)[ =]?"
    r"(?P<q>[\"']?)(?P<value>[^\s\"'$]{4,256})(?P=q)"
).finditer
_option = re.compile(
    r"(?:\bsshpass\s{1,4}-p|\bldap\w{3,8}(?=[^\n]{0,300}\s-D\s)[^\n]{0,300}?\s-w"
    r"|\bredis-cli\b[^\n]{0,200}?\s-a)\s{0,4}"
    r"(?P<q>[\"']?)(?P<value>[^\s\"'$]{4,128})(?P=q)(?=\s|\Z)"
    r"|\bsmbclient\s[^\n]{0,200}?-U\s{0,4}[^\s%]{1,64}%(?P<share>[^\s\"'$]{4,128})"
    r"|\bnet use\s[^\n]{0,120}/user:[^\s]{1,64}\s{1,4}(?P<drive>[^\s/\"'$%]{4,64})"
).finditer
_listed = re.compile(
    r"<key>[^<]{0,64}(?:password|passwd|passphrase|secret|token|api[ _-]?key)</key>\s{0,64}"
    r"<string>(?P<value>[^<\s]{4,512})</string>",
    re.IGNORECASE,
).finditer
_pair = re.compile(
    r"\b(?:id|user|login|account) ?/ ?(?:pw|pwd|pass|password|passwd)\b[\"')]{0,2}\s{0,3}[:=-]?\s{0,3}"
    r"[^\s/\"']{1,64} ?/ ?(?P<value>[^\s/\"'<>]{4,64})",
    re.IGNORECASE,
).finditer
FOREIGN: Final = (
    "비밀번호",
    "패스워드",
    "비번",
    "암호",
    "密码",
    "密碼",
    "口令",
    "パスワード",
    "暗証番号",
    "пароль",
)
"""The word for a password in scripts of which no anchor can be made."""
_after_foreign = re.compile(
    r"[\"'\])]?\s{0,3}(?:는|은|:|=|\uff1a|/|-)\s{0,3}[\"']?(?P<value>[!-&(-~]{4,64})",
).match

_told = re.compile(
    r"password (?:for|of) (?:the )?user [\"'`][^\"'`\n]{1,64}[\"'`] is "
    r"[\"'`](?P<value>[^\"'`\s]{4,64})[\"'`]",
    re.IGNORECASE,
).finditer
_called = re.compile(
    r"(?:NetworkCredential|DirectoryEntry|UsernamePasswordCredentials?|PasswordAuthentication|getConnection"
    r"|mysqli?_connect|(?:HTTP)?BasicAuth|auth=|\.login|bind_s)\(\s{0,16}"
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
_DUMMIES: Final = frozenset(
    ("test", "pass", "password", "token", "yyy", "passwd", "pwd", "secret", "x-oauth-basic")
)


class _Place(NamedTuple):
    """Words that a pattern waits for, and what it says when it matches and the value is accepted."""

    marks: frozenset[str]
    find: Callable[[str], Iterator[re.Match[str]]]
    kind: str
    confidence: float
    rule: str
    accepts: Callable[[re.Match[str], str], bool]


def _anything(match: re.Match[str], value: str) -> bool:
    del match, value
    return True


def _not_made_up(match: re.Match[str], value: str) -> bool:
    del match
    return not is_made_up(value)


def _no_template(match: re.Match[str], value: str) -> bool:
    del match
    return not is_made_up(value) and not value.startswith(("$", "{", "<", "%s"))


def _no_dummy(match: re.Match[str], value: str) -> bool:
    whole = match[0]
    return not is_made_up(whole) and value.lower() not in _DUMMIES and "$" not in whole


_PLACES: Final = (
    _Place(frozenset(("://",)), _login, "login", 0.9, "secret/login", _no_template),
    _Place(frozenset(("curl",)), _curl, "login", 0.8, "secret/login", _no_dummy),
    _Place(frozenset((" -p", " --p", " /p")), _command, "login", 0.8, "secret/login", _not_made_up),
    _Place(frozenset(("</key>",)), _listed, "password", 0.8, "secret/field", _not_made_up),
    _Place(frozenset(("sshpass", "ldap", "net use", "redis-cli", "smbclient")), _option, "login", 0.8,
        "secret/login", _not_made_up),
    _Place(frozenset(("password for", "password of")), _told, "password", 0.8, "secret/told", _anything),
    _Place(
        frozenset(
            ("credential(", "credentials(", "directoryentry(", "passwordauthentication(", "getconnection(",
             "_connect(", "basicauth(", "auth=(", ".login(", "bind_s(")
        ),
        _called, "login", 0.8, "secret/call", _not_made_up,
    ),
    _Place(frozenset(("jwt.sign(", "jwt.verify(", "jwt.encode(", "jwt.decode(")), _signed, "token", 0.8,
        "secret/call", _not_made_up),
    _Place(frozenset(("id/p", "id / p", "user/p", "login/p", "account/p")), _pair, "password", 0.7,
        "secret/told", _not_made_up),
    _Place(frozenset(('"d"', '"dp"', '"dq"', '"qi"')), _lone_exponent, "private-key", 0.8,
        "secret/jwk", _anything),
    _Place(frozenset(('"kty"', "'kty'", '"k"')), _jwk, "private-key", 0.8, "secret/jwk", _anything),
)  # fmt: skip
_MANIFEST: Final = "kind: secret"  # how a manifest of Kubernetes begins
MARKS: Final = (*sorted(frozenset[str]().union(*(place.marks for place in _PLACES))), _MANIFEST)
"""Words that these patterns wait for, in lower case."""


def in_places(text: str, marks: frozenset[str]) -> Iterator[Finding]:
    """The secrets in the places that these of `MARKS` announce."""
    for place in _PLACES:
        if place.marks.isdisjoint(marks):
            continue
        for match in place.find(text):
            group = match.lastgroup or "value"
            if group not in match.groupdict() or match[group] is None or group == "q":
                group = "value"
            if place.accepts(match, match[group]):
                yield Finding(Family.SECRET, place.kind, *match.span(group), place.confidence, place.rule)
    if _MANIFEST in marks:
        for match in _manifest(text):
            for entry in _entry(text, *match.span("data")):
                yield Finding(Family.SECRET, "token", *entry.span("value"), 0.8, "secret/manifest")


def foreign(text: str) -> Iterator[Finding]:
    """Passwords behind the word for it in other scripts."""
    for word in FOREIGN:  # no anchor can be made of these letters
        if word[0] not in text:  # a letter is found several times as fast as a word
            continue
        at = text.find(word)
        while at >= 0:
            match = _after_foreign(text, at + len(word))
            if match is not None and not match["value"].isalpha() and not is_made_up(match["value"]):
                yield Finding(Family.SECRET, "password", *match.span("value"), 0.7, "secret/told")
            at = text.find(word, at + 1)
