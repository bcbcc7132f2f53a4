"""Where a text could give orders to a model, or hide something from a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from holdfast.decision.content import injection, invisible
from holdfast.decision.content.finding import Family
from holdfast.decision.content.hints.hint import Hint
from holdfast.decision.content.hints.loosening import loosen

_uncounted: Final = re.compile(r"\{0,[0-9]+\}").sub


def hints() -> Iterator[Hint]:
    """Of everything in `injection.injection` and `invisible.invisible`."""
    for pattern, outside in injection.ORDERS:
        yield Hint(
            Family.INJECTION,
            loosen(pattern.pattern),
            caseless=bool(pattern.flags & re.IGNORECASE),
            outside=outside,
        )
    for _, order in injection.FOREIGN_ORDERS:
        yield Hint(Family.INJECTION, _uncounted("*", order), caseless=True, wide=True)
    yield Hint(Family.INVISIBLE, r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]")
    yield from _odd(Family.INVISIBLE)
    yield from _odd(None)
    yield from (Hint(None, pattern) for pattern in _DISGUISES)
    yield Hint(None, "[A-Za-z0-9_-]{24}", also=_readable_base64())


def _odd(family: Family | None) -> Iterator[Hint]:
    """Characters that are not seen, and letters beside those they pass for."""
    yield Hint(family, f"[{invisible.HIDDEN_CLASS}]", wide=True)
    passing = f"[{''.join(map(chr, invisible.LATIN))}]"
    yield Hint(family, rf"[A-Za-z][^\x00-\x7f]*{passing}|{passing}[^\x00-\x7f]*[A-Za-z]", wide=True)


def _readable_base64() -> str:
    """Four signs that stand for three bytes of readable text, six times, where a run begins."""
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    at = dict(enumerate((*signs, "+-", "/_")))
    readable = {9, 10, 13, *range(0x20, 0x7F)}
    first = {byte >> 2 for byte in readable}
    second = {(low << 4) | (byte >> 4) for low in range(4) for byte in readable}
    third = {((byte & 15) << 2) | high for byte in readable for high in {other >> 6 for other in readable}}
    sets = ["".join(re.escape(at[code]) for code in sorted(codes)) for codes in (first, second, third)]
    quad = "".join(f"[{each}]" for each in sets) + "[A-Za-z0-9+/_-]"
    return f"(?:{quad}){{6}}"


_DISGUISES: Final = (
    r"%[0-9A-Fa-f]{2}[\w.~+?-]*%[0-9A-Fa-f]{2}",
    r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|quot|apos|amp|lt|gt|nbsp);",
)
"""What `views.views` opens."""
