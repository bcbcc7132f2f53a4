"""Taking labels off a session: `holdfast.declassify`, by a person's approval and in the ledger."""

from __future__ import annotations

from holdfast.action import Kind
from holdfast.decision import LABELS
from holdfast.guard.process import current
from holdfast.guard.tools import refuse_unless_allowed


def declassify(*labels: str, reason: str) -> None:
    """Ask a person to take labels off the session around, and wait for the answer.

    The approval holds for exactly these labels and this session; what comes in later brings them again.

    Args:
        labels: which to take off.
        reason: what the person reads.

    Raises:
        Refused: nobody approved it.
        Halted: the run was stopped meanwhile.
    """
    guard = current()
    step = guard.enter(Kind.MEMORY, LABELS, {"labels": sorted(set(labels)), "reason": reason}, title=reason)
    with refuse_unless_allowed(guard.wait(step)) as lowered:
        guard.leave(lowered)
