"""Who may act at all, and on what: the agents a policy declares and their scopes."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from holdfast.action import Action, Kind
from holdfast.decision.cedar import Entity, Node, Record

ANY: Final = "*"


class Agent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a policy file says of one agent; `*` speaks for every agent that is not named."""

    tools: tuple[str, ...] = (ANY,)
    """Tools it may ever use; `*` stands for any run of characters."""
    models: tuple[str, ...] = (ANY,)
    """Models it may ever use, as `provider/model`."""
    agents: tuple[str, ...] = (ANY,)
    """Agents it may delegate or hand over to."""
    roles: tuple[str, ...] = ()
    owner: str = ""
    team: str = ""
    """Whose budget it uses, beside its own."""

    def may_reach(self, action: Action) -> bool:
        """Whether the action's target lies within this agent's scope."""
        match action.kind:
            case Kind.TOOL:
                return _matches(self.tools, action.target)
            case Kind.MODEL:
                return _matches(self.models, action.target)
            case Kind.DELEGATE:
                return _matches(self.agents, action.target)
            case _:
                return True


class Authority(msgspec.Struct, frozen=True):
    """The scope of one link of a chain, as it was when it handed work over: it is never widened.

    A policy that is narrowed later narrows it at once, because the rules in force are asked, too.
    """

    agent: str
    tools: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()

    def reaches(self, action: Action) -> bool:
        """Whether the action's target lies within it."""
        return Agent(self.tools, self.models, self.agents).may_reach(action)


def weakest(authorities: tuple[Authority, ...], action: Action) -> str:
    """The first link that could not reach the action's target when it handed over; empty when all could."""
    return next((one.agent for one in authorities if not one.reaches(action)), "")


class Principal(msgspec.Struct, frozen=True):
    """An agent as Cedar sees it."""

    entity: Entity
    ancestors: frozenset[Entity]
    agent: Agent
    node: Node
    free: bool
    """Whether every target is within its scope."""


def find_agent(agents: Mapping[str, Agent], name: str) -> Agent | None:
    """The declaration that speaks for this agent, if any does."""
    return agents.get(name) or agents.get(ANY)


def make_principal(name: str, agent: Agent) -> Principal:
    """An agent as Cedar sees it: an `Agent` in its `Role`s."""
    entity = Entity("Agent", name)
    ancestors = frozenset({entity, *(Entity("Role", role) for role in agent.roles)})
    node = Node(Record(name=name, owner=agent.owner), Record(), ancestors)
    scopes = (agent.tools, agent.models, agent.agents)
    return Principal(entity, ancestors, agent, node, free=all(ANY in scope for scope in scopes))


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    return (
        ANY in patterns or name in patterns or any(fnmatchcase(name, one) for one in patterns if ANY in one)
    )
