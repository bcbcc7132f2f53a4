"""What came of keeping a contract, for one call."""

from __future__ import annotations

from typing import Any

import msgspec

from holdfast.decision.observed import Observed
from holdfast.decision.undoing import Undo


class Conduct(msgspec.Struct):
    """One call's attempts, its repetition and what was observed of it."""

    attempts: int = 1
    observed: Observed = ""
    detail: str = ""
    """Why it was observed so, for people."""
    repeats: str = ""
    """The step that had this effect already; this one only got its result."""
    claimed: Any = None
    """What the call returned, as data; it is recorded also when the world does not show it."""
    undo: Undo | None = None
    """The call that takes the effect back, where the contract names one."""
    key: tuple[str, str] | None = None
    """The tool and the idempotency key that this call holds."""


def conduct_payload(conduct: Conduct) -> dict[str, Any]:
    """The conduct of a call as it is told to the server: only what there is to tell."""
    told = {
        "attempts": conduct.attempts if conduct.attempts > 1 else 0,
        "observed": conduct.observed,
        "observed_detail": conduct.detail,
        "repeats": conduct.repeats,
        "undo": msgspec.to_builtins(conduct.undo),
    }
    return {name: value for name, value in told.items() if value}
