"""Second: is everyone in the chain known, and is the target within all of their scopes?"""

from __future__ import annotations

from holdfast.action import Actor
from holdfast.decision.agents import Principal
from holdfast.decision.case import SILENT, Case, Opinions, opinion
from holdfast.decision.verdict import Verdict


def check_identity(case: Case) -> Opinions:
    """Authority only shrinks along a chain: each link must be allowed to reach the target."""
    action = case.action
    chain = action.chain
    if not chain or (chain[-1] is not action.actor and chain[-1] != action.actor):
        chain = (*chain, action.actor)
    if len(chain) > case.bundle.flow.depth_max:
        message = f"{len(chain)} agents act for one another; the limit is {case.bundle.flow.depth_max}."
        return opinion(Verdict.DENY, "identity", message, rule="holdfast:depth")
    return _check_links(case, chain)


def _check_links(case: Case, chain: tuple[Actor, ...]) -> Opinions:
    action = case.action
    principals: list[Principal] = []
    for actor in chain:
        principal = case.bundle.principal(actor.agent)
        if principal is None:
            message = f"The agent {actor.agent or '(unnamed)'} is not known."
            return opinion(Verdict.DENY, "identity", message, cure=f"add it to agents: {actor.agent}: {{}}")
        if not (principal.free or principal.agent.may_reach(action)):
            message = f"{action.target} is outside of the scope of {actor.agent}."
            cure = f"add it to agents: {actor.agent}: {action.kind}s"
            return opinion(Verdict.DENY, "identity", message, rule="holdfast:scope", cure=cure)
        principals.append(principal)
    case.principals = tuple(principals)
    return SILENT
