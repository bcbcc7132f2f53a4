"""Fifth: in a session that has read untrusted text, who chose the values that matter?"""

from __future__ import annotations

from typing import Final

from holdfast.action import Effect
from holdfast.decision.case import SILENT, Case, Check, Opinions, opinion
from holdfast.decision.endorsement import leaves
from holdfast.decision.gate import Gate
from holdfast.decision.terms import Terms
from holdfast.decision.verdict import Verdict

UNTRUSTED: Final = "untrusted"
CONFIDENTIAL: Final = frozenset({"confidential", "pii", "private", "secret"})
SHOWN_MAX: Final = 120
VALUES_MAX: Final = 8


def flow_check(gate: Gate | None, terms: Terms) -> Check | None:
    """Ask before untrusted text chooses a recipient, an amount, or anything that cannot be undone.

    Only tools that leave the house or cannot be undone are asked about; a read that leaves the house and
    names no critical argument is asked about only once the session holds something confidential.
    """
    if gate is None or not gate.consequential:
        return None
    contract, approver = gate.contract, terms.flow.approver
    critical, reads = contract.critical, contract.effect is Effect.READ
    consequence = f"The session has read untrusted content, and {contract.tool} has consequences."

    def check(case: Case) -> Opinions:
        labels = case.session.labels
        if UNTRUSTED not in labels:
            return SILENT
        if critical:
            case.unendorsed = _unendorsed(case, critical)
            if not case.unendorsed:
                return SILENT
            values = ", ".join(case.unendorsed)
            message = f"Nobody entitled has chosen {values}; the session has read untrusted content."
        else:
            if reads and labels.isdisjoint(CONFIDENTIAL):
                return SILENT
            message = consequence
        if approver in case.approvals:
            return SILENT
        return opinion(Verdict.ASK, "flow", message, rule="holdfast:flow", cure=f"approval:{approver}")

    return check


def _unendorsed(case: Case, names: tuple[str, ...]) -> tuple[str, ...]:
    endorsed, arguments = case.session.endorsed, case.arguments
    found = [
        f"{name}={str(leaf)[:SHOWN_MAX]}"
        for name in names
        if name in arguments
        for leaf in leaves(arguments[name])
        if not endorsed.holds(leaf)
    ]
    if len(found) > VALUES_MAX:
        found = [*found[:VALUES_MAX], f"…={len(found) - VALUES_MAX} more"]
    return tuple(found)
