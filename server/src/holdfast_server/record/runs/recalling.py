"""From the rows of what was recorded back to the values that deciding works on."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any, Final, cast

import msgspec

from holdfast.action import Action, Actor, Effect, Kind, canonicalise, digest
from holdfast.decision import Outcome
from holdfast_server.errors import Invalid
from holdfast_server.record.runs.rows import RunRow, StepRow

KINDS: Final = {str(kind): kind for kind in Kind}
EFFECTS: Final = {str(effect): effect for effect in Effect}


def action_of(row: StepRow, run: RunRow | None) -> Action:
    """The action of a step; without arguments when they did not arrive or are not plain data."""
    kind = KINDS[row.kind]
    try:
        plain, canonical = canonicalise(arguments_of(row))
    except Invalid:
        plain, canonical = {}, b"{}"
    chain = _chain(
        tuple(run.chain) if run else (), row.agent, run.version if run else "", run.owner if run else ""
    )
    return Action(
        id=row.id,
        kind=kind,
        actor=chain[-1],
        target=row.target,
        arguments=plain,
        canonical=canonical,
        digest=digest(kind, row.target, canonical),
        effect=EFFECTS.get(row.effect, Effect.EXECUTE),
        run=row.run,
        session=row.session,
        trace=row.trace,
        parent=row.parent,
        chain=chain,
        person=run.person if run else "",
        facts=row.facts or None,
    )


@lru_cache(4_096)
def _chain(names: tuple[str, ...], agent: str, version: str, owner: str) -> tuple[Actor, ...]:
    """The chain of a run, one object for all of its actions: what was found out about it once is known."""
    before = names[:-1] if names[-1:] == (agent,) else names
    return (*map(Actor, before), Actor(agent, version, owner))


def arguments_of(row: StepRow) -> dict[str, Any]:
    """What it was asked with, as far as it was kept."""
    return cast("dict[str, Any]", row.arguments) if isinstance(row.arguments, dict) else {}


def outcome_of(row: StepRow) -> Outcome:
    """What came of it, for the session."""
    result = msgspec.json.encode(row.result)
    return Outcome(
        status=row.state if row.state in {"done", "failed", "refused", "halted"} else "done",
        error_class=row.error[:200],
        result_digest=hashlib.blake2b(result, digest_size=16).hexdigest(),
        result_text=row.result if isinstance(row.result, str) else result.decode(),
        cost_micro_usd=row.cost_micro_usd if row.kind == "model" else row.cost_micro_usd or 0,
        tokens_in=row.tokens_in,
        tokens_out=row.tokens_out,
    )
