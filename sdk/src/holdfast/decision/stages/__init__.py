"""The stages of deciding, in their order; each is one small function from a case to opinions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from holdfast.decision.case import Case, Opinions
from holdfast.decision.stages.budget import check_budgets
from holdfast.decision.stages.contract import check_contract
from holdfast.decision.stages.control import check_controls
from holdfast.decision.stages.detector import look_for_denials, look_for_loops
from holdfast.decision.stages.flow import check_origin
from holdfast.decision.stages.identity import check_identity
from holdfast.decision.stages.policy import judge_policies

Stage = Callable[[Case], Opinions]

STAGES: Final[tuple[tuple[str, Stage], ...]] = (
    ("kill", check_controls),
    ("identity", check_identity),
    ("contract", check_contract),
    ("policy", judge_policies),
    ("flow", check_origin),
    ("detector", look_for_loops),
    ("budget", check_budgets),
)
"""Every stage, in order. The first that refuses ends the walk; the budget is last."""

__all__ = ["STAGES", "Stage", "look_for_denials"]
