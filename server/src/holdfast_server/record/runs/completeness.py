"""How much of a run is here: what was made, what came, what was kept, what is missing and why.

```text
made by the agent ──► sent ──► accepted ──► stored
                       │           └ more than once: duplicates
                       └ dropped by its process · lost on the way · not here yet
```

Our SDK numbers the spans of a run, so that the last number says how many there are. Other senders do not
count: of them only what has a gap around it is known to be missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from pydantic import Field

from holdfast_server.kit.wire import Wire
from holdfast_server.record.runs.counts import CountRow

NONE: Final = "None of its spans came; what was decided, and what came of it, is here."
LIVE: Final = frozenset({"running", "waiting"})
Whole = Literal["whole", "partial", "unknown"]


class Completeness(Wire):
    """How much of a run is here, in spans."""

    sent: int | None = None
    """How many were made, as far as the sender counts; null where it does not."""
    accepted: int = 0
    """How many came, those that came again included."""
    stored: int = 0
    """How many different ones are kept."""
    duplicates: int = 0
    """How many came again, and were not counted again."""
    dropped: int = 0
    """How many are missing because their process had to drop them, as it says itself."""
    missing: int = 0
    """How many are known to be missing; those that were dropped are among them."""
    late: int = 0
    """How many came after the run had ended for a while."""
    orphaned: int = 0
    """How many hang on a parent that is not here."""
    state: Whole = "unknown"
    """`whole`: its sender counts, and all came. `unknown`: nothing is missing as far as anybody can tell."""
    text: str = Field(default="Nothing is known of its spans yet.")
    """The same in a sentence or two."""


NOTHING: Final = Completeness()


def judge(row: CountRow | None, *, state: str, shipped: bool = False, dropped: int = 0) -> Completeness:
    """What the counts of a run say.

    Args:
        row: the counts; None when no span of it came.
        state: the run's own state; while it lives, what is missing may still come.
        shipped: whether our SDK sent its records, so that spans are due as well.
        dropped: how many spans its process dropped altogether.
    """
    if row is None or not row.stored:
        gone = shipped and state not in LIVE
        told = row.told if row else 0
        return Completeness(sent=told or None, missing=told, state="partial", text=NONE) if gone else NOTHING
    gap = max(0, row.told - row.numbered) if row.told else 0
    missing = max(gap, len(row.missing))
    lost = min(gap, dropped)
    live = state in LIVE
    whole: Whole = "unknown"
    if (missing or row.orphaned) and not live:
        whole = "partial"
    elif row.told and not missing and row.ended_seen_ns:
        whole = "whole"
    elif state == "lost":
        whole = "partial"
    return Completeness(
        sent=row.told or None,
        accepted=row.accepted,
        stored=row.stored,
        duplicates=max(0, row.accepted - row.stored),
        dropped=lost,
        missing=missing,
        late=row.late,
        orphaned=row.orphaned,
        state=whole,
        text=" ".join(_say(row, live=live, missing=missing, lost=lost, whole=whole)),
    )


def _say(row: CountRow, *, live: bool, missing: int, lost: int, whole: Whole) -> Iterable[str]:
    if row.told:
        yield f"{row.numbered} of {row.told} spans that its agent made are here."
    else:
        yield f"{_spans(row.stored)} came; their sender does not count them."
    if live and missing:
        yield f"{missing} may still come."
    elif lost:
        yield f"{lost} were dropped by its process."
    if missing > lost and not live:
        yield f"{missing - lost} never arrived."
    if row.orphaned:
        yield f"{_spans(row.orphaned)} hang on a parent that is not here."
    if row.late:
        yield f"{row.late} came after its end."
    if whole == "partial" and not missing and not row.ended_seen_ns:
        yield "The span that holds the whole run never came."
    if whole == "unknown" and not missing and not live:
        yield "Nothing is known to be missing."


def _spans(count: int) -> str:
    return f"{count} span" if count == 1 else f"{count} spans"
