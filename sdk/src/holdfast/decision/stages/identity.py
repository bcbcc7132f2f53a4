"""Second: is everyone in the chain known, and is the target within all of their scopes?"""

from __future__ import annotations

from typing import Final

from holdfast.action import Actor
from holdfast.decision.case import SILENT, Case, Opinions, Part, opinion
from holdfast.decision.directory import Directory, Links
from holdfast.decision.gate import Gate
from holdfast.decision.terms import Terms
from holdfast.decision.verdict import Verdict

KNOWN: Final = (
    "links is not None and links.free and links.actor is action.actor and len(action.chain) <= depth_max"
)


def identity_stage(gate: Gate | None, terms: Terms) -> Part:
    """Authority only shrinks along a chain: each link must be allowed to reach the target."""
    del gate
    directory, depth_max = terms.directory, terms.flow.depth_max

    def look(case: Case) -> Opinions:
        chain = case.chain
        if len(chain) > depth_max:
            message = f"{len(chain)} agents act for one another; the limit is {depth_max}."
            return opinion(Verdict.DENY, "identity", message, rule="holdfast:depth")
        links = directory.links(chain)
        return _check_scopes(case, links) if links is not None else _name_unknown(chain, directory)

    return Part(look, KNOWN, {"depth_max": depth_max})


def _name_unknown(chain: tuple[Actor, ...], directory: Directory) -> Opinions:
    name = next((link.agent for link in chain if directory.principal(link.agent) is None), "")
    message = f"The agent {name or '(unnamed)'} is not known."
    return opinion(Verdict.DENY, "identity", message, cure=f"add it to agents: {name}: {{}}")


def _check_scopes(case: Case, links: Links) -> Opinions:
    action = case.action
    for principal in links.principals:
        if not (principal.free or principal.agent.may_reach(action)):
            name = principal.entity.id
            message = f"{action.target} is outside of the scope of {name}."
            cure = f"add it to agents: {name}: {action.kind}s"
            return opinion(Verdict.DENY, "identity", message, rule="holdfast:scope", cure=cure)
    return SILENT
