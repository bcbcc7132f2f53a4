"""An action that nobody takes, to be judged all the same: for proofs, for the tests of policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from holdfast.action import NOTHING, Action, Actor, Effect, Estimate, Kind, canonicalise, digest

NO_STEP: Final = "0" * 16
NO_RUN: Final = "0" * 32


def suppose(
    kind: Kind,
    target: str,
    arguments: dict[str, Any],
    *,
    agent: str,
    version: str = "",
    effect: Effect = Effect.READ,
    chain: Iterable[str] = (),
    person: str = "",
    estimate: Estimate = NOTHING,
    facts: Mapping[str, Any] | None = None,
) -> Action:
    """The action, under ids that stand for none.

    Args:
        kind: which door it would come through.
        target: what it would act on.
        arguments: plain data.
        agent: who would act.
        version: of that agent.
        effect: what it would do to the world.
        chain: agents through whom it was delegated, outermost first, without the last.
        person: on whose behalf.
        estimate: the most it could use.
        facts: what the program around the agent says of it.

    Raises:
        Invalid: the arguments are not plain data.
    """
    plain, canonical = canonicalise(arguments)
    actor = Actor(agent, version)
    return Action(
        id=NO_STEP,
        kind=kind,
        actor=actor,
        target=target,
        arguments=plain,
        canonical=canonical,
        digest=digest(kind, target, canonical),
        effect=effect,
        run=NO_RUN,
        session="supposed",
        trace=NO_RUN,
        chain=(*map(Actor, chain), actor),
        person=person,
        estimate=estimate,
        facts=facts,
    )
