"""Slices of a gate: its policies, narrowed to who asks and what is acted on.

Each pair of a principal and a resource is narrowed when it is seen first, and remembered; pairs that are left
with the same policies share one compiled function.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from holdfast.action import Action, Kind
from holdfast.decision.agents import Principal
from holdfast.decision.cedar import Entity, Permits, compile_fast, head_of
from holdfast.decision.directory import Directory
from holdfast.decision.gate import Gate, action_entity, compile_view

PAIRS_MAX: Final = 4_096
"""Pairs that are remembered; then all are forgotten."""
SLICES_MAX: Final = 256
"""Compiled functions; a pair that needs one more is asked all policies, which says the same."""


class Slice(NamedTuple):
    """What one pair is asked."""

    permits: Permits
    resource: Entity
    ancestors: frozenset[Entity]


class Slices:
    """The slices of one gate."""

    def __init__(self, gate: Gate, directory: Directory) -> None:
        """Begin with none; `pairs` is looked up by the principal's entity and the action's target."""
        self.pairs: dict[tuple[Entity, str], Slice] = {}
        self._gate, self._directory = gate, directory
        self._heads = compile_fast(
            map(head_of, gate.policies), action=action_entity(gate), groups=gate.within, context=gate.shape
        )
        self._compiled: dict[frozenset[str], Permits] = {}
        self._whole = compile_view(gate)

    def cut(self, principal: Principal, action: Action) -> Slice:
        """Find out which policies are worth asking about this pair."""
        gate, directory = self._gate, self._directory
        resource, ancestors = (
            (gate.resource, gate.resource_ancestors) if gate.kind is Kind.TOOL else directory.resource(action)
        )
        found = self._heads(principal.entity, principal.ancestors, resource, ancestors, {}, directory.world)
        # A head that fails says nothing about the rest, so its policy is asked.
        asked = frozenset(policy.id for some in found for policy in some)
        made = Slice(self._permits(asked), resource, ancestors)
        if len(self.pairs) >= PAIRS_MAX:
            self.pairs.clear()
        self.pairs[principal.entity, action.target] = made
        return made

    def _permits(self, asked: frozenset[str]) -> Permits:
        found = self._compiled.get(asked)
        if found is None:
            if len(asked) == len(self._gate.policies) or len(self._compiled) >= SLICES_MAX:
                return self._whole
            policies = tuple(policy for policy in self._gate.policies if policy.id in asked)
            found = compile_view(msgspec.structs.replace(self._gate, policies=policies))
            self._compiled[asked] = found
        return found
