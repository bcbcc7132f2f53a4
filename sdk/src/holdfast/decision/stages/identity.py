"""Second: is everyone in the chain known, and is the target within all of their scopes?"""

from __future__ import annotations

from holdfast.action import Actor
from holdfast.decision.agents import Principal
from holdfast.decision.case import SILENT, Case, Check, Opinions, opinion
from holdfast.decision.directory import Directory, Links
from holdfast.decision.gate import Gate
from holdfast.decision.terms import Terms
from holdfast.decision.verdict import Verdict


def identity_check(gate: Gate | None, terms: Terms) -> Check:
    """Authority only shrinks along a chain: each link must be allowed to reach the target."""
    del gate
    directory, depth_max = terms.directory, terms.flow.depth_max

    def check(case: Case) -> Opinions:
        action = case.action
        chain = action.chain
        if not chain or (chain[-1] is not action.actor and chain[-1] != action.actor):
            chain = (*chain, action.actor)
        links = directory.known(chain)
        if links is None:
            links = _look_up(chain, directory, depth_max)
            if not isinstance(links, Links):
                return links
        case.principals = links.principals
        return SILENT if links.free else _check_scopes(case)

    return check


def _look_up(chain: tuple[Actor, ...], directory: Directory, depth_max: int) -> Links | Opinions:
    if len(chain) > depth_max:
        message = f"{len(chain)} agents act for one another; the limit is {depth_max}."
        return opinion(Verdict.DENY, "identity", message, rule="holdfast:depth")
    principals: list[Principal] = []
    for actor in chain:
        principal = directory.principal(actor.agent)
        if principal is None:
            message = f"The agent {actor.agent or '(unnamed)'} is not known."
            return opinion(Verdict.DENY, "identity", message, cure=f"add it to agents: {actor.agent}: {{}}")
        principals.append(principal)
    return directory.remember(chain, principals)


def _check_scopes(case: Case) -> Opinions:
    action = case.action
    for principal in case.principals:
        if not (principal.free or principal.agent.may_reach(action)):
            name = principal.entity.id
            message = f"{action.target} is outside of the scope of {name}."
            cure = f"add it to agents: {name}: {action.kind}s"
            return opinion(Verdict.DENY, "identity", message, rule="holdfast:scope", cure=cure)
    return SILENT
