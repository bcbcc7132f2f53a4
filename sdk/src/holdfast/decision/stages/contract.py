"""Third: is there a contract, and do the arguments keep it?"""

from __future__ import annotations

from typing import Final

from holdfast.decision.case import Case, Opinions, Part, Reasons, opinion
from holdfast.decision.gate import Gate
from holdfast.decision.terms import Terms
from holdfast.decision.validation import Diagnose, make_diagnosis
from holdfast.decision.verdict import Opinion, Reason, Verdict

DENY: Final = Verdict.DENY


def contract_stage(gate: Gate | None, terms: Terms) -> Part | None:
    """Refuse what nobody described, and arguments that are not as described; the path is named."""
    del terms
    if gate is None:
        return Part(_no_contract)
    validator, contract = gate.validator, gate.contract
    if validator is None:
        return None
    diagnose: Diagnose | None = None

    def refuse(case: Case) -> Reasons:
        nonlocal diagnose
        diagnose = diagnose or make_diagnosis(contract, validator)
        found = diagnose(case.arguments)
        if not found:
            return ()
        return (Reason("holdfast:arguments", "contract", f"The arguments do not fit: {'; '.join(found)}"),)

    def look(case: Case) -> Opinions:
        return tuple([Opinion(DENY, reason) for reason in refuse(case)])

    return Part(look, "is_valid(arguments)", {"is_valid": validator.is_valid}, refuse)


def _no_contract(case: Case) -> Opinions:
    target = case.action.target
    message = f"The tool {target} has no contract."
    cure = f"Register it with @holdfast.tool, or describe it under tools: {target}:"
    return opinion(DENY, "contract", message, cure=cure)
