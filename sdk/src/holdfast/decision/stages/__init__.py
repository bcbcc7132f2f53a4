"""The stages of deciding, in their order; each is compiled into one small function for each gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from holdfast.decision.case import Check
from holdfast.decision.gate import Gate
from holdfast.decision.stages.budget import budget_check
from holdfast.decision.stages.contract import contract_check
from holdfast.decision.stages.control import control_check
from holdfast.decision.stages.detector import detector_check, look_for_denials
from holdfast.decision.stages.flow import flow_check
from holdfast.decision.stages.identity import identity_check
from holdfast.decision.stages.policy import policy_check
from holdfast.decision.terms import Terms

Stage = Callable[[Gate | None, Terms], Check | None]
"""From a gate to its check; no gate stands for a tool without a contract, no check for nothing to say."""

STAGES: Final[tuple[tuple[str, Stage], ...]] = (
    ("kill", control_check),
    ("identity", identity_check),
    ("contract", contract_check),
    ("policy", policy_check),
    ("flow", flow_check),
    ("detector", detector_check),
    ("budget", budget_check),
)
"""Every stage, in order. The first that refuses ends the walk; the budget is last."""


def compile_checks(gate: Gate | None, terms: Terms) -> tuple[tuple[str, Check], ...]:
    """The checks of one gate, by the names of their stages."""
    made = ((name, stage(gate, terms)) for name, stage in STAGES)
    return tuple((name, check) for name, check in made if check is not None)


__all__ = ["STAGES", "Stage", "compile_checks", "look_for_denials"]
