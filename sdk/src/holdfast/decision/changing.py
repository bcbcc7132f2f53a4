"""What could have been different about an action: small changes, each with its name."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from holdfast.action import Kind
from holdfast.decision.agents import Agent, find_agent
from holdfast.decision.bundle import Bundle, Source, compile_bundle
from holdfast.decision.cedar import Policy
from holdfast.decision.controls import FREE
from holdfast.decision.endorsement import leaves
from holdfast.decision.projection import references
from holdfast.decision.rewriting import rewritings
from holdfast.decision.session import Session
from holdfast.decision.situation import Situation
from holdfast.decision.verdict import Decision
from holdfast.errors import HoldfastError

HOURS_AHEAD: Final = 7 * 24
HOUR_NS: Final = 3_600_000_000_000
DAYS: Final = ("Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday")
"""The epoch was a Thursday."""
MICRO: Final = 1_000_000


class Change(msgspec.Struct, frozen=True):
    """One thing that is different, and the situation in which it is."""

    about: str
    """What is changed, such as `approval` or `arguments.amount`; of two about one thing the later counts."""
    text: str
    """Completes the sentence `It would pass if …`."""
    value: Any
    situation: Situation


Options = list[Change]
"""Changes about the same thing, the smallest first; the first that helps is the one that is told."""


def options(here: Situation, decision: Decision) -> Iterator[Options]:
    """Everything worth trying against these reasons, what a person can do at once first."""
    policies = [policy for reason in decision.reasons if (policy := rule_of(here.bundle, reason.rule))]
    yield from _approvals(here, decision)
    yield from _endorsement(here, decision)
    for found in rewritings(here, policies):
        yield [Change(about, text, value, there) for about, text, value, there in found]
    yield from _estimate(here, decision)
    yield from _time(here, policies)
    yield from _controls(here, decision)
    yield from _session(here, decision)
    yield from _labels(here, decision, policies)
    yield from _chain(here, decision)
    yield from _rules(here, decision)


def rule_of(bundle: Bundle, name: str) -> Policy | None:
    """The policy that a reason names, also when it could not be evaluated."""
    return bundle.rule(name.removeprefix("error:"))


def _approvals(here: Situation, decision: Decision) -> Iterator[Options]:
    roles = [role for role in decision.roles if role not in here.approvals]
    if roles:
        there = msgspec.structs.replace(here, approvals=here.approvals | frozenset(roles))
        yield [Change("approval", f"{' and '.join(roles)} approved this very call", roles, there)]


def _endorsement(here: Situation, decision: Decision) -> Iterator[Options]:
    if not decision.unendorsed:
        return
    names = dict.fromkeys(one.partition("=")[0] for one in decision.unendorsed)
    session = _copy(here.session)
    session.endorsed = copy.deepcopy(here.session.endorsed)
    for name in names:
        for leaf in leaves(here.arguments.get(name)):
            session.endorse(str(leaf))
    there = msgspec.structs.replace(here, session=session)
    named = ", ".join(names)
    text = f"the value of {named} came from the person or from a trusted tool"
    yield [Change("endorsement", text, list(names), there)]


def _estimate(here: Situation, decision: Decision) -> Iterator[Options]:
    """The largest priced maximum that still fits, found by halving."""
    estimate = here.action.estimate
    if not estimate.cost_micro_usd or not any(one.category == "budget" for one in decision.reasons):
        return
    fits, over = 0, estimate.cost_micro_usd
    while over - fits > 1:
        middle = (fits + over) // 2
        there = _with_estimate(here, middle)
        helps = not any(one.category == "budget" for one in there.decide().reasons)
        fits, over = (middle, over) if helps else (fits, middle)
    text = f"its priced maximum were at most ${fits / MICRO:,.6f}"
    yield [Change("estimate", text, fits / MICRO, _with_estimate(here, fits))]


def _with_estimate(here: Situation, micro_usd: int) -> Situation:
    estimate = msgspec.structs.replace(here.action.estimate, cost_micro_usd=micro_usd)
    return msgspec.structs.replace(here, action=msgspec.structs.replace(here.action, estimate=estimate))


def _time(here: Situation, policies: list[Policy]) -> Iterator[Options]:
    read = {
        path[0] for policy in policies for one in policy.conditions for path in references(one.body) if path
    }
    if not read & {"hour", "weekday"} or not here.now_ns:
        return
    whole = here.now_ns // HOUR_NS
    later = (whole + n for n in range(1, HOURS_AHEAD + 1))
    yield [
        Change("time", f"it were {DAYS[hour // 24 % 7]}, {hour % 24}:00 UTC", hour * HOUR_NS, there)
        for hour in later
        for there in (msgspec.structs.replace(here, now_ns=hour * HOUR_NS),)
    ]


def _controls(here: Situation, decision: Decision) -> Iterator[Options]:
    if not any(one.category == "kill" for one in decision.reasons):
        return
    if here.controls.kills:
        lifted = msgspec.structs.replace(here.controls, kills=FREE.kills)
        there = msgspec.structs.replace(here, controls=lifted)
        yield [Change("kill", "the kill were lifted", None, there)]
    if not here.controls.lease_ok:
        back = msgspec.structs.replace(here.controls, lease_ok=True)
        there = msgspec.structs.replace(here, controls=back)
        yield [Change("lease", "the server were within reach", None, there)]


def _session(here: Situation, decision: Decision) -> Iterator[Options]:
    """As the first call of a session that has read the same: nothing used, repeated or halted."""
    texts = {
        "budget": "nothing of the budget were used yet, or the budget were larger",
        "detector": "the calls before it were fewer, or had come to something new",
        "kill": "the run or session were not over: begin another",
    }
    found = next((one.category for one in decision.reasons if one.category in texts), "")
    if found:
        fresh = Session(here.session.id, person=here.session.person)
        fresh.label(*here.session.label_names)
        fresh.endorsed = here.session.endorsed
        there = msgspec.structs.replace(here, session=fresh)
        yield [Change("session", texts[found], None, there)]


def _labels(here: Situation, decision: Decision, policies: list[Policy]) -> Iterator[Options]:
    read = {
        path[0] for policy in policies for one in policy.conditions for path in references(one.body) if path
    }
    if "labels" not in read and not any(one.category == "flow" for one in decision.reasons):
        return
    for label in here.session.label_names:
        session = _copy(here.session)
        session.labels = here.session.labels - {label}
        session.label_names = tuple(sorted(session.labels))
        there = msgspec.structs.replace(here, session=session)
        yield [Change(f"label.{label}", f"nothing {label} had come into the session", label, there)]


def _chain(here: Situation, decision: Decision) -> Iterator[Options]:
    """Without one of those on whose behalf it acts: the weakest link is found by leaving it out."""
    chain = here.action.chain
    if len(chain) < 2 or not any(one.category in {"identity", "policy"} for one in decision.reasons):
        return
    for link in chain[:-1]:
        action = msgspec.structs.replace(here.action, chain=tuple(one for one in chain if one != link))
        there = msgspec.structs.replace(here, action=action)
        yield [Change(f"chain.{link.agent}", f"it were not done for {link.agent}", link.agent, there)]


def _rules(here: Situation, decision: Decision) -> Iterator[Options]:
    """With the one rule that is missing: what nobody allowed, or an agent nobody declared."""
    rules = {one.rule for one in decision.reasons}
    target, kind = here.action.target, here.action.kind
    if "holdfast:silence" in rules:
        name = target if kind is Kind.TOOL else f"holdfast:{kind}"
        text = f'@id("holdfast:would") permit (principal, action == Action::"{_escape(name)}", resource);'
        word = f"allow_tools: {{tools: [{target}]}}" if kind is Kind.TOOL else "allow_agents: {}"
        yield from _recompiled(here, Source("would.cedar", text, "cedar"), f"a rule allowed it: {word}")
    if "holdfast:identity" in rules:
        links = (*here.action.chain, here.action.actor)
        unknown = [one.agent for one in links if find_agent(here.bundle.agents, one.agent) is None]
        agents = {name: msgspec.to_builtins(Agent()) for name in dict.fromkeys(unknown)}
        source = Source("would.yaml", msgspec.json.encode({"agents": agents}).decode())
        yield from _recompiled(here, source, f"the policies declared the agent {', '.join(agents)}")


def _recompiled(here: Situation, source: Source, text: str) -> Iterator[Options]:
    try:
        bundle = compile_bundle((*here.bundle.sources, source), contracts=here.bundle.contracts.values())
    except HoldfastError:
        return
    yield [Change("rules", text, source.text, msgspec.structs.replace(here, bundle=bundle))]


def _copy(session: Session) -> Session:
    """A session of its own as far as this module changes it."""
    return copy.copy(session)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
