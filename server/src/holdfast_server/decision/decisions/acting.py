"""From a question to an action, from a note to an outcome."""

from __future__ import annotations

import hashlib

import msgspec

from holdfast.action import Action, Actor, Contract, Effect, Estimate, Kind, canonicalise, digest
from holdfast.decision import Bundle, Outcome
from holdfast.decision.observed import NOBODY_LOOKED, Observed
from holdfast_server.decision.decisions.move import Held
from holdfast_server.decision.decisions.question import ActorNote, OutcomeNote, Question
from holdfast_server.kit.ids import new_step_id
from holdfast_server.kit.wire import MICRO

KINDS = {kind.value: kind for kind in Kind}


def action_of(question: Question, held: Held, bundle: Bundle) -> Action:
    """The action that a question is about.

    Raises:
        Invalid: the arguments are not plain data.
    """
    arguments, canonical = canonicalise(question.arguments)
    kind, target = KINDS[question.kind], question.target
    actor = _actor(question.actor)
    run, estimate = question.run or held.run, question.estimate
    return Action(
        id=question.id or new_step_id(),
        kind=kind,
        actor=actor,
        target=target,
        arguments=arguments,
        canonical=canonical,
        digest=digest(kind.value, target, canonical),
        effect=_effect(kind, bundle.contracts.get(target)),
        run=run,
        session=question.session,
        trace=question.trace or run,
        parent=question.parent,
        chain=(*map(_actor, question.chain), actor),
        person=question.person,
        estimate=Estimate(estimate.tokens_in, estimate.tokens_out, micro_of(estimate.cost_usd)),
        facts=question.facts or None,
    )


def outcome_of(
    note: OutcomeNote,
    action: Action,
    result: bytes,
    labels: tuple[str, ...] = (),
    *,
    observed: Observed = NOBODY_LOOKED,
) -> Outcome:
    """How an action ended; a tool that says no cost had none, a model's is unknown.

    Args:
        note: what was told.
        action: the action.
        result: the result as JSON.
        labels: what rules about content found in it.
        observed: what the world shows of it.
    """
    cost = micro_of(note.cost_usd)
    return Outcome(
        status=note.status,
        error_class=note.error_class,
        labels=labels,
        result_digest=hashlib.blake2b(result, digest_size=16).hexdigest(),
        result_text=note.result if isinstance(note.result, str) else result.decode(),
        cost_micro_usd=0 if cost is None and action.kind is not Kind.MODEL else cost,
        tokens_in=note.tokens_in,
        tokens_out=note.tokens_out,
        observed=observed,
    )


def contract_of(action: Action, bundle: Bundle) -> Contract | None:
    """The contract that an action's tool has."""
    return bundle.contracts.get(action.target) if action.kind is Kind.TOOL else None


def fingerprint_of(action: Action, bundle: Bundle) -> str:
    """As much of its contract's fingerprint as a record holds."""
    return bundle.fingerprints.get(action.target, "")[:16] if action.kind is Kind.TOOL else ""


def result_json(note: OutcomeNote) -> bytes:
    """A result as its commitment is made of."""
    return msgspec.json.encode(note.result)


def micro_of(usd: float | None) -> int | None:
    """Dollars as micro-dollars; what is unknown stays unknown."""
    return None if usd is None else round(usd * MICRO)


def _effect(kind: Kind, contract: Contract | None) -> Effect:
    if kind is Kind.TOOL:
        return contract.effect if contract else Effect.EXECUTE
    return Effect.SPEND if kind is Kind.MODEL else Effect.EXECUTE


def _actor(note: ActorNote) -> Actor:
    return Actor(note.agent, note.version, note.owner)
