"""What the name of a field says of its value: that it is secret, or none whatever else it says."""

from __future__ import annotations

import re
from typing import Final

from holdfast.decision.content.anchors import Anchors, flatten
from holdfast.decision.content.provider_names import NAMES

_HARMLESS: Final = (
    "public", "primary", "foreign", "cache", "sort", "partition", "index", "row", "object", "bucket", "group",
    "range", "idempotency", "dedup", "translation", "message", "lookup", "storage", "shortcut", "hot", "map",
    "dict", "next", "page", "continuation", "cursor", "sync", "csrf", "xsrf", "authenticity", "max", "pad",
    "eos", "bos", "unk", "stop", "registry", "answer", "event", "lock", "column", "entry", "join",
    "composite", "apiversion", "api_version", "api-version",
)  # fmt: skip
"""Words before `key` or `token` that say it is no secret."""
_KEYED: Final = (
    "api", "access", "private", "encryption", "signing", "master", "instrumentation", "account", "license",
    "secret", "app", "service",
)  # fmt: skip
_words: Final = Anchors(
    plain=("secret", "token", "auth", "credential", "unseal", "bearer", "basic", "crumb"),
    key=tuple(f"{word}{sign}key" for word in _KEYED for sign in ("", "_", ".", " ", "-")),
    short=("cred",),
)
_short = re.compile(r"creds?(?![a-z])").search
tail_of_a_password = re.compile(
    r"(?:[_ -]?w(?:or)?d|[ -]phrase|wort|e|wrd|word|wrsd|worsd|ord|rord|phrase|code|d|rd|words)?"
    r"(?:[_-]?(?:[0-9]{1,4}|value|prod|dev|test|hash|confirmation))?",
    re.IGNORECASE,
).fullmatch
tail_of_a_token = re.compile(
    r"(?:orization|entication|ential|entials)?(?:[_ -]?(?:[0-9]{1,4}|"
    r"value|prod|dev|test|live|primary|secondary))?",
    re.IGNORECASE,
).fullmatch
longer_tail = re.compile(r"(?:_|(?=[A-Z]))(?P<last>[A-Za-z0-9_]{1,23})", re.ASCII).fullmatch
holds_it = re.compile(
    r"(?:^|_)(?:wrap|b64|base64|hex|bytes|raw|data|material|blob|str|string)$", re.IGNORECASE
).search
"""What a name ends in that says how a key is written: `key_hex`."""
tells_of_it = re.compile(
    r"(?:ids?|names?|types?|ur[il]s?|path|file|dir|host|domain|hash|digest|sum|sha\d*|md5|fingerprint|thumbprint|len"
    r"|length|size|count|arn|version|expir\w*|ttl|alg\w*|prefix|suffix|header|field|param\w*|format|index|ref|uuid"
    r"|guid|kid|scheme|pub|public|cert\w*|issuer|audience|region|tenant|user|email|server|endpoint)$",
    re.IGNORECASE,
).search
"""What a name ends in that says something about a secret: `token_type`, `secret_id`."""
_last_word = re.compile(r"[A-Za-z0-9]*\Z").findall
_TELLING: Final = (
    "password", "passwd", "passphrase", "pwd", "secret", "token", "credential", "credentials",
    "authorization", "cookie", "apikey",
    *(f"{word}{sign}key" for word in (
        "api", "access", "secret", "private", "auth", "license", "encryption", "signing", "account", "master",
    ) for sign in ("", "_", "-")),
)  # fmt: skip


def says_secret(name: str) -> bool:
    """Whether a word in a name says that it names a secret."""
    found = _words.find(flatten(name))
    return bool(found) and ("plain" in found or "key" in found or _short(name.lower()) is not None)


def names_a_secret(name: str) -> bool:
    """Whether whatever stands in a field of this name is a secret."""
    return name.lower().endswith(_TELLING) and not is_harmless(name)


def is_harmless(name: str) -> bool:
    """Whether a name says that its key or token is no secret: `page_token`, but not `statuspage_token`."""
    lower = name.lower().removesuffix("s")
    if not lower.endswith(("key", "token")):
        return False
    of = lower.removesuffix("key") if lower.endswith("key") else lower.removesuffix("token")
    of = of[:-1] if of.endswith(("_", ".", " ", "-")) else of
    return of.endswith(_HARMLESS) and _last_word(of)[0] not in NAMES
