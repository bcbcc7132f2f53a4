"""What one bundle says of one action: as formulas about an unknown request, as a fact about a known one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from holdfast.action import Contract, Kind
from holdfast.decision.bundle import Bundle
from holdfast.decision.cedar import Entity, Judged, Policy
from holdfast.decision.enforcement import Level
from holdfast.decision.gate import Gate, action_name, groups_of, resource_node
from holdfast.decision.projection import fixed_values
from holdfast.decision.proof.example import make_request
from holdfast.decision.proof.symbols import Candidate, Symbols
from holdfast.decision.proof.translating import Translator, Verdicts
from holdfast.decision.verdict import Verdict

Outcome = Literal["allow", "transform", "ask", "deny", "halt"]
TRANSFORM: Final = "transform:"
APPROVAL: Final = "approval:"


class Outlook(NamedTuple):
    """When each verdict is the policies' own, as formulas of which exactly one holds."""

    by_verdict: Mapping[Verdict, Any]
    asks: Mapping[str, Any]
    """When each role is asked, by its name."""
    each: Mapping[str, Verdicts]
    """When each policy holds and fails, by its id."""

    def any_of(self, z3: Any, *verdicts: Verdict) -> Any:
        """When the verdict is one of these."""
        return z3.Or(*(self.by_verdict[one] for one in verdicts))


class Said(NamedTuple):
    """What the policies say of a known request."""

    verdict: Verdict
    roles: tuple[str, ...] = ()
    """Whose approval is asked for."""
    rules: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.verdict} ({', '.join(self.roles)})" if self.roles else str(self.verdict)


def refuse_always(z3: Any) -> Outlook:
    """What a bundle says of a tool that it has no contract for."""
    return Outlook({one: z3.BoolVal(one is Verdict.DENY) for one in Verdict}, {}, {})


def look_out(
    symbols: Symbols,
    gate: Gate,
    principals: Iterable[Candidate],
    resources: Iterable[Candidate],
    *,
    levels: Mapping[str, Level] = {},
) -> Outlook:
    """What a bundle says of an unknown action of one gate.

    Args:
        symbols: of the action.
        gate: what the bundle has compiled about it.
        principals: who may act.
        resources: what may be acted on.
        levels: of the rules that are not simply enforced.
    """
    z3 = symbols.z3
    action = Entity("Action", action_name(gate.kind, gate.contract))
    groups = frozenset({action, *(Entity("Action", one) for one in groups_of(gate.kind, gate.contract))})
    who = tuple(principals)
    translator = Translator(
        symbols,
        action=action,
        groups=groups,
        principals=who,
        resources=resources,
        fixed=fixed_values(gate.contract),
    )
    each = {policy.id: translator.policy(policy) for policy in gate.policies}
    counting = [one for one in gate.policies if one.id not in levels or levels[one.id].word == "sample"]

    def counted(policy: Policy, when: Any) -> Any:
        level = levels.get(policy.id)
        return when if level is None else z3.And(when, symbols.drawn(policy.id) < level.percent)

    def hold(*kinds: str) -> Any:
        some = [one for one in counting if outcome_of(one) in kinds]
        return z3.Or(False, *(counted(one, each[one.id].holds) for one in some))

    def ask(role: str) -> Any:
        cured = [one for one in counting if outcome_of(one) == "ask" and one.cure == APPROVAL + role]
        return z3.Or(False, *(counted(one, each[one.id].holds) for one in cured))

    reached = z3.Or(False, *(symbols.who == n for n, one in enumerate(who) if one.reaches))
    forbids = [one for one in counting if one.effect == "forbid"]
    broken = z3.Or(False, *(counted(one, each[one.id].fails) for one in forbids))
    halts = z3.And(reached, hold("halt"))
    denies = z3.And(z3.Not(halts), z3.Or(z3.Not(reached), z3.Not(hold("allow")), hold("deny"), broken))
    over = z3.Or(halts, denies)
    asks, changes = z3.And(z3.Not(over), hold("ask")), hold("transform")
    free = z3.And(z3.Not(over), z3.Not(asks))
    by_verdict = {
        Verdict.HALT: halts,
        Verdict.DENY: denies,
        Verdict.ASK: asks,
        Verdict.TRANSFORM: z3.And(free, changes),
        Verdict.ALLOW: z3.And(free, z3.Not(changes)),
    }
    roles = {one.cure.removeprefix(APPROVAL) for one in counting if outcome_of(one) == "ask"}
    return Outlook(by_verdict, {role: z3.And(asks, ask(role)) for role in sorted(roles)}, each)


def say(judged: Judged, *, reached: bool = True) -> Said:
    """What the policies that hold and fail come to."""
    permits, forbids, failed = judged
    if not reached:
        return Said(Verdict.DENY, rules=("holdfast:scope",))
    found = {
        kind: [one for one in forbids if outcome_of(one) == kind]
        for kind in ("halt", "deny", "ask", "transform")
    }
    broken = [one for one in failed if one.effect == "forbid"]
    if found["halt"]:
        return Said(Verdict.HALT, rules=_ids(found["halt"]))
    if found["deny"] or broken or not permits:
        rules = (*_ids(found["deny"]), *(f"error:{one.id}" for one in broken))
        return Said(Verdict.DENY, rules=rules or ("holdfast:silence",))
    if found["ask"]:
        roles = {one.cure.removeprefix(APPROVAL) for one in found["ask"]}
        return Said(Verdict.ASK, tuple(sorted(roles)), _ids(found["ask"]))
    if found["transform"]:
        return Said(Verdict.TRANSFORM, rules=_ids(found["transform"]))
    return Said(Verdict.ALLOW, rules=_ids(permits))


def count(judged: Judged, levels: Mapping[str, Level], drawn: Mapping[str, int]) -> Judged:
    """What was judged, without the rules that do not count in this run."""

    def counts(policy: Policy) -> bool:
        level = levels.get(policy.id)
        if level is None:
            return True
        return level.word == "sample" and drawn.get(policy.id, 0) < level.percent

    permits, forbids, failed = judged
    return permits, tuple(filter(counts, forbids)), tuple(filter(counts, failed))


def find_principals(bundle: Bundle, names: Iterable[str], target: str, kind: Kind) -> tuple[Candidate, ...]:
    """Those who may act, as one bundle knows them; whom it does not know reaches nothing."""
    return tuple(_principal(bundle, name, target, kind) for name in names)


def find_resources(gate: Gate, targets: Iterable[str]) -> tuple[Candidate, ...]:
    """What may be acted on."""
    if gate.kind is Kind.TOOL:
        return (Candidate(gate.resource, gate.node),)
    return tuple(Candidate(*resource_node(gate.kind, target)) for target in targets)


def _principal(bundle: Bundle, name: str, target: str, kind: Kind) -> Candidate:
    found = bundle.terms.directory.principal(name)
    if found is None:
        entity = Entity("Agent", name)
        return Candidate(entity, resource_node(Kind.START, name)[1], None, reaches=False)
    action = make_request(kind, target, name, {}, Contract(target)).action
    reaches = found.free or kind is not Kind.TOOL or found.agent.may_reach(action)
    return Candidate(found.entity, found.node, found, reaches)


def outcome_of(policy: Policy) -> Outcome:
    """What a policy that holds leads to."""
    if policy.effect == "permit":
        return "allow"
    if policy.on.startswith(TRANSFORM):
        return "transform"
    if policy.on == "halt":
        return "halt"
    return "ask" if policy.cure else "deny"


def _ids(policies: Iterable[Policy]) -> tuple[str, ...]:
    return tuple(policy.id for policy in policies)
