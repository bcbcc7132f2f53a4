"""How a value looks, judged without a pattern: where long runs stand, what is made up, what is random."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from holdfast.decision.content import tokens
from holdfast.decision.content.anchors import Anchors, flatten

RUN_MIN: Final = 16
"""Shorter runs of letters and digits are words, names and most ids; few secrets are."""
_A_RUN: Final = b"a" * RUN_MIN
COUNT_MIN: Final = 12
"""So long a stretch of the alphabet nobody draws at random."""
TELLING_MAX: Final = 256
"""What stands for a secret says so in its first characters."""
_token_map: Final = bytes(
    97 if chr(code).isalnum() or chr(code) in "_-" else 32 for code in range(128)
) + bytes(128 * [32])
"""A byte of a token becomes `a`, any other a space: a long run is then found with one search."""

_STANDINS: Final = (
    "xxxx", "***", "...", "####", "____", 12 * "0", 12 * "1", 12 * "a", "example", "sample", "your_", "your-",
    "_your", "-your", "placeholder", "redacted", "replace", "insert", "randomstring", "dummy", "${", "$(",
    "{{", "%(", "process.env", "os.environ", "getenv",
)  # fmt: skip
_standins: Final = Anchors(whole=_STANDINS, begun=("my", "change", "goes", "not"))
_standin = re.compile(r"my[_-]?(?:secret|token|key)|change.?me|goes.?here|not.?set").search
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}").fullmatch
_hex: Final = re.compile(r"[0-9a-f]+|[0-9A-F]+").fullmatch
_humps: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])").findall
_worded: Final = re.compile(r"(?:[a-z]{1,15}|[0-9]{1,8})(?:[-_.:/](?:[a-z]{1,15}|[0-9]{1,8}))+").fullmatch
_letter: Final = re.compile(r"[^\W\d_]").search
_changes: Final = re.compile(r"[a-zA-Z][0-9]|[0-9][a-zA-Z]").findall


def runs(flat: bytes) -> Iterator[tuple[int, int]]:
    """Where letters, digits, `_` and `-` run on for at least `RUN_MIN` characters of a flattened text."""
    line = flat.translate(_token_map)
    start = line.find(_A_RUN)
    while start >= 0:
        end = line.find(b" ", start + RUN_MIN)
        if end < 0:
            end = len(line)
        yield start, end
        start = line.find(_A_RUN, end)


def is_made_up(value: str) -> bool:
    """Whether a value stands for a secret rather than being one: `xxxx`, `<token>`, `${TOKEN}`."""
    value = value[:TELLING_MAX]
    found = _standins.find(flatten(value))
    return (
        "whole" in found
        or ("begun" in found and _standin(value.lower()) is not None)
        or (len(value) >= RUN_MIN and len(set(value)) <= 4)  # xxxx-yyyy
        or tokens.OPEN in value
    )


def counts_up(value: str) -> bool:
    """Whether it holds a stretch of the alphabet or of the digits in their order: `klmnopqrstuv`."""
    run, before = 1, ""
    for letter in value.lower():
        run = run + 1 if before and ord(letter) == ord(before) + 1 else 1
        if run >= COUNT_MIN:
            return True
        before = letter
    return False


def is_uuid(value: str) -> bool:
    """Whether it is a UUID: an id far more often than a secret."""
    return _UUID(value) is not None


def is_hex(value: str) -> bool:
    """Whether all of it is hexadecimal, in one case."""
    return _hex(value) is not None


def is_random(value: str) -> bool:
    """Whether nobody would have thought of it: letters and digits through one another, or long and varied."""
    if value.isalpha():
        return _is_scrambled(value)
    if _letter(value) is None:
        return False
    if len(_changes(value)) >= 3:  # ab12cd: words with a number at the end change once
        return True
    if len(value) >= 64 and value != value.lower() and value != value.upper():  # encoded bytes
        return True
    if _worded(value):  # a-name-of-2024
        return False
    return len(value) >= 20 and entropy(value) >= 3.5  # bits a character; English is near 3


def _is_scrambled(value: str) -> bool:
    """Whether small and capital letters change too often for words: `MKdTKZZqzlyEZzoO`, not `getToken`."""
    humps = _humps(value)
    return (
        len(value) >= RUN_MIN and len(humps) > 1 and len(value) < 2.6 * len(humps) and len(set(value)) >= 10
    )


def entropy(value: str) -> float:
    """Shannon's, in bits a character."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values()) if size else 0.0
