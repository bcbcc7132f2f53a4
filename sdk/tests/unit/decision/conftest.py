"""Actions and bundles for the tests of deciding, made in one line."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from holdfast.action import NOTHING, Action, Actor, Contract, Effect, Estimate, Kind, canonicalise, digest
from holdfast.decision import Bundle, Source, compile_bundle

Act = Callable[..., Action]
Compile = Callable[..., Bundle]

REFUND = Contract(
    "refund",
    parameters={
        "type": "object",
        "properties": {
            "amount": {"type": "integer"},
            "rate": {"type": "number"},
            "to": {"type": "string"},
            "note": {"type": "string"},
        },
        "required": ["amount"],
    },
    effect=Effect.SPEND,
    critical=("to", "amount"),
    payload=("note",),
    egress=True,
)
SEARCH = Contract(
    "search",
    parameters={"type": "object", "properties": {"q": {"type": "string"}}},
    effect=Effect.READ,
    reversible=True,
)
DIRECTORY = Contract("directory", effect=Effect.READ, reversible=True, output_labels=())


@pytest.fixture
def act() -> Act:
    steps = count()

    def make(
        target: str = "search",
        arguments: dict[str, Any] | None = None,
        *,
        kind: Kind = Kind.TOOL,
        agent: str = "ada",
        run: str = "r" * 32,
        chain: tuple[str, ...] = (),
        estimate: Estimate = NOTHING,
    ) -> Action:
        plain, canonical = canonicalise(arguments or {})
        actor = Actor(agent)
        return Action(
            id=f"{next(steps):016x}",
            kind=kind,
            actor=actor,
            target=target,
            arguments=plain,
            canonical=canonical,
            digest=digest(kind, target, canonical),
            effect=Effect.EXECUTE,
            run=run,
            session="s" * 32,
            trace=run,
            chain=(*map(Actor, chain), actor),
            estimate=estimate,
        )

    return make


@pytest.fixture
def compiled() -> Compile:
    """A bundle of Cedar and YAML text; everybody may do everything unless it says otherwise."""

    def make(
        *cedar: str,
        yaml: str = "",
        agents: str = "agents: {'*': {roles: [worker]}}\n",
        contracts: tuple[Contract, ...] = (REFUND, SEARCH, DIRECTORY),
        permissive: bool = True,
    ) -> Bundle:
        rules = '@id("open") permit (principal, action, resource);\n' if permissive else ""
        sources = [
            Source("house.yaml", agents + yaml),
            Source("rules.cedar", rules + "\n".join(cedar), "cedar"),
        ]
        return compile_bundle(sources, contracts=contracts)

    return make
