"""What came of keeping a contract, for one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

Observed = Literal["", "confirmed", "contradicted", "unknown"]
"""What the world shows of an effect; empty when nobody had to look."""
NOBODY_LOOKED: Final[Observed] = ""
WORST_FIRST: Final[tuple[Observed, ...]] = ("contradicted", "unknown", "confirmed", "")


class Conduct(msgspec.Struct):
    """One call's attempts, its repetition and what was observed of it."""

    attempts: int = 1
    observed: Observed = ""
    detail: str = ""
    """Why it was observed so, for people."""
    repeats: str = ""
    """The step that had this effect already; this one only got its result."""
    key: tuple[str, str] | None = None
    """The tool and the idempotency key that this call holds."""


def worst(some: Sequence[Observed]) -> Observed:
    """One observation for several: whatever is not confirmed outweighs what is."""
    return min(tuple(some) or (NOBODY_LOOKED,), key=WORST_FIRST.index)


def conduct_payload(conduct: Conduct) -> dict[str, Any]:
    """The conduct of a call as it is told to the server: only what there is to tell."""
    told = {
        "attempts": conduct.attempts if conduct.attempts > 1 else 0,
        "observed": conduct.observed,
        "observed_detail": conduct.detail,
        "repeats": conduct.repeats,
    }
    return {name: value for name, value in told.items() if value}
