"""Nothing leaves unredacted: secrets become `[redacted:<kind>]` before they reach a file or a wire.

Two signs give a secret away: its own shape (`sk-ant-…`, a JWT, a private key), or the name of the field it
stands in. Every pattern is linear in the length of the text, and text beyond a limit is cut rather than let
through unread.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

TEXT_MAX: Final = 256 * 1024
"""Longer text is cut here, with a mark of how much is missing."""
DEPTH_MAX: Final = 32
ITEMS_MAX: Final = 10_000

_SHAPES: Final[tuple[tuple[str, str], ...]] = (
    (
        "private-key",
        r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[A-Za-z0-9+/=\\\s,:-]{0,8192}",
    ),
    ("jwt", r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*"),
    ("api-key", r"\bsk-(?:ant-|proj-|svcacct-|or-v1-|lf-)?[A-Za-z0-9_-]{20,}"),
    ("api-key", r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}"),
    ("api-key", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("aws-key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("github-token", r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{20,})"),
    ("gitlab-token", r"\bgl(?:pat|dt|rt|ptt|cbt)-[A-Za-z0-9_-]{20,}"),
    ("slack-token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    (
        "api-key",
        r"\b(?:hf_[A-Za-z0-9]{30,}|gsk_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{30,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|dop_v1_[a-f0-9]{60,}|shpat_[a-fA-F0-9]{32})",
    ),
    ("bearer", r"(?i:\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{16,}"),
    ("url-password", r"(?<=://)[^\s/:@\"']{1,128}:[^\s/@\"']{1,256}(?=@)"),
)
_FIELD: Final = (
    r"pass(?:word|wd|phrase)|secret|api[_-]?key|apikey|access[_-]?key|secret[_-]?key|private[_-]?key|client[_-]?secret|"
    r"(?:access|refresh|auth|id|session|bearer)[_-]?token|authorization|cookie|credentials?"
)
_field_name = re.compile(rf"(?i)(?:^|[_\-.\s]|(?<=[a-z])(?=[A-Z]))(?:{_FIELD}|token)$").search
_json_field = re.compile(rf'(?i)("(?:[A-Za-z0-9]{{1,40}}[_\-.])?(?:{_FIELD}|token)"\s*:\s*)"(?:[^"\\]|\\.)*"')
_assignment = re.compile(
    rf"(?i)(\b[A-Za-z0-9_\-.]{{0,40}}(?:{_FIELD})\b\s{{0,4}}[=:]\s{{0,4}})(?!\[redacted:)[\"']?[^\s\"',;&]{{6,512}}[\"']?"
)
_shape = re.compile("|".join(f"(?P<k{place}>{pattern})" for place, (_, pattern) in enumerate(_SHAPES)))


def redact_text(text: str) -> str:
    """The text without the secrets in it; JSON text stays JSON."""
    text = _cut(text)
    text = _shape.sub(_by_shape, text)
    text = _json_field.sub(r'\1"[redacted:field]"', text)
    return _assignment.sub(r"\1[redacted:field]", text)


def redact(value: Any) -> Any:
    """Plain data without the secrets in it: a new value, the given one is left alone."""
    return _redact(value, 0)


def _redact(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, bool | int | float | None):
        return value
    if depth >= DEPTH_MAX:
        return "[redacted:too-deep]"
    if isinstance(value, Mapping):
        items = list(cast("Mapping[Any, Any]", value).items())[:ITEMS_MAX]
        return {key: _redact_field(str(key), inner, depth) for key, inner in items}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_redact(inner, depth + 1) for inner in cast("Sequence[Any]", value)[:ITEMS_MAX]]
    return f"[redacted:{type(value).__name__}]"


def _redact_field(key: str, value: Any, depth: int) -> Any:
    if isinstance(value, str) and value and _field_name(key):
        return "[redacted:field]"
    return _redact(value, depth + 1)


def _by_shape(match: re.Match[str]) -> str:
    assert match.lastgroup is not None, "every alternative is a named group"
    return f"[redacted:{_SHAPES[int(match.lastgroup[1:])][0]}]"


def _cut(text: str) -> str:
    missing = len(text) - TEXT_MAX
    return text if missing <= 0 else f"{text[:TEXT_MAX]}[cut: {missing} characters]"


def restore(value: Any, *, shown: Any, original: Any) -> Any:
    """Put the secrets back where a person left a redacted text as it was shown.

    Args:
        value: what came back, perhaps edited.
        shown: what the person saw: `redact(original)`.
        original: what was redacted.
    """
    if value == shown:
        return original
    if all(isinstance(each, dict) for each in (value, shown, original)):
        fields: dict[str, Any] = value
        return {
            key: restore(inner, shown=shown.get(key), original=original.get(key, inner))
            for key, inner in fields.items()
        }
    if all(isinstance(each, list) for each in (value, shown, original)) and len(value) == len(shown):
        places: list[Any] = value
        return [restore(inner, shown=shown[at], original=original[at]) for at, inner in enumerate(places)]
    return value
