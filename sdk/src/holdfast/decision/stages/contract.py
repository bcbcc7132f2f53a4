"""Third: is there a contract, and do the arguments keep it?"""

from __future__ import annotations

from holdfast.decision.case import SILENT, Case, Opinions, opinion
from holdfast.decision.validation import problems
from holdfast.decision.verdict import Verdict


def check_contract(case: Case) -> Opinions:
    """Refuse what nobody described, and arguments that are not as described; the path is named."""
    gate = case.gate = case.bundle.gate(case.action)
    if gate is None:
        target = case.action.target
        message = f"The tool {target} has no contract."
        cure = f"register it with @holdfast.tool, or describe it under tools: {target}:"
        return opinion(Verdict.DENY, "contract", message, cure=cure)
    if gate.validator is None or gate.validator.is_valid(case.arguments):
        return SILENT
    found = "; ".join(problems(gate.validator, case.arguments))
    return opinion(Verdict.DENY, "contract", f"The arguments do not fit: {found}", rule="holdfast:arguments")
