"""What a step that ran came to: how it ended and what it cost."""

from __future__ import annotations

import asyncio
from typing import Final

from holdfast.errors import Halted
from holdfast.guard.step import Step
from holdfast.record import Usage, price
from holdfast.record.price import Priced

CANCELLED: Final = (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt)


def status_of(error: BaseException | None) -> str:
    """The word for how it ended."""
    if error is None:
        return "done"
    if isinstance(error, Halted):
        return "halted"
    return "cancelled" if isinstance(error, CANCELLED) else "failed"


def price_of(step: Step, usage: Usage | None) -> Priced | None:
    """What a model call cost; None when it is no model call, or nobody knows what it used."""
    if step.model is None or usage is None:
        return None
    if step.model.counted_by:
        return Priced(0, "gateway", "", "")
    return price(step.model.provider, step.model.name, usage)


def fixed_cost(step: Step) -> int | None:
    """What a step costs without a usage: a model call nobody knows, a tool what its contract says."""
    if step.action.kind == "model":
        return None
    if step.contract is None or (step.conduct is not None and step.conduct.repeats):
        return 0
    return step.contract.cost_micro_usd * (step.conduct.attempts if step.conduct is not None else 1)
