"""Third: is there a contract, and do the arguments keep it?"""

from __future__ import annotations

from holdfast.decision.case import SILENT, Case, Opinions, Part, opinion
from holdfast.decision.gate import Gate
from holdfast.decision.terms import Terms
from holdfast.decision.validation import problems
from holdfast.decision.verdict import Verdict


def contract_stage(gate: Gate | None, terms: Terms) -> Part | None:
    """Refuse what nobody described, and arguments that are not as described; the path is named."""
    del terms
    if gate is None:
        return Part(_no_contract)
    validator = gate.validator
    if validator is None:
        return None

    def look(case: Case) -> Opinions:
        found = "; ".join(problems(validator, case.arguments))
        if not found:
            return SILENT
        message = f"The arguments do not fit: {found}"
        return opinion(Verdict.DENY, "contract", message, rule="holdfast:arguments")

    return Part(look, "is_valid(arguments)", {"is_valid": validator.is_valid})


def _no_contract(case: Case) -> Opinions:
    target = case.action.target
    message = f"The tool {target} has no contract."
    cure = f"register it with @holdfast.tool, or describe it under tools: {target}:"
    return opinion(Verdict.DENY, "contract", message, cure=cure)
