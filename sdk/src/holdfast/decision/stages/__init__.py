"""The stages of deciding, in their order; each is compiled into a glance and a look for each gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from holdfast.decision.case import Part
from holdfast.decision.gate import Gate
from holdfast.decision.stages.budget import budget_stage
from holdfast.decision.stages.contract import contract_stage
from holdfast.decision.stages.control import control_stage
from holdfast.decision.stages.detector import detector_stage, look_for_denials
from holdfast.decision.stages.flow import flow_stage
from holdfast.decision.stages.identity import identity_stage
from holdfast.decision.stages.policy import policy_stage
from holdfast.decision.terms import Terms

Stage = Callable[[Gate | None, Terms], Part | None]
"""From a gate to its part; no gate stands for a tool without a contract, no part for nothing to say, ever."""

STAGES: Final[tuple[tuple[str, Stage], ...]] = (
    ("kill", control_stage),
    ("identity", identity_stage),
    ("contract", contract_stage),
    ("policy", policy_stage),
    ("flow", flow_stage),
    ("detector", detector_stage),
    ("budget", budget_stage),
)
"""Every stage, in order. The first that refuses ends the walk; the budget is last."""

__all__ = ["STAGES", "Stage", "look_for_denials"]
