"""Fifth: in a session that has read untrusted text, who chose the values that matter?"""

from __future__ import annotations

from typing import Final

from holdfast.action import Effect
from holdfast.decision.case import SILENT, Case, Opinions, opinion
from holdfast.decision.endorsement import leaves
from holdfast.decision.verdict import Verdict

UNTRUSTED: Final = "untrusted"
CONFIDENTIAL: Final = frozenset({"confidential", "pii", "private", "secret"})
SHOWN_MAX: Final = 120
VALUES_MAX: Final = 8


def check_origin(case: Case) -> Opinions:
    """Ask before untrusted text chooses a recipient, an amount, or anything that cannot be undone.

    Only tools that leave the house or cannot be undone are asked about; a read that leaves the house and
    names no critical argument is asked about only once the session holds something confidential.
    """
    gate = case.gate
    assert gate is not None, "an earlier stage refuses what has no contract"
    labels = case.session.labels
    if not gate.consequential or UNTRUSTED not in labels:
        return SILENT
    contract = gate.contract
    if contract.critical:
        case.unendorsed = _unendorsed(case, contract.critical)
        if not case.unendorsed:
            return SILENT
        values = ", ".join(case.unendorsed)
        message = f"Nobody entitled has chosen {values}; the session has read untrusted content."
    else:
        if contract.effect is Effect.READ and labels.isdisjoint(CONFIDENTIAL):
            return SILENT
        message = f"The session has read untrusted content, and {contract.tool} has consequences."
    approver = case.bundle.flow.approver
    if approver in case.approvals:
        return SILENT
    return opinion(Verdict.ASK, "flow", message, rule="holdfast:flow", cure=f"approval:{approver}")


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
