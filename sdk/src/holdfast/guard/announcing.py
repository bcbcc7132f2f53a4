"""What this process knows of agents and tools, and tells the server once."""

from __future__ import annotations

import logging
from typing import Final

from holdfast.action import Actor, Contract
from holdfast.action.contracts import TOLD, drift
from holdfast.client import Link
from holdfast.guard.rules import Rules

CHANGES_TOLD: Final = 3
"""Changes of a contract that one line in the log names."""
AGENTS_MAX: Final = 1_000
"""Agents that one process tells the server of."""

HINT: Final = "an agent's name says what it is, not for whom or how often it runs"

log = logging.getLogger("holdfast")


class Announcing:
    """Registers agents and contracts; each of them once."""

    def __init__(self, rules: Rules, link: Link) -> None:
        self._rules = rules
        self._link = link
        self._said = False
        self._announced: set[tuple[Actor, tuple[str, ...], tuple[str, ...], str]] = set()

    def announce(
        self, actor: Actor, *, tools: tuple[str, ...], models: tuple[str, ...], framework: str
    ) -> None:
        """Tell the server of an agent, once for all that is known of it."""
        about = (actor, tools, models, framework)
        if about in self._announced or self._is_full():
            return
        self._announced.add(about)
        note = {"agent": actor.agent, "version": actor.version, "owner": actor.owner, "framework": framework}
        self._link.register(agents=[{**note, "tools": list(tools), "models": list(models)}])

    def _is_full(self) -> bool:
        """Whether nobody else is told of; the log says so once."""
        if len(self._announced) < AGENTS_MAX:
            return False
        if not self._said:
            self._said = True
            log.warning("holdfast: the server is told of %d agents, and of no more: %s", AGENTS_MAX, HINT)
        return True

    def learn(self, contract: Contract) -> Contract:
        """Make a tool known; returns the contract that counts."""
        before = self._rules.bundle
        effective = self._rules.learn(contract)
        if self._rules.bundle is before:
            return effective
        own = drift(effective, contract, fields=TOLD) if contract.inferred else None
        if own is not None:
            named = "; ".join(change.told for change in own.changes[:CHANGES_TOLD])
            log.warning("holdfast: %s is not what the policies say of it: %s", contract.tool, named)
        if own is not None or before.contracts.get(contract.tool) != effective:
            self._link.register(tools=(effective,), told=() if own is None else (contract,))
        return effective
