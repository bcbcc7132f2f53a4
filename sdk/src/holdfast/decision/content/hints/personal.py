"""Where personal data could be: what `pii.personal` begins to read at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from holdfast.decision.content.finding import Family
from holdfast.decision.content.hints.hint import Hint

_EDGE: Final = r"(?:\A|[^A-Za-z0-9_-])"

_PATTERNS: Final = (
    r"[\w.+%'?-]@[A-Za-z0-9?]",
    r"(?:https?|ftp|wss?)://[^\s\"'<>\\^`{|}\]]{4}",
    r"www\.[\w?-]{2}",
    r"(?:passport|licen[cs]e)(?: (?:number|no\.?|id|#))?(?: ?(?:is|:|#|=|,)){0,2} ?\(?[A-Z0-9-]{6}",
    r"[0-9][0-9 ().+/-]{4,}[0-9]",
    r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]",
    r":[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:",
    r"[0-9A-Fa-f]::|::[0-9A-Fa-f]",
    rf"{_EDGE}[A-Za-z]{{2}}[0-9]{{2}}[A-Za-z0-9]{{11}}",
    r"[A-Z]{2}[0-9]{2}(?: [A-Z0-9]{4}){2}",
    rf"{_EDGE}0x[0-9a-fA-F]{{40}}",
    rf"{_EDGE}(?:bc|tb)1[02-9ac-hj-np-z]{{25}}",
    rf"{_EDGE}[13][1-9A-HJ-NP-Za-km-z]{{25}}",
)


def hints() -> Iterator[Hint]:
    """Of everything in `pii.personal`."""
    return (Hint(Family.PII, pattern, caseless=True) for pattern in _PATTERNS)
