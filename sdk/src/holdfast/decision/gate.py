"""A gate: everything compiled about one action, so that deciding it looks nothing up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from holdfast.action import RESERVED_PREFIX, Contract, Effect, Kind
from holdfast.decision.cedar import (
    Entity,
    Forbids,
    Judge,
    Node,
    Permits,
    Policy,
    Record,
    Shape,
    applies,
    compile_fast,
    compile_forbids,
    compile_permits,
)
from holdfast.decision.projection import Project, context_shape, make_projection
from holdfast.decision.schema import validate
from holdfast.decision.validation import Validator, make_validator
from holdfast.decision.view import make_view

TOOL_GROUP: Final = "holdfast:tool"
EFFECT_GROUP: Final = "holdfast:effect:"
EGRESS_GROUP: Final = "holdfast:egress"
IRREVERSIBLE_GROUP: Final = "holdfast:irreversible"
AGENT_GROUP: Final = "holdfast:agent"
"""What an agent does apart from using tools: start, think, delegate, speak, remember."""

RESOURCES: Final = {
    Kind.TOOL: "Tool",
    Kind.MODEL: "Model",
    Kind.MEMORY: "Memory",
    Kind.START: "Agent",
    Kind.DELEGATE: "Agent",
    Kind.MESSAGE: "Agent",
    Kind.OUTPUT: "Agent",
}
"""The Cedar type of what each kind of action acts on."""
GROUPS: Final = frozenset(
    {TOOL_GROUP, EGRESS_GROUP, IRREVERSIBLE_GROUP, AGENT_GROUP}
    | {EFFECT_GROUP + effect for effect in Effect}
    | {RESERVED_PREFIX + kind for kind in Kind}
)
"""Every action name beginning with `holdfast:` that a policy can use."""


class Gate(msgspec.Struct, frozen=True):
    """What is compiled about one action."""

    kind: Kind
    contract: Contract
    policies: tuple[Policy, ...]
    judge: Judge
    permits: Permits
    project: Project
    shape: Shape
    """The type of what `project` makes."""
    within: frozenset[Entity]
    """The action and every group it is in."""
    validator: Validator | None
    """None when the arguments are a framework's own and no contract describes them."""
    resource: Entity
    resource_ancestors: frozenset[Entity]
    node: Node
    irreversible: bool
    consequential: bool
    """Whether untrusted text must not choose what it does: it leaves the house or cannot be undone."""
    brings: tuple[str, ...]
    """Labels that its result brings into the session."""
    fingerprint: str
    """The contract's."""

    @property
    def fixed_micro_usd(self) -> int:
        """What every call costs, beside what is estimated for it."""
        return self.contract.cost_micro_usd if self.kind is Kind.TOOL else 0


def groups_of(kind: Kind, contract: Contract) -> tuple[str, ...]:
    """The action groups an action is in."""
    if kind is not Kind.TOOL:
        return (AGENT_GROUP,)
    groups = [TOOL_GROUP, EFFECT_GROUP + contract.effect]
    if contract.egress:
        groups.append(EGRESS_GROUP)
    if contract.irreversible:
        groups.append(IRREVERSIBLE_GROUP)
    return tuple(groups)


def action_name(kind: Kind, contract: Contract) -> str:
    """The Cedar name of an action."""
    return contract.tool if kind is Kind.TOOL else RESERVED_PREFIX + kind


def make_gate(kind: Kind, contract: Contract, policies: Iterable[Policy]) -> Gate:
    """Compile what the policies say about one action.

    Raises:
        PolicySyntaxError: a policy does not fit the contract.
        Misconfigured: the contract's schema cannot be used.
    """
    name, groups, resource = action_name(kind, contract), groups_of(kind, contract), RESOURCES[kind]
    action = Entity("Action", name)
    within = frozenset({action, *(Entity("Action", group) for group in groups)})
    chosen = tuple(
        p for p in policies if applies(p.action, action, within) and _concerns(p.resource, resource)
    )
    shape = context_shape(contract, with_arguments=kind is Kind.TOOL, policies=chosen)
    validate(chosen, action=name, groups=groups, resource=resource, context=shape)
    entity = Entity(resource, contract.tool)
    return Gate(
        kind=kind,
        contract=contract,
        policies=chosen,
        judge=compile_fast(chosen, action=action, groups=within, context=shape),
        permits=compile_permits(chosen, action=action, groups=within, context=shape),
        project=make_projection(chosen, shape, contract),
        shape=shape,
        within=within,
        validator=make_validator(contract) if kind is Kind.TOOL else None,
        resource=entity,
        resource_ancestors=frozenset({entity}),
        node=tool_node(contract),
        irreversible=contract.irreversible,
        consequential=kind is Kind.TOOL and (contract.egress or contract.irreversible),
        brings=contract.output_labels if kind is Kind.TOOL else (),
        fingerprint=contract.fingerprint(),
    )


def compile_view(gate: Gate) -> Permits:
    """`permits` for the hot path, which reads what it needs from the action and the session themselves."""
    view = make_view(gate.policies, gate.shape, gate.contract)
    return compile_permits(
        gate.policies, action=action_entity(gate), groups=gate.within, context=gate.shape, view=view
    )


def compile_refusals(gate: Gate) -> Forbids:
    """Which forbids hold, in the gate's order, read in the same way."""
    view = make_view(gate.policies, gate.shape, gate.contract)
    return compile_forbids(
        gate.policies, action=action_entity(gate), groups=gate.within, context=gate.shape, view=view
    )


def action_entity(gate: Gate) -> Entity:
    """The action as Cedar names it."""
    return Entity("Action", action_name(gate.kind, gate.contract))


def tool_node(contract: Contract) -> Node:
    """A tool as Cedar sees it."""
    attributes = Record(
        name=contract.tool,
        effect=str(contract.effect),
        egress=contract.egress,
        reversible=contract.reversible,
        environment=contract.environment,
    )
    return Node(attributes, Record(), frozenset({Entity("Tool", contract.tool)}))


def resource_node(kind: Kind, target: str) -> tuple[Entity, Node]:
    """A model, a memory or an agent that is acted on, as Cedar sees it."""
    entity = Entity(RESOURCES[kind], target)
    ancestors = {entity}
    if kind is Kind.MODEL and "/" in target:
        ancestors.add(Entity("Provider", target.partition("/")[0]))
    attributes = Record(name=target, owner="") if entity.type == "Agent" else Record(name=target)
    return entity, Node(attributes, Record(), frozenset(ancestors))


def _concerns(scope: Mapping[str, Any], resource: str) -> bool:
    """Whether a policy with this resource scope can speak about resources of the type."""
    named = scope.get("entity_type") or scope.get("entity", {}).get("type")
    # A model can also be named by its provider.
    return named in {None, resource} or (resource == "Model" and named == "Provider")
