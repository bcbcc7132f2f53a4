"""What came of an action that was let through."""

from __future__ import annotations

import msgspec


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What came of an action: settles its budget, its labels and what the detectors know."""

    status: str = "done"
    """`done`, `failed`, `refused`, `halted` or `cancelled`."""
    error_class: str = ""
    result_digest: str = ""
    """Any stable digest of the result; an unchanged one means no progress."""
    labels: tuple[str, ...] = ()
    """Labels that came with the result beside the contract's: out of a memory, or back from a delegate."""
    result_text: str = ""
    """The result as text, for endorsement; read up to a limit."""
    cost_micro_usd: int | None = None
    """What it really cost; None when no price is known, which is never the same as nothing."""
    tokens_in: int = 0
    tokens_out: int = 0
    observed: str = ""
    """What the world showed afterwards: confirmed, contradicted or unknown; empty when nobody looked."""
