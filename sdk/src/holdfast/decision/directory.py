"""Everyone and everything that policies can name, as Cedar sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from holdfast.action import Action, Actor
from holdfast.decision.agents import Agent, Authority, Principal, find_agent, make_principal
from holdfast.decision.cedar import Entity, Node
from holdfast.decision.gate import Gate, resource_node

KNOWN_MAX: Final = 4_096
"""How many agents, models, memories and chains that no policy names are remembered in compiled form."""


class Links(msgspec.Struct, frozen=True, gc=False):
    """A chain as Cedar sees it."""

    chain: tuple[Actor, ...]
    """The chain itself: the same actors in another object are found out about anew."""
    principals: tuple[Principal, ...]
    """One for each link, the actor last."""
    actor: Actor
    free: bool
    """Whether every target is within the scope of each."""
    only: Principal | None
    """The actor, when nobody stands behind it."""


class Directory:
    """Who may act at all, and what they act on; it remembers only what can be computed again."""

    def __init__(self, agents: Mapping[str, Agent], gates: Iterable[Gate]) -> None:
        self.agents = agents
        self.world: dict[Entity, Node] = {gate.resource: gate.node for gate in gates}
        self._principals: dict[str, Principal] = {}
        self.known: dict[int, Links] = {}
        """What was found out about chains, by their `id`: a run's chain stays one object."""

    def principal(self, name: str) -> Principal | None:
        """The agent as Cedar sees it; None when no policy speaks for it."""
        found = self._principals.get(name)
        if found is not None:
            return found
        agent = find_agent(self.agents, name)
        if agent is None:
            return None
        made = make_principal(name, agent)
        if len(self._principals) < KNOWN_MAX:
            self._principals[name] = made
            self.world[made.entity] = made.node
        return made

    def links(self, chain: tuple[Actor, ...]) -> Links | None:
        """A chain as Cedar sees it; None when it names somebody who is not known."""
        links = self.known.get(id(chain))
        if links is not None and links.chain is chain:
            return links
        found = [self.principal(actor.agent) for actor in chain]
        principals = tuple(principal for principal in found if principal is not None)
        if not chain or len(principals) < len(found):
            return None
        free = all(principal.free for principal in principals)
        links = Links(chain, principals, chain[-1], free, principals[0] if len(principals) == 1 else None)
        if len(self.known) >= KNOWN_MAX:
            self.known.clear()
        # It keeps the chain as well, so that the id stays its own.
        self.known[id(chain)] = links
        return links

    def freeze(self, chain: Iterable[Actor], *, above: tuple[Authority, ...] = ()) -> tuple[Authority, ...]:
        """The authority that a chain hands over: what was handed to it, and what each of its links can reach.

        Links that can reach everything are left out: they limit nothing.
        """
        found = list(above)
        for link in chain:
            principal = self.principal(link.agent)
            if principal is None:
                found.append(Authority(link.agent))
            elif not principal.free:
                scope = principal.agent
                found.append(Authority(link.agent, scope.tools, scope.models, scope.agents))
        return tuple(dict.fromkeys(found))

    def resource(self, action: Action) -> tuple[Entity, frozenset[Entity]]:
        """The model, memory or agent that is acted on, and everything that is in."""
        entity, node = resource_node(action.kind, action.target)
        if entity not in self.world and len(self.world) < KNOWN_MAX:
            self.world[entity] = node
        return entity, node.ancestors
