"""Everything that decides, compiled into one immutable value with one hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Set
from types import MappingProxyType
from typing import Final

import msgspec

from holdfast.action import RESERVED_PREFIX, Action, Contract, Kind
from holdfast.action.contracts import check, missing_tools
from holdfast.decision.agents import Agent
from holdfast.decision.breakers import Breakers
from holdfast.decision.cedar import Policy, did_you_mean, parse
from holdfast.decision.content.rules import Content
from holdfast.decision.directory import Directory
from holdfast.decision.enforcement import LEVELS_FILE
from holdfast.decision.gate import GROUPS, Gate, make_gate
from holdfast.decision.limits import Budget, Detectors, Flow
from holdfast.decision.pack import Pack, Rule, gather, join_detectors, join_flow, overlay, read_pack
from holdfast.decision.plan import Plan, make_plan
from holdfast.decision.plausible import ANY_CONTEXT, context_of, is_undescribed, refuse_never, refuse_unknown
from holdfast.decision.rates import RateTerms
from holdfast.decision.schema import named_actions
from holdfast.decision.source import Source as Source  # noqa: PLC0414  # read from here by others, too
from holdfast.decision.terms import Terms, flatten
from holdfast.errors import Misconfigured, PolicySyntaxError

ENGINE: Final = "holdfast-1"
"""Version of the deciding semantics; part of every bundle's hash."""
TOOL: Final = Kind.TOOL
# On CPython 3.11 `Kind.TOOL` costs 0.2 µs each time; what runs in every decision names a member once, here.


class Policies(msgspec.Struct, frozen=True):
    """What the sources say, read once; shared by every bundle that only differs in its tools."""

    sources: tuple[Source, ...]
    written: tuple[Policy, ...]
    """Policies that need no contract to be written."""
    rules: tuple[Rule, ...]
    """Rules about one tool, written when its contract is known."""
    tools: Mapping[str, Mapping[str, object]]
    places: Mapping[str, tuple[str, int, int]]
    """Where a file speaks of each tool: file, line, column."""
    agents: Mapping[str, Agent]
    budgets: tuple[Budget, ...]
    detectors: Detectors
    breakers: Breakers
    rates: tuple[RateTerms, ...]
    flow: Flow
    enforcement: Mapping[str, str]
    """Levels that the files say of rules, wherever these stand."""
    digest: bytes
    content: Content = Content()


class Bundle:
    """An immutable compiled set of policies and contracts.

    The gates of tools that did not change are shared between a bundle and those made from it.
    """

    def __init__(self, policies: Policies, gates: Mapping[str, Gate]) -> None:
        self._policies = policies
        self._gates = dict(gates)
        self.sources = policies.sources
        self.agents = policies.agents
        self.budgets = policies.budgets
        self.detectors = policies.detectors
        self.breakers = policies.breakers
        self.rates = policies.rates
        self.flow = policies.flow
        self.content = policies.content
        tools = {name: gate for name, gate in gates.items() if gate.kind is Kind.TOOL}
        self.contracts: Mapping[str, Contract] = MappingProxyType({n: g.contract for n, g in tools.items()})
        self.fingerprints: Mapping[str, str] = MappingProxyType({n: g.fingerprint for n, g in tools.items()})
        """Of every contract, made once."""
        self.terms = Terms(
            Directory(policies.agents, tools.values()),
            policies.detectors,
            policies.flow,
            flatten(policies.budgets),
            policies.enforcement,
        )
        self.gates: Mapping[str, Gate] = MappingProxyType(self._gates)
        """What is compiled about each action: by the name of the tool, or by `holdfast:<kind>`."""
        self._plans: dict[str, Plan] = {}
        """Of tools."""
        self._other_plans: dict[str, Plan] = {}
        self._uncovered = make_plan(None, self.terms)
        self.hash = _hash(policies, tools)
        self.uncovered = tuple(
            sorted(name for name, gate in tools.items() if all(p.effect != "permit" for p in gate.policies))
        )
        """Tools that no policy allows, so that they are always refused."""
        self.warnings = tuple(_warnings(policies, gates, self.uncovered))

    def with_contracts(self, *contracts: Contract) -> Bundle:
        """This bundle with tools added or replaced; only their gates are compiled.

        Raises:
            PolicySyntaxError: a policy does not fit a contract; this bundle stays as it is.
            Misconfigured: a contract cannot be used.
        """
        made = {contract.tool: _tool_gate(self._policies, contract) for contract in contracts}
        gates = {**self._gates, **made}
        _check_calls(self._policies, gates)
        return Bundle(self._policies, gates)

    def gate(self, action: Action) -> Gate | None:
        """What is compiled about this action; None for a tool without a contract."""
        gate = self._gates.get(_name(action))
        # A tool that calls itself `holdfast:start` must not meet the gate of starting.
        return gate if gate is None or gate.kind is action.kind else None

    def plan(self, action: Action) -> Plan:
        """How this action is judged."""
        if action.kind is TOOL:
            plans, name = self._plans, action.target
        else:
            plans, name = self._other_plans, RESERVED_PREFIX + action.kind
        plan = plans.get(name)
        if plan is not None:
            return plan
        gate = self.gate(action)
        if gate is None:
            return self._uncovered
        # Compiled with the first action, because a bundle is made anew with each tool that is registered.
        plan = plans[name] = make_plan(gate, self.terms)
        return plan

    def rule(self, name: str) -> Policy | None:
        """The policy of this id, if the bundle holds it."""
        for gate in self._gates.values():
            for policy in gate.policies:
                if policy.id == name:
                    return policy
        return None


def compile_bundle(sources: Iterable[Source], *, contracts: Iterable[Contract] = ()) -> Bundle:
    """Compile policy files and contracts.

    Raises:
        PolicySyntaxError: a file cannot be used, at this file, line and column; keep the last good bundle.
        Misconfigured: a contract cannot be used.
    """
    policies = _read(tuple(sources))
    given = {contract.tool: contract for contract in contracts}
    for name in policies.tools:
        given.setdefault(name, Contract(name))
    kinds = (kind for kind in Kind if kind is not Kind.TOOL)
    gates = {
        RESERVED_PREFIX + kind: make_gate(kind, Contract(RESERVED_PREFIX + kind), policies.written)
        for kind in kinds
    }
    gates |= {name: _tool_gate(policies, contract) for name, contract in given.items()}
    _check_calls(policies, gates)
    return Bundle(policies, gates)


def cedar_text(source: Source, contracts: Mapping[str, Contract] | None = None) -> str:
    """The Cedar text that a source stands for: what a person who asks for the policy itself is shown."""
    if source.kind == "cedar":
        return source.text
    pack = read_pack(source.text, source=source.name)
    known = contracts or {}
    return "\n".join(rule.cedar(known.get(rule.preset.about)) for rule in pack.rules)


def _read(sources: tuple[Source, ...]) -> Policies:
    sources, packs = gather(sources)
    rules = [rule for pack in packs for rule in pack.rules]
    written = [policy for rule in rules if not rule.preset.about for policy in rule.policies(None)]
    written += [
        policy for one in sources if one.kind == "cedar" for policy in parse(one.text, source=one.name)
    ]
    bound = tuple(rule for rule in rules if rule.preset.about)
    _check_ids([*written, *(policy for rule in bound for policy in rule.policies(None))])
    _check_meaning(packs, written)
    _check_enforcement(packs, {*(one.id for one in written), *(one.id for one in rules)})
    texts = [f"{one.name}\0{one.kind}\0{one.text}" for one in sources]
    return Policies(
        sources=sources,
        written=tuple(written),
        rules=bound,
        tools=_merge_tools(packs),
        places=_places(sources, packs),
        agents={name: agent for pack in packs for name, agent in pack.agents.items()},
        budgets=tuple(budget for pack in packs for budget in pack.budgets),
        detectors=join_detectors(packs),
        flow=join_flow(packs),
        enforcement=_levels(sources, packs),
        content=Content(tuple(rule for one in packs for rule in one.content.rules)),
        breakers=next((one.breakers for one in reversed(packs) if one.breakers), Breakers()),
        rates=tuple(rate for pack in packs for rate in pack.rates),
        digest=hashlib.sha256("\0\0".join([ENGINE, *texts]).encode()).digest(),
    )


def _check_enforcement(packs: Iterable[Pack], known: Set[str]) -> None:
    """A level is said of a rule that is there, and not of one that was misspelt."""
    for pack in packs:
        for rule in pack.enforcement:
            if not any(f"{one}/".startswith(f"{rule}/") or rule.startswith(f"{one}/") for one in known):
                hint = did_you_mean(rule, known)
                raise pack.problem(f"there is no rule {rule}", ("enforcement", rule), hint=hint)


def _name(action: Action) -> str:
    """The key of an action's gate."""
    return action.target if action.kind is TOOL else RESERVED_PREFIX + action.kind


def _merge_tools(packs: list[Pack]) -> dict[str, dict[str, object]]:
    merged: dict[str, dict[str, object]] = {}
    for pack in packs:
        for name, said in pack.tools.items():
            merged[name] = {**merged.get(name, {}), **said}
    return merged


def _places(sources: Iterable[Source], packs: Iterable[Pack]) -> dict[str, tuple[str, int, int]]:
    names = [one.name for one in sources if one.kind == "yaml"]
    return {
        tool: (name, *place)
        for name, pack in zip(names, packs, strict=True)
        for tool, place in pack.places.items()
    }


def _levels(sources: Iterable[Source], packs: Iterable[Pack]) -> dict[str, str]:
    """Levels by rule: what was set on a server goes before all else, then a later file before an earlier."""
    names = [one.name for one in sources if one.kind == "yaml"]
    last = sorted(zip(names, packs, strict=True), key=lambda one: one[0].rpartition("/")[2] == LEVELS_FILE)
    return {rule: level for _, pack in last for rule, level in pack.enforcement.items()}


def _tool_gate(policies: Policies, contract: Contract) -> Gate:
    if not contract.tool or contract.tool.startswith(RESERVED_PREFIX):
        raise Misconfigured(f"a tool's name may not be empty or begin with {RESERVED_PREFIX}")
    contract = overlay(contract, dict(policies.tools.get(contract.tool, {})))
    bound = [
        policy
        for rule in policies.rules
        if rule.preset.about == contract.tool
        for policy in rule.policies(contract)
    ]
    gate = make_gate(Kind.TOOL, contract, [*policies.written, *bound])
    _check_named(gate)
    return gate


def _check_calls(policies: Policies, gates: Mapping[str, Gate]) -> None:
    """Refuse contracts that ask for what cannot be done, and probes and compensations that fit no tool."""
    known = {name: gate.contract for name, gate in gates.items() if gate.kind is Kind.TOOL}
    for name, contract in known.items():
        # While nobody has said what a tool takes and does, nothing can be held against it.
        if is_undescribed(contract) and "effect" not in policies.tools.get(name, {}):
            continue
        for problem in check(contract, known.get):
            message = f"{'.'.join(('tools', name, *problem.path))}: {problem.message}"
            if name not in policies.places:
                raise Misconfigured(message, hint=problem.hint)
            path, line, column = policies.places[name]
            raise PolicySyntaxError(message, path=path, line=line, column=column, hint=problem.hint)


def _check_ids(policies: list[Policy]) -> None:
    seen: dict[str, Policy] = {}
    for policy in policies:
        first = seen.setdefault(policy.id, policy)
        if first is not policy:
            raise PolicySyntaxError(
                f"the id {policy.id} is taken by {first.source}:{first.line}",
                path=policy.source,
                line=policy.line,
                column=policy.column,
                hint="Give each policy its own @id.",
            )


def _check_meaning(packs: Iterable[Pack], written: Iterable[Policy]) -> None:
    """Refuse what can never apply, whatever the tool."""
    for policy in written:
        _check_groups(policy)
        if not policy.generated:
            refuse_unknown(policy, ANY_CONTEXT)
            refuse_never([policy], ANY_CONTEXT)
    for rule in (rule for pack in packs for rule in pack.rules):
        refuse_never(rule.policies(None), ANY_CONTEXT)


def _check_named(gate: Gate) -> None:
    """Refuse what names this one tool and can never apply to it."""
    if is_undescribed(gate.contract):
        return
    named = [one for one in gate.policies if one.action["op"] == "=="]
    about = context_of(gate.contract, gate.policies)
    for policy in named:
        if not policy.generated:
            refuse_unknown(policy, about)
            refuse_never([policy], about)
    generated = [one for one in named if one.generated]
    for place in dict.fromkeys((one.source, one.line, one.column) for one in generated):
        rule = [one for one in generated if (one.source, one.line, one.column) == place]
        refuse_never(rule, about)


def _check_groups(policy: Policy) -> None:
    for name in {*_scope_actions(policy), *named_actions(policy.form["conditions"])}:
        if name.startswith(RESERVED_PREFIX) and name not in GROUPS:
            raise PolicySyntaxError(
                f"there is no action {name}",
                path=policy.source,
                line=policy.line,
                column=policy.column,
                hint=did_you_mean(name, GROUPS),
            )


def _scope_actions(policy: Policy) -> list[str]:
    scope = policy.action
    named = scope.get("entities") or ([scope["entity"]] if "entity" in scope else [])
    return [str(one["id"]) for one in named]


def _hash(policies: Policies, tools: Mapping[str, Gate]) -> str:
    state = hashlib.sha256(policies.digest)
    for _, gate in sorted(tools.items()):
        state.update(gate.fingerprint.encode())
    return state.hexdigest()


def _warnings(policies: Policies, gates: Mapping[str, Gate], uncovered: Iterable[str]) -> Iterable[str]:
    if not policies.agents:
        yield "No agent is declared, so every action is refused. Add: agents: {'*': {}}"
    tools = {name for name, gate in gates.items() if gate.kind is Kind.TOOL}
    for name in uncovered:
        yield f"No policy covers tool {name}: it is always refused. Add it to an allow_tools rule."
    contracts = {name: gates[name].contract for name in tools}
    for contract in contracts.values():
        for word, needed in missing_tools(contract, contracts.get):
            yield f"The {word} of {contract.tool} calls {needed}, which has no contract yet."
    unknown = {n: p.id for p in policies.written for n in _scope_actions(p) if n not in tools | GROUPS}
    unknown |= {rule.preset.about: rule.id for rule in policies.rules if rule.preset.about not in tools}
    for name, rule in sorted(unknown.items()):
        yield f"Rule {rule} is about {name}, which has no contract yet. {did_you_mean(name, tools)}".strip()
