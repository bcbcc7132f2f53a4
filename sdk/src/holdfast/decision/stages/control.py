"""First: is anything switched off, over, or without a lease?"""

from __future__ import annotations

from holdfast.action import Effect, Kind
from holdfast.decision.case import SILENT, Case, Check, Opinions, opinion
from holdfast.decision.gate import Gate
from holdfast.decision.terms import Terms
from holdfast.decision.verdict import Verdict


def control_check(gate: Gate | None, terms: Terms) -> Check:
    """Halt what was killed or is over already; refuse what may not happen without a lease."""
    del terms
    reads = gate is not None and gate.contract.effect is Effect.READ
    reversible = gate is not None and gate.contract.reversible

    def check(case: Case) -> Opinions:
        controls, session = case.controls, case.session
        if controls.kills:
            found = _killed(case)
            if found:
                return found
        latch = session.latch
        if latch is None and session.latches:
            latch = session.latches.get(case.action.run)
        if latch is not None:
            return opinion(Verdict.HALT, "kill", latch.message, rule=latch.rule)
        if controls.lease_ok or _may_go_on(case, reads=reads, reversible=reversible):
            return SILENT
        message = "The control plane is out of reach and its lease has run out; this has to wait for it."
        return opinion(Verdict.DENY, "kill", message, rule="holdfast:lease", cure="reconnect the server")

    return check


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
