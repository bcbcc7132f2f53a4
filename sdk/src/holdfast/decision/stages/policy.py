"""Fourth: what do the policies say, for every link of the chain?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from holdfast.action import Kind, canonicalise, digest
from holdfast.decision.agents import Principal
from holdfast.decision.case import (
    SILENT,
    Case,
    Check,
    Opinions,
    Part,
    Reasons,
    Refuse,
    look_closer,
    opinion,
)
from holdfast.decision.cedar import Forbids, Policy
from holdfast.decision.enforcement import Level, graded
from holdfast.decision.gate import Gate, compile_refusals, compile_view
from holdfast.decision.pack import REDACTED
from holdfast.decision.projectors.offered import is_one_of
from holdfast.decision.slices import Slices
from holdfast.decision.stages.contract import contract_stage
from holdfast.decision.terms import Terms
from holdfast.decision.verdict import Opinion, Reason, Verdict, Would, combine
from holdfast.errors import Invalid

TRANSFORM: Final = "transform:"
ALLOW: Final = Verdict.ALLOW
CHANGED: Final = Verdict.TRANSFORM
DENY: Final = Verdict.DENY
ALONE: Final = "(one := links.only) is not None"
ASKED: Final = "(one.entity, one.ancestors, {}, world, action, arguments, session, approvals, now_ns)"
PERMITTED: Final = f"{ALONE} and permits{ASKED.format('resource, within')}"
SLICED: Final = (
    f"{ALONE} and (found := slices((one.entity, action.target)) or cut(one, action))[0]"
    f"{ASKED.format('found[1], found[2]')}"
)
TOLD_MAX: Final = 256
"""Sets of forbids whose reasons are kept; then all are told again."""
FEW: Final = 8
"""So many policies about one tool are asked as fast as the right ones of them are found."""


def policy_stage(gate: Gate | None, terms: Terms) -> Part | None:
    """Ask Cedar; where a policy asks for other arguments instead, change them once and ask again."""
    if gate is None:
        return None
    directory = terms.directory
    judge = _judge(gate, terms)
    contract, refuse = contract_stage(gate, terms), _refuse(gate, terms)

    def look(case: Case) -> Opinions:
        opinions = judge(case)
        wanted = [_obligation(one) for one in opinions if one.verdict is CHANGED]
        if not wanted or any(one.verdict in {Verdict.DENY, Verdict.HALT} for one in opinions):
            return opinions
        _transform(case, tuple(sorted(set(wanted))))
        again = (*(contract.look(case) if contract else SILENT), *judge(case))
        stubborn = tuple(
            Opinion(Verdict.DENY, one.reason) if one.verdict is CHANGED else one for one in again
        )
        return (*(one for one in opinions if one.verdict is CHANGED), *stubborn)

    names: dict[str, Any] = {"world": directory.world}
    if gate.kind is Kind.TOOL and len(gate.policies) <= FEW:
        names |= {
            "permits": compile_view(gate),
            "resource": gate.resource,
            "within": gate.resource_ancestors,
        }
        return Part(look, PERMITTED, names, refuse)
    slices = Slices(gate, directory)
    return Part(look, SLICED, names | {"slices": slices.pairs.get, "cut": slices.cut}, refuse)


def _refuse(gate: Gate, terms: Terms) -> Refuse:
    """What the forbids of a gate refuse when they hold, whoever reads it: told once, and kept."""
    if graded(gate.policies, terms.enforcement):
        return look_closer
    directory, world = terms.directory, terms.directory.world
    tool = (gate.resource, gate.resource_ancestors) if gate.kind is Kind.TOOL else None
    opinions = [_of_forbid(policy, "") for policy in gate.policies if policy.effect == "forbid"]
    told: dict[int, Reasons] = {}
    forbids: Forbids | None = None

    def refuse(case: Case) -> Reasons:
        nonlocal forbids
        action = case.action
        links = directory.links(action.chain)
        if links is None or links.only is None or links.actor is not action.actor:
            return ()
        one, forbids = links.only, forbids or compile_refusals(gate)
        resource, ancestors = tool or directory.resource(action)
        held = forbids(
            one.entity, one.ancestors, resource, ancestors, world, action, case.arguments, case.session,
            case.approvals, case.now_ns,
        )  # fmt: skip
        reasons = told.get(held)
        return tell(held) if reasons is None else reasons

    def tell(held: int) -> Reasons:
        found = [one for n, one in enumerate(opinions) if held >> n & 1]
        verdict, reasons = combine(found, silence=ALLOW)
        if len(told) >= TOLD_MAX:
            told.clear()
        told[held] = reasons if verdict is DENY else ()
        return told[held]

    return refuse


def _judge(gate: Gate, terms: Terms) -> Check:
    """What Cedar says of each link of the chain."""
    directory, levels = terms.directory, graded(gate.policies, terms.enforcement)
    project, judge, world = gate.project, gate.judge, directory.world
    tool = (gate.resource, gate.resource_ancestors) if gate.kind is Kind.TOOL else None
    said = {policy.id: _of_forbid(policy, "") for policy in gate.policies if policy.effect == "forbid"}

    def ask(case: Case) -> Opinions:
        try:
            context = project(case)
        except Invalid as error:
            return opinion(Verdict.DENY, "policy", error.message, rule="holdfast:arguments")
        resource, ancestors = tool or directory.resource(case.action)
        links = directory.links(case.chain)
        assert links is not None, "an earlier stage refuses whom nobody knows"
        found: Opinions = SILENT
        for principal in links.principals:
            permits, forbids, failed = judge(
                principal.entity, principal.ancestors, resource, ancestors, context, world
            )
            if levels and (forbids or failed):
                forbids, failed = _grade(case, levels, forbids), _grade(case, levels, failed)
            if failed or not permits or (forbids and links.only is None):
                found += _opinions(case, principal, permits, forbids, failed, alone=links.only is not None)
            elif forbids:
                found = tuple([said[policy.id] for policy in forbids])
        return found

    return ask


def _grade(case: Case, levels: Mapping[str, Level], policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """Those policies that hold in this run; of the others only what they would have done is noted."""
    held: list[Policy] = []
    for policy in policies:
        level = levels.get(policy.id)
        if level is None or level.holds(policy.id, case.action.run):
            held.append(policy)
            continue
        would = _of_forbid(policy, "")
        case.would += (Would(policy.id, would.verdict, would.reason.message, str(level)),)
        if level.word == "warn":
            case.obligations += (f"warn:{policy.id}:{would.reason.message}",)
    return tuple(held)


def _opinions(
    case: Case,
    principal: Principal,
    permits: tuple[Policy, ...],
    forbids: tuple[Policy, ...],
    failed: tuple[Policy, ...],
    *,
    alone: bool,
) -> Opinions:
    # Stock Cedar skips a forbid that fails; here it counts: nobody can say that it would not have held.
    broken = tuple(policy for policy in failed if policy.effect == "forbid")
    case.errors += tuple(f"error:{policy.id}" for policy in failed)
    who = "" if alone else f"{principal.entity.id}: "
    found = [_of_forbid(policy, who) for policy in forbids]
    found += [_of_failure(policy, who) for policy in broken]
    if not permits:
        message = f"{who}No rule allows {case.action.target or case.action.kind}."
        cure = "Add it to an allow_tools or allow_effects rule."
        found.append(Opinion(Verdict.DENY, Reason("holdfast:silence", "policy", message, cure)))
    return tuple(found)


def _of_forbid(policy: Policy, who: str) -> Opinion:
    if policy.on.startswith(TRANSFORM):
        verdict = Verdict.TRANSFORM
    elif policy.on == "halt":
        verdict = Verdict.HALT
    else:
        verdict = Verdict.ASK if policy.cure else Verdict.DENY
    category = policy.annotations.get("category") or "policy"
    message = policy.annotations.get("message") or f"The rule {policy.id} forbids this."
    cure = policy.cure if verdict is Verdict.ASK else policy.on if verdict is Verdict.TRANSFORM else ""
    return Opinion(verdict, Reason(policy.id, category, who + message, cure))


def _of_failure(policy: Policy, who: str) -> Opinion:
    message = f"{who}The rule {policy.id} could not be evaluated, so it counts as a refusal."
    return Opinion(Verdict.DENY, Reason(f"error:{policy.id}", "error", message))


def _obligation(one: Opinion) -> str:
    return one.reason.cure.removeprefix(TRANSFORM)


def _transform(case: Case, obligations: tuple[str, ...]) -> None:
    """Change the arguments and give them a new digest: what was judged is what runs."""
    arguments, _ = canonicalise(case.arguments)
    for obligation in obligations:
        word, _, rest = obligation.partition(":")
        if word == "redact":
            _put(arguments, rest, REDACTED)
        elif word == "strip":
            name, _, words = rest.partition(":")
            _strip(arguments, name, words)
        else:
            name, _, limit = rest.rpartition(":")
            _put(arguments, name, float(limit))
    case.arguments, canonical = canonicalise(arguments)
    case.digest = digest(case.action.kind, case.action.target, canonical)
    case.obligations, case.would = obligations, ()


def _strip(arguments: dict[str, Any], name: str, words: str) -> None:
    """Take out of a list what the words name; after a `!`, what they do not name."""
    inverted = words.startswith("!")
    named = is_one_of(words.removeprefix("!").split())
    arguments[name] = [one for one in arguments.get(name, ()) if named(str(one)) is inverted]


def _put(arguments: dict[str, Any], path: str, value: Any) -> None:
    *owners, name = path.split(".")
    for owner in owners:
        arguments = arguments[owner]
    if isinstance(value, float) and (type(arguments[name]) is int or value.is_integer()):
        # A whole number stays one, rounded down: a clamped value is never over the limit.
        value = int(value // 1)
    arguments[name] = value
