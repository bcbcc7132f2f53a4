"""Rules that say what another one says already, and rules that can never apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from holdfast.decision.cedar import Policy, Why
from holdfast.decision.gate import Gate
from holdfast.decision.lint.finding import Lint, Severity, about
from holdfast.decision.lint.written import Written
from holdfast.decision.plausible import context_of, find_never


def check_duplicates(written: Written) -> Iterator[Lint]:
    """Policies that are the same but for their id and their message."""
    seen: dict[bytes, Policy] = {}
    for policy in written.policies:
        first = seen.setdefault(_meaning(policy), policy)
        if first is not policy:
            where = f"{first.source}:{first.line}"
            yield about(
                policy, "duplicate", f"this is the rule {first.id} ({where}) again", suggestion="Delete one."
            )


def check_shadows(written: Written) -> Iterator[Lint]:
    """Rules that one without a condition makes needless, and permits that one forbids altogether."""
    for policy, gates in in_gates(written):
        wider = [_wider(policy, gate) for gate in gates]
        if not all(wider):
            continue
        other = next(iter(wider[0]))
        if other.effect == policy.effect:
            yield about(
                policy, "shadowed", f"the rule {other.id} says this already, without a condition",
                suggestion="Delete one of them.", severity=Severity.INFO,
            )  # fmt: skip
        else:
            message = f"nothing comes of this permit: the rule {other.id} forbids all of it"
            yield about(
                policy, "contradiction", message, suggestion="Narrow the forbid, or delete the permit."
            )


def check_never(written: Written) -> Iterator[Lint]:
    """Policies that can apply to none of the tools there are; those that name one are refused at load."""
    for policy, gates in in_gates(written):
        reasons: list[Why | None] = [
            find_never(policy, context_of(gate.contract, gate.policies)) for gate in gates
        ]
        if reasons and reasons[0] and all(reasons):
            message = f"this applies to none of the tools there are: {reasons[0].message}"
            yield about(policy, "never-true", message, needle=reasons[0].needle, suggestion=reasons[0].hint)


def in_gates(written: Written) -> Iterator[tuple[Policy, list[Gate]]]:
    """Every policy with the tools that it is about; those about none are left out."""
    gates: dict[str, list[Gate]] = {}
    for gate in written.tools.values():
        for policy in gate.policies:
            gates.setdefault(policy.id, []).append(gate)
    for policy in written.policies:
        if policy.id in gates:
            yield policy, gates[policy.id]


def _wider(policy: Policy, gate: Gate) -> list[Policy]:
    """The unconditional policies of a gate that settle whatever this one could say there."""
    return [one for one in gate.policies if one.id != policy.id and _settles(one, policy)]


def _settles(one: Policy, policy: Policy) -> bool:
    if one.conditions or not (
        _covers(one.principal, policy.principal) and _covers(one.resource, policy.resource)
    ):
        return False
    if policy.effect == "permit" and one.effect == "forbid":
        return not one.cure and not one.on
    alike = one.effect == policy.effect and (one.cure, one.on) == (policy.cure, policy.on)
    return alike and bool(policy.conditions)


def _covers(wide: Mapping[str, Any], narrow: Mapping[str, Any]) -> bool:
    return wide["op"] == "All" or wide == narrow


def _meaning(policy: Policy) -> bytes:
    what = [
        policy.effect,
        policy.principal,
        policy.action,
        policy.resource,
        policy.conditions,
        policy.cure,
        policy.on,
    ]
    return msgspec.json.encode(what, order="sorted")
