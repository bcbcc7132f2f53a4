"""Second: is everyone in the chain known, and is the target within all of their scopes?"""

from __future__ import annotations

from typing import Final

from holdfast.action import Actor, Kind
from holdfast.decision.agents import weakest
from holdfast.decision.case import SILENT, Case, Opinions, Part, opinion
from holdfast.decision.directory import Directory, Links
from holdfast.decision.gate import Gate
from holdfast.decision.terms import Terms
from holdfast.decision.verdict import Verdict

KNOWN: Final = (
    "((links is not None and links.chain is chain) or (links := find_links(chain)) is not None)"
    " and links.free and links.actor is actor and len(chain) <= depth_max and not session.frozen"
)


def identity_stage(gate: Gate | None, terms: Terms) -> Part:
    """Authority only shrinks along a chain: each link must be allowed to reach the target."""
    directory, depth_max = terms.directory, terms.flow.depth_max
    starts = gate is not None and gate.kind is Kind.START
    refuses_cycles = starts and terms.flow.cycles == "deny"

    def look(case: Case) -> Opinions:
        chain = case.chain
        if refuses_cycles and any(link.agent == chain[-1].agent for link in chain[:-1]):
            return _cycle(chain)
        if len(chain) > depth_max:
            message = f"{len(chain)} agents act for one another; the limit is {depth_max}."
            return opinion(Verdict.DENY, "identity", message, rule="holdfast:depth")
        links = directory.links(chain)
        return _check_scopes(case, links) if links is not None else _name_unknown(chain, directory)

    return Part(look, "" if refuses_cycles else KNOWN, {"depth_max": depth_max})


def _cycle(chain: tuple[Actor, ...]) -> Opinions:
    path = " → ".join(link.agent for link in chain)
    message = f"{chain[-1].agent} already waits for this: {path}."
    cure = "Let the agents answer each other, or set flow: {cycles: allow}"
    return opinion(Verdict.DENY, "identity", message, rule="holdfast:cycle", cure=cure)


def _name_unknown(chain: tuple[Actor, ...], directory: Directory) -> Opinions:
    name = next((link.agent for link in chain if directory.principal(link.agent) is None), "")
    message = f"The agent {name or '(unnamed)'} is not known."
    return opinion(Verdict.DENY, "identity", message, cure=f"Add it to agents: {name}: {{}}")


def _check_scopes(case: Case, links: Links) -> Opinions:
    action = case.action
    for principal in links.principals:
        if not (principal.free or principal.agent.may_reach(action)):
            name = principal.entity.id
            message = f"{action.target} is outside of the scope of {name}."
            cure = f"Add it to agents: {name}: {action.kind}s"
            return opinion(Verdict.DENY, "identity", message, rule="holdfast:scope", cure=cure)
    name = weakest(case.session.frozen.get(action.run, ()), action)
    if name:
        message = f"{action.target} was outside of the scope of {name} when it handed this over."
        cure = "Hand over anew; what was handed over is never widened."
        return opinion(Verdict.DENY, "identity", message, rule="holdfast:widened", cure=cure)
    return SILENT
