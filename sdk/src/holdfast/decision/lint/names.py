"""Names that nobody has: tools, agents, roles, arguments, approvers."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator

from holdfast.decision.agents import ANY
from holdfast.decision.cedar import Policy, did_you_mean
from holdfast.decision.cedar.naming import entities_of, scope_actions
from holdfast.decision.gate import GROUPS, Gate
from holdfast.decision.lint.finding import Lint, Severity, about
from holdfast.decision.lint.written import Written, texts_of
from holdfast.decision.plausible import context_of, is_undescribed, unknown_attributes

NEAR = 0.85
"""How alike two names are of which one is taken for a slip of the other."""


def check_cover(written: Written) -> Iterator[Lint]:
    """Tools that no policy lets anybody use, and agents that nobody declared."""
    if not written.bundle.agents:
        message = "no agent is declared, so every action is refused"
        yield Lint("no-agents", Severity.WARNING, message, suggestion="Add: agents: {'*': {}}")
    for name, gate in sorted(written.tools.items()):
        if not any(policy.effect == "permit" for policy in gate.policies):
            message = f"no policy covers tool {name}: it is always refused"
            yield Lint(
                "uncovered-tool", Severity.WARNING, message, suggestion="Add it to an allow_tools rule."
            )


def check_actions(written: Written) -> Iterator[Lint]:
    """Tools that have no contract."""
    known = {*written.tools, *GROUPS}
    for policy in written.policies:
        for name in scope_actions(policy):
            if name not in known:
                near = did_you_mean(name, written.tools) if _near(name, written.tools) else ""
                message = f"{name} has no contract yet, so this rule says nothing"
                yield about(policy, "unknown-tool", message, needle=name, suggestion=near)


def check_agents(written: Written) -> Iterator[Lint]:
    """Agents that are not declared, and roles that nobody has."""
    agents = written.bundle.agents
    names = {*agents} - {ANY}
    roles = {role for agent in agents.values() for role in agent.roles}
    for policy in written.policies:
        for name in dict.fromkeys(entities_of(policy.form, "Agent")):
            if name not in agents and (ANY not in agents or _near(name, names)):
                message = f"no agent {name} is declared"
                yield about(
                    policy, "unknown-agent", message, needle=name, suggestion=did_you_mean(name, names)
                )
        for name in dict.fromkeys(entities_of(policy.form, "Role")):
            if name not in roles:
                message = f"no agent has the role {name}"
                yield about(
                    policy, "unknown-role", message, needle=name, suggestion=did_you_mean(name, roles)
                )


def check_arguments(written: Written) -> Iterator[Lint]:
    """Arguments that no tool has which the policy speaks about."""
    gates = [gate for gate in written.tools.values() if gate.policies]
    undescribed = {policy.id for gate in gates if is_undescribed(gate.contract) for policy in gate.policies}
    for policy in written.policies:
        about_it = [gate for gate in gates if any(one.id == policy.id for one in gate.policies)]
        if about_it and policy.id not in undescribed and not policy.generated:
            yield from _unknown_arguments(policy, about_it)


def check_approvers(written: Written, approvers: Iterable[str] | None) -> Iterator[Lint]:
    """Approvals that nobody can give, that would lift nothing, or whose name looks like a slip."""
    used = Counter(policy.cure.partition(":")[2] for policy in written.policies if policy.cure)
    held = None if approvers is None else {*approvers}
    for policy in written.policies:
        role = policy.cure.partition(":")[2]
        if not role:
            continue
        if not any(text == role for text in _approvals(policy)):
            message = f"an approval by {role} would not lift this"
            lift = f'Add: unless {{ context.approvals.contains("{role}") }}'
            yield about(policy, "idle-approval", message, needle="@cure", suggestion=lift)
        if held is not None and role not in held:
            message = f"nobody has the role {role}, so nobody can approve this"
            yield about(policy, "unknown-approver", message, needle=role, suggestion=did_you_mean(role, held))
        slip = [one for one in _near(role, {*used} - {role}) if used[one] > used[role]]
        if held is None and slip:
            message = f"the approver {role} looks like a slip of {slip[0]}"
            yield about(
                policy, "unknown-approver", message, needle=role, suggestion=f"Did you mean {slip[0]}?"
            )


def _unknown_arguments(policy: Policy, gates: list[Gate]) -> Iterator[Lint]:
    asked = [
        {(path, name): known for path, name, known in unknown_attributes(policy, context.shape)}
        for context in (context_of(gate.contract, gate.policies) for gate in gates)
    ]
    for path, name in asked[0]:
        if all((path, name) in one for one in asked):
            known = {other for one in asked for other in one[path, name]}
            message = f"none of the tools that this is about has `{'.'.join((*path, name))}`"
            suggestion = did_you_mean(name, known) if known else ""
            yield about(policy, "unknown-argument", message, needle=name, suggestion=suggestion)


def _approvals(policy: Policy) -> Iterator[str]:
    """The texts that the conditions name, the roles whose approval they look for among them."""
    for clause in policy.conditions:
        yield from texts_of(clause.body)


def _near(name: str, known: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(name, list(known), n=1, cutoff=NEAR)
