"""Steering: what a detector has to say to the model stands below the result of a tool."""

from __future__ import annotations

from typing import Any, Final

from holdfast.guard.run import Run
from holdfast.guard.step import Step

STEER: Final = "steer:"
NOTES_MAX: Final = 8
"""Sentences that wait in one run for a result that is text."""
DATA: Final = ("{", "[")
"""How text begins that a program may be about to read as data."""


def take_note(step: Step) -> None:
    """Keep what the decision says to the model until a result can carry it."""
    notes = step.run.active.notes
    for obligation in step.decision.obligations:
        if obligation.startswith(STEER):
            message = obligation.split(":", 2)[2]
            if message not in notes and len(notes) < NOTES_MAX:
                notes.append(message)


def tell(step: Step, result: Any, *, to_model: bool = True) -> Any:
    """The result with what waits to be told below it; a result that is not text is left as it is.

    Args:
        step: the call that brought it.
        result: what the tool returned, or the message a framework made of it.
        to_model: whether only a model reads it; a program may take a text for data.
    """
    run: Run = step.run.active
    if not run.notes:
        return result
    told = "\n".join(f"[holdfast] {note}" for note in run.notes)
    carrying = _below(result, told, to_model=to_model)
    if carrying is not None:
        step.told = told
        run.notes.clear()
    return result if carrying is None else carrying


def _below(result: Any, told: str, *, to_model: bool) -> Any:
    """The result with a text below it; None when it cannot carry one."""
    if isinstance(result, str):
        if not to_model and result.lstrip().startswith(DATA):
            return None
        return f"{result}\n\n{told}"
    content, copy = getattr(result, "content", None), getattr(result, "model_copy", None)
    if isinstance(content, str) and callable(copy):
        return copy(update={"content": f"{content}\n\n{told}"})
    return None
