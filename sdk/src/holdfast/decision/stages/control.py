"""First: is anything switched off, over, or without a lease?"""

from __future__ import annotations

from typing import Final

from holdfast.action import Effect, Kind
from holdfast.decision.case import SILENT, Case, Opinions, Part, opinion
from holdfast.decision.gate import Gate
from holdfast.decision.terms import Terms
from holdfast.decision.verdict import Verdict

FREE: Final = "not controls.kills and controls.lease_ok and session.latch is None and not session.latches"


def control_stage(gate: Gate | None, terms: Terms) -> Part:
    """Halt what was killed or is over already; refuse what may not happen without a lease."""
    del terms
    reads = gate is not None and gate.contract.effect is Effect.READ
    reversible = gate is not None and gate.contract.reversible

    def look(case: Case) -> Opinions:
        found = _killed(case)
        if found:
            return found
        latch = case.session.latch or case.session.latches.get(case.action.run)
        if latch is not None:
            return opinion(Verdict.HALT, "kill", latch.message, rule=latch.rule)
        if case.controls.lease_ok or _may_go_on(case, reads=reads, reversible=reversible):
            return SILENT
        message = "The control plane is out of reach and its lease has run out; this has to wait for it."
        return opinion(Verdict.DENY, "kill", message, rule="holdfast:lease", cure="Reconnect the server.")

    return Part(look, FREE)


def _killed(case: Case) -> Opinions:
    action, kills = case.action, case.controls.kills
    over = [
        ("org", "*"),
        ("org", ""),
        ("session", action.session),
        ("run", action.run),
        ("run", action.trace),
    ]
    over += [("agent", actor.agent) for actor in (*action.chain, action.actor)]
    for scope, target in over:
        if (scope, target) in kills:
            message = f"A person stopped this {scope}." if scope != "org" else "A person stopped every agent."
            return opinion(Verdict.HALT, "kill", message, rule=f"holdfast:kill:{scope}")
    if action.kind in {Kind.TOOL, Kind.MODEL} and (action.kind, action.target) in kills:
        message = f"A person switched off the {action.kind} {action.target}; go on without it."
        return opinion(Verdict.DENY, "kill", message, rule=f"holdfast:kill:{action.kind}")
    return SILENT


def _may_go_on(case: Case, *, reads: bool, reversible: bool) -> bool:
    """What is left to agents under local enforcement; a model call changes nothing in the world by itself."""
    allowed = case.controls.unattended
    if allowed in {"nothing", "everything"} or case.action.kind is not Kind.TOOL:
        return allowed != "nothing"
    return reads or (allowed == "reversible" and reversible)
