"""A run that left something unproven is no success, whatever it says of itself."""

from __future__ import annotations

from holdfast.decision.observed import name_unproven, say_unproven
from holdfast.errors import Contradicted, Unconfirmed
from holdfast.guard.conduct import Conduct
from holdfast.guard.step import Step


def note_proof(step: Step, conduct: Conduct) -> None:
    """Let the run remember what the world does not show; the same call, confirmed later, makes up for it."""
    run = step.run
    match conduct.observed:
        case "confirmed":
            run.unproven.pop(step.asked_digest, None)
        case "contradicted" | "unknown":
            run.unproven[step.asked_digest] = f"{conduct.observed}: {step.action.target}"
        case "":
            pass


def unproven(start: Step) -> Unconfirmed | None:
    """Why a run that ends is no success, if it left anything unproven; the run around is none either."""
    run = start.run
    if not run.unproven:
        return None
    if run.above is not None:
        run.above.unproven |= run.unproven
    contradicted = any(told.startswith("contradicted") for told in run.unproven.values())
    start.conduct = Conduct(observed="contradicted" if contradicted else "unknown")
    start.conduct.detail = name_unproven(run.unproven.values())
    return (Contradicted if contradicted else Unconfirmed)(say_unproven(run.unproven.values()))
