"""Two bundles' views of one action over the same symbols, and the requests on which they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, cast

from holdfast.action import Contract, Kind
from holdfast.decision.agents import ANY
from holdfast.decision.bundle import Bundle
from holdfast.decision.cedar import Policy, Record
from holdfast.decision.cedar.naming import entities_of
from holdfast.decision.enforcement import Level, graded
from holdfast.decision.gate import RESOURCES, Gate
from holdfast.decision.plausible import Context, context_of
from holdfast.decision.projection import fixed_values
from holdfast.decision.proof.change import Change, Direction, Example, Undecided
from holdfast.decision.proof.engine import TIMEOUT_MS
from holdfast.decision.proof.example import make_request, plain_value, read_model, show_context
from holdfast.decision.proof.outlook import (
    Outlook,
    Said,
    count,
    find_principals,
    find_resources,
    look_out,
    refuse_always,
    say,
)
from holdfast.decision.proof.symbols import Candidate, Symbols, constants_of
from holdfast.decision.verdict import Verdict
from holdfast.errors import Invalid

SOMEBODY: Final = "somebody"
CANDIDATES_MAX: Final = 200
SOFT_MAX: Final = 60
FILLERS: Final = ("text", "")
FILLER_MAX: Final = 100
RUNS: Final = (Verdict.ALLOW, Verdict.TRANSFORM)
REFUSED: Final = (Verdict.DENY, Verdict.HALT)
PLAIN: Final[Mapping[str, int]] = {"hour": 12, "weekday": 3, "depth": 1, "calls": 0}


class _Side(NamedTuple):
    """One bundle's view of the action."""

    bundle: Bundle
    gate: Gate | None
    principals: tuple[Candidate, ...]
    resources: tuple[Candidate, ...]
    outlook: Outlook
    levels: Mapping[str, Level]


class Comparison:
    """Both bundles' views of one action, over the same symbols."""

    def __init__(self, z3: Any, name: str, old: Bundle, new: Bundle) -> None:
        self.z3, self.name = z3, name
        gates = [bundle.gates.get(name) for bundle in (old, new)]
        self.gate = next(gate for gate in reversed(gates) if gate is not None)
        self.kind = self.gate.kind
        policies = [policy for gate in gates if gate for policy in gate.policies]
        self.symbols = Symbols(z3, _merge(gates), constants_of(policies))
        self.agents: tuple[str, ...] = _names(policies, "Agent", {*old.agents, *new.agents} - {ANY})
        self.targets: tuple[str, ...] = (name,) if self.kind is Kind.TOOL else _targets(policies, self.kind)
        self.old, self.new = (
            self._side(bundle, gate) for bundle, gate in zip((old, new), gates, strict=True)
        )
        self.drawn: dict[str, int] = {}
        self.solver = z3.Solver()
        self.solver.set("timeout", TIMEOUT_MS)
        self.solver.add(*self.symbols.limits, *self._ranges())

    def run(self) -> list[Change | Undecided]:
        """Every direction in which the bundles differ.

        Whoever approves was asked first, so requests that nobody has approved are compared; only when nothing
        comes of that, those with approvals are.
        """
        nobody = self.z3.Not(self.z3.Or(False, *self._approvals()))
        found = [*self._compare(nobody)]
        return found or [*self._compare(self.z3.BoolVal(True))]

    def _compare(self, only: Any) -> Iterator[Change | Undecided]:
        for direction, whole in self._questions():
            question = self.z3.And(only, whole)
            answer = self.solver.check(question)
            if answer == self.z3.sat:
                yield self._show(direction, question)
            elif answer != self.z3.unsat:
                yield Undecided(self.name, direction, f"the solver gave up after {TIMEOUT_MS / 1000:g} s")
            elif self.symbols.narrowed:
                asked = ", ".join(sorted(self.symbols.narrowed))
                why = f"only the values that the policies name were compared: {asked}"
                yield Undecided(self.name, direction, why)

    def _questions(self) -> Iterator[tuple[Direction, Any]]:
        z3, before, after = self.z3, self.old.outlook, self.new.outlook
        yield "allows", z3.And(after.any_of(z3, *RUNS), z3.Not(before.any_of(z3, *RUNS)))
        yield "refuses", z3.And(after.any_of(z3, *REFUSED), z3.Not(before.any_of(z3, *REFUSED)))
        others = [
            z3.Xor(before.asks.get(role, False), after.asks.get(role, False))
            for role in {*before.asks, *after.asks}
        ]
        was = before.by_verdict[Verdict.ASK]
        yield "asks", z3.And(after.by_verdict[Verdict.ASK], z3.Or(z3.Not(was), *others))
        halts = z3.Xor(before.by_verdict[Verdict.HALT], after.by_verdict[Verdict.HALT])
        changed = z3.Xor(before.by_verdict[Verdict.TRANSFORM], after.by_verdict[Verdict.TRANSFORM])
        same = [z3.And(before.any_of(z3, *kind), after.any_of(z3, *kind)) for kind in (RUNS, REFUSED)]
        yield "changes", z3.Or(z3.And(same[0], changed), z3.And(same[1], halts))

    def _show(self, direction: Direction, question: Any) -> Change | Undecided:
        """The plainest request that the solver finds, judged by both bundles."""
        kept = [question]
        for soft in self._plainness():
            if self.solver.check(*kept, soft) == self.z3.sat:
                kept.append(soft)
        self.solver.check(*kept)
        model = self.solver.model()
        agent = self.agents[int(model.eval(self.symbols.who, model_completion=True).as_long())]
        target = self.targets[int(model.eval(self.symbols.what, model_completion=True).as_long())]
        context = read_model(self.symbols, model)
        self.drawn = {
            rule: int(model.eval(symbol, model_completion=True).as_long())
            for rule, symbol in self.symbols.draws.items()
        }
        foreseen = tuple(self._foreseen(side, model) for side in (self.old, self.new))
        found = self._confirm(agent, target, context, foreseen)
        if found is None:
            return Undecided(self.name, direction, self._doubt())
        example, before, after = found
        return Change(self.name, direction, str(before), str(after), example, _deciding(before, after))

    def _confirm(
        self, agent: str, target: str, context: dict[str, Any], foreseen: tuple[Verdict, ...]
    ) -> tuple[Example, Said, Said] | None:
        """What both bundles really say: of arguments that lead to the context, or of the context itself."""
        shown = show_context(context) | ({"drawn": self.drawn} if self.drawn else {})
        for filler in (
            *FILLERS,
            *(f"someone@{text}" for text in self.symbols.texts if "." in text[:FILLER_MAX]),
        ):
            request = make_request(self.kind, target, agent, context, self.gate.contract, filler=filler)
            said = [self._judge_request(side, request) for side in (self.old, self.new)]
            if _verdicts(said) == foreseen:
                example = Example(agent, target, request.arguments, shown, exact=True)
                return example, *cast("tuple[Said, Said]", tuple(said))
        said = [self._judge_context(side, agent, target, context) for side in (self.old, self.new)]
        if _verdicts(said) != foreseen:
            return None
        arguments = cast("dict[str, Any]", plain_value(context.get("args", {})))
        example = Example(agent, target, arguments, shown, exact=False)
        return example, *cast("tuple[Said, Said]", tuple(said))

    def _foreseen(self, side: _Side, model: Any) -> Verdict:
        by_verdict = side.outlook.by_verdict
        return next(
            (
                one
                for one, when in by_verdict.items()
                if self.z3.is_true(model.eval(when, model_completion=True))
            ),
            Verdict.DENY,
        )

    def _judge_request(self, side: _Side, request: Any) -> Said | None:
        """What a bundle says of the request itself; None when it cannot be projected."""
        if side.gate is None:
            return Said(Verdict.DENY, rules=("holdfast:contract",))
        try:
            context = side.gate.project(request)
        except (Invalid, ValueError, KeyError):
            return None
        return self._judge_context(side, request.action.actor.agent, request.action.target, context)

    def _judge_context(self, side: _Side, agent: str, target: str, context: dict[str, Any]) -> Said | None:
        """What a bundle says of a context."""
        if side.gate is None:
            return Said(Verdict.DENY, rules=("holdfast:contract",))
        who = side.principals[self.agents.index(agent)]
        what = side.resources[self.targets.index(target)]
        world = {**side.bundle.terms.directory.world, who.entity: who.node, what.entity: what.node}
        fixed = {path[0]: value for path, value in fixed_values(side.gate.contract).items()}
        whole = Record({**context, **fixed})
        judged = side.gate.judge(
            who.entity, who.node.ancestors, what.entity, what.node.ancestors, whole, world
        )
        return say(count(judged, side.levels, self.drawn), reached=who.reaches)

    def _doubt(self) -> str:
        if self.symbols.open:
            return f"it depends on {', '.join(sorted(self.symbols.open)[:3])}, which is not translated"
        return "a request that would show it was found, but could not be confirmed"

    def _plainness(self) -> Iterator[Any]:
        """What makes a request plain: nobody approved, nothing is labelled, it is noon."""
        z3, symbols = self.z3, self.symbols
        sets = [z3.Not(one) for members in symbols.sets.values() for one in members.held.values()]
        if sets:
            yield z3.And(*sets)
        yield from sets[:SOFT_MAX]
        for path, value in symbols.values.items():
            if len(path) == 1 and path[0] in PLAIN:
                yield value == PLAIN[path[0]]
        yield symbols.who == 0

    def _approvals(self) -> Iterable[Any]:
        approvals = self.symbols.sets.get(("approvals",))
        return approvals.held.values() if approvals else ()

    def _ranges(self) -> Iterator[Any]:
        for symbol, some in ((self.symbols.who, self.agents), (self.symbols.what, self.targets)):
            yield symbol >= 0
            yield symbol < len(some)

    def _side(self, bundle: Bundle, gate: Gate | None) -> _Side:
        if gate is None:
            return _Side(bundle, None, (), (), refuse_always(self.z3), {})
        principals = find_principals(bundle, self.agents, self.name, self.kind)
        resources = find_resources(gate, self.targets)
        levels = graded(gate.policies, bundle.terms.enforcement)
        outlook = look_out(self.symbols, gate, principals, resources, levels=levels)
        return _Side(bundle, gate, principals, resources, outlook, levels)


def _verdicts(said: Iterable[Said | None]) -> tuple[Verdict | None, ...]:
    return tuple(one.verdict if one else None for one in said)


def _deciding(before: Said, after: Said) -> tuple[str, ...]:
    """The rules that decide in one of the bundles only; what merely permits is told when nothing else is."""
    refusing = {rule for said in (before, after) if said.verdict is not Verdict.ALLOW for rule in said.rules}
    only = {*before.rules} ^ {*after.rules}
    return tuple(sorted(only & refusing or only or {*after.rules}))


def _merge(gates: list[Gate | None]) -> Context:
    """What is known of contexts in either bundle; where they know different things, the newer counts."""
    merged: Context | None = None
    for gate in gates:
        if gate is None:
            continue
        here = context_of(gate.contract, gate.policies)
        if gate.kind is not Kind.TOOL:
            here = context_of(Contract(gate.contract.tool, parameters={"properties": {}}), gate.policies)
        if merged is not None:
            attributes = {**merged.shape.attributes, **here.shape.attributes}
            here = here._replace(shape=here.shape._replace(attributes=attributes))
        merged = here
    return cast("Context", merged)


def _names(policies: list[Policy], kind: str, names: set[str]) -> tuple[str, ...]:
    """The agents declared, those that policies name, and one that nobody has heard of."""
    found = sorted({*names, *(entity for policy in policies for entity in entities_of(policy.form, kind))})
    fresh = SOMEBODY if SOMEBODY not in found else f"{SOMEBODY}-else"
    return (*found[:CANDIDATES_MAX], fresh)


def _targets(policies: list[Policy], kind: Kind) -> tuple[str, ...]:
    """What else than a tool may be acted on: what policies name, one below each provider, and another."""
    named = {one for policy in policies for one in entities_of(policy.form, RESOURCES[kind])}
    named |= {f"{one}/other" for policy in policies for one in entities_of(policy.form, "Provider")}
    return (*sorted(named)[:CANDIDATES_MAX], f"other/{kind}")
