"""The redaction that stood before the automaton, kept to be compared with."""

from __future__ import annotations

import re
from typing import Final

TEXT_MAX: Final = 256 * 1024

_SHAPES: Final[tuple[tuple[str, str], ...]] = (
    ("jwt", r"eyJ[\w-]{8,}\.eyJ[\w-]{4,}\.[\w-]*"),
    ("api-key", r"sk-(?:ant|proj|svcacct|admin|or-v1|lf)-[\w-]{10,}|sk-[A-Za-z0-9]{20,}"),
    ("api-key", r"(?:sk|rk|pk|whsec)_(?:live_|test_)?[A-Za-z0-9]{16,}"),
    ("google-key", r"AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}"),
    ("aws-key", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
    ("github-token", r"gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{20,}"),
    ("gitlab-token", r"gl(?:pat|dt|rt|ptt|cbt|ft|imt|soat|agent|oas)-[\w-]{20,}"),
    ("slack-token", r"xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{20,}"),
    ("telegram-token", r"[0-9]{8,10}:AA[\w-]{33}"),
    ("mail-key", r"SG\.[\w-]{16,}\.[\w-]{16,}|key-[0-9a-f]{32}|[0-9a-f]{32}-us[0-9]{1,2}"),
    ("vault-token", r"hv[sbr]\.[\w-]{20,}"),
    ("registry-token", r"npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|dckr_pat_[\w-]{20,}|AKCp[A-Za-z0-9]{40,}"),
    ("cloud-token", r"do[opr]_v1_[a-f0-9]{60,}|hf_[A-Za-z0-9]{30,}|gsk_[A-Za-z0-9]{30,}|tskey-[\w-]{16,}"),
    ("app-token", r"ATATT3[\w=-]{20,}|lin_api_\w{32,}|figd_[\w-]{30,}|ntn_\w{40,}|tvly-[\w-]{20,}"),
    (
        "app-token",
        r"shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}|sq0[a-z]{3}-[\w-]{20,}|NRAK-[A-Z0-9]{27}|SK[0-9a-f]{32}",
    ),
    ("private-key", r"AGE-SECRET-KEY-1[A-Z0-9]{50,}"),
)
_run: Final = re.compile(r"[A-Za-z0-9_.:-]{16,}")
"""A run of characters long enough for a secret; words and most ids are shorter, or broken by others."""
_shape: Final = re.compile("|".join(f"(?P<k{at}>{shape})" for at, (_, shape) in enumerate(_SHAPES)), re.ASCII)

_NAME: Final = (
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|credentials?|authorization|cookie|apikey|"
    r"(?:api|access|secret|private|auth|license|encryption|signing|account|master)[_-]?key)"
)
_field: Final = re.compile(
    # A name with its own closing quote, an equals sign or colon, an opening quote; then the value to its end.
    _NAME + r"(?:\\{0,4}[\"'])?\s{0,4}(?:=>|:=|[:=])\s{0,4}(?:"
    r"\\{1,4}\"(?P<nested>[^\"\\]+)|\"(?P<quoted>(?:[^\"\\]|\\.)+)|'(?P<single>[^'\n]+)|"
    r"(?P<bare>(?:(?:bearer|basic|token)\s{1,4})?[^\s\"',;&(){}\[\]<>\\]{6,}))"
)
_bearer: Final = re.compile(r"bearer\s{1,4}(?P<value>[a-z0-9._~+/=-]{16,})")
_pem: Final = re.compile(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[A-Za-z0-9+/=\\\s,:-]{0,16384}")
_login: Final = re.compile(r"(?<=://)[^\s/:@\"']{0,128}:[^\s/@\"']{1,256}(?=@)")
_ASCII_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def redact_text(text: str) -> str:
    """The text without the secrets in it; JSON text stays JSON."""
    missing = len(text) - TEXT_MAX
    if missing > 0:
        text = f"{text[:TEXT_MAX]}[cut: {missing} characters]"
    if "-----BEGIN" in text:
        text = _pem.sub("[redacted:private-key]", text)
    if "://" in text and "@" in text:
        text = _login.sub("[redacted:login]", text)
    lowered = text.lower()
    if _may_name_a_secret(lowered):
        text = _redact_fields(text, lowered)
    return _run.sub(_redact_run, text)


def _may_name_a_secret(lowered: str) -> bool:
    """Whether a telling name can stand in the text at all: plain searches cost a fraction of a pattern."""
    return (
        "key" in lowered
        or "token" in lowered
        or "pass" in lowered
        or "secret" in lowered
        or "auth" in lowered
        or "cred" in lowered
        or "pwd" in lowered
        or "cookie" in lowered
        or "bearer" in lowered
    )


def _redact_fields(text: str, lowered: str) -> str:
    """Blank what stands in fields with a telling name; searched in lower case, cut out of the text."""
    if len(lowered) != len(text):  # a few letters change their length with their case
        lowered = text.translate(_ASCII_LOWER)
    for pattern in (_field, _bearer):
        parts, end = list[str](), 0
        for match in pattern.finditer(lowered):
            start, stop = match.span(match.lastgroup or 0)
            parts += [text[end:start], "[redacted:field]"]
            end = stop
        if end:
            text = "".join(parts) + text[end:]
            lowered = text.translate(_ASCII_LOWER)
    return text


def _redact_run(match: re.Match[str]) -> str:
    """Blank the secrets that begin at the beginning of a run, or behind a colon in it."""
    run, start = match[0], 0
    while True:
        found = _shape.match(run, start)
        if found is not None and found.lastgroup is not None:
            kind = _SHAPES[int(found.lastgroup[1:])][0]
            return f"{run[:start]}[redacted:{kind}]{run[found.end() :]}"
        start = run.find(":", start) + 1
        if start == 0:
            return run
