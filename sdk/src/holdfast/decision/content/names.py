"""What the name of a field says of its value: that it is secret, or none whatever else it says."""

from __future__ import annotations

import re

from holdfast.decision.content.provider_names import NAMES

_harmless_name = re.compile(
    r"(?P<of>public|primary|foreign|cache|sort|partition|index|row|object|bucket|group|range|idempotency|dedup|"
    r"translation|message|lookup|storage|shortcut|hot|map|dict|next|page|continuation|cursor|sync|csrf|xsrf|"
    r"authenticity|max|pad|eos|bos|unk|stop|registry|answer|event|lock|"
    r"column|entry|join|composite|api[_-]?version)"
    r"[_. -]?(?:key|token)s?$",
    re.IGNORECASE,
).search
says_secret = re.compile(
    r"secret|token|api[_. -]?key|access[_. -]?key|private[_. -]?key|"
    r"auth|credential|creds?(?![a-z])|encryption[_-]?key|signing[_-]?key|"
    r"master[_-]?key|instrumentation[_-]?key|account[_-]?key|license[_-]?key|unseal|bearer|"
    r"basic|crumb|secret[_-]?key|app[_-]?key|service[_-]?key",
    re.IGNORECASE,
).search
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
tells_of_it = re.compile(
    r"(?:ids?|names?|types?|ur[il]s?|path|file|dir|host|domain|hash|digest|sum|sha\d*|md5|fingerprint|thumbprint|len"
    r"|length|size|count|arn|version|expir\w*|ttl|alg\w*|prefix|suffix|header|field|param\w*|format|index|ref|uuid"
    r"|guid|kid|scheme|pub|public|cert\w*|issuer|audience|region|tenant|user|email|server|endpoint)$",
    re.IGNORECASE,
).search
"""What a name ends in that says something about a secret: `token_type`, `secret_id`."""
_last_word = re.compile(r"[A-Za-z0-9]*\Z").findall
_telling = re.compile(
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|credentials?|authorization|cookie|apikey|"
    r"(?:api|access|secret|private|auth|license|encryption|signing|account|master)[_-]?key)$",
    re.IGNORECASE,
).search


def names_a_secret(name: str) -> bool:
    """Whether whatever stands in a field of this name is a secret."""
    end = name[-64:]
    return _telling(end) is not None and not is_harmless(end)


def is_harmless(name: str) -> bool:
    """Whether a name says that its key or token is no secret: `page_token`, but not `statuspage_token`."""
    match = _harmless_name(name)
    if match is None:
        return False
    return _last_word(name[: match.end("of")])[0].lower() not in NAMES
