"""Third: is there a contract, and do the arguments keep it?"""

from __future__ import annotations

from holdfast.decision.case import SILENT, Case, Check, Opinions, opinion
from holdfast.decision.gate import Gate
from holdfast.decision.terms import Terms
from holdfast.decision.validation import problems
from holdfast.decision.verdict import Verdict


def contract_check(gate: Gate | None, terms: Terms) -> Check | None:
    """Refuse what nobody described, and arguments that are not as described; the path is named."""
    del terms
    if gate is None:
        return _no_contract
    validator = gate.validator
    if validator is None:
        return None
    is_valid = validator.is_valid

    def check(case: Case) -> Opinions:
        if is_valid(case.arguments):
            return SILENT
        found = "; ".join(problems(validator, case.arguments))
        return opinion(
            Verdict.DENY, "contract", f"The arguments do not fit: {found}", rule="holdfast:arguments"
        )

    return check


def _no_contract(case: Case) -> Opinions:
    target = case.action.target
    message = f"The tool {target} has no contract."
    cure = f"register it with @holdfast.tool, or describe it under tools: {target}:"
    return opinion(Verdict.DENY, "contract", message, cure=cure)
