"""What is answered about a decision, and what of it is shown to people: without secrets."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from holdfast.action import Action
from holdfast.decision import Decision, Situation, Verdict, explain
from holdfast.record import OutcomeRecord, redact, redact_text
from holdfast_server.decision.decisions.contents import Prepared
from holdfast_server.decision.decisions.move import RUNS, Move
from holdfast_server.decision.decisions.proving import Proof
from holdfast_server.decision.decisions.question import Answered, OutcomeNote, Paragraph, Question
from holdfast_server.record.ledger.log import LOG

PREVIEW: Final = 4096


def answer_of(action: Action, decision: Decision, here: Situation, prepared: Prepared) -> Answered:
    """The answer before it has its place in the ledger; explained without looking for what would pass.

    Arguments out of which something was taken before they were judged are not those that were sent: whoever
    runs the call must take the answer's, so the verdict says so.
    """
    verdict, obligations = decision.verdict, decision.obligations
    if prepared.changed and verdict in RUNS:
        verdict, obligations = Verdict.TRANSFORM, (*obligations, f"content:{','.join(prepared.kinds)}")
    told = explain(decision, here, search=False).sections if decision.verdict is not Verdict.ALLOW else ()
    return Answered(
        verdict=verdict.value,
        stage=decision.stage,
        step=action.id,
        run=action.run,
        session=action.session,
        target=action.target,
        reasons=decision.reasons,
        obligations=obligations,
        arguments=decision.arguments,
        digest=decision.digest,
        roles=decision.roles,
        labels=decision.labels,
        unendorsed=decision.unendorsed,
        bundle=decision.bundle,
        took_us=decision.took_ns / 1000,
        timings_us={stage: ns / 1000 for stage, ns in decision.timings_ns},
        explanation=tuple(Paragraph(one.title, one.text) for one in told),
        ledger_index=-1,
    )


def payload_of(decision: Decision, question: Question, shown: dict[str, Any]) -> dict[str, Any]:
    """What people see of a decision.

    Args:
        decision: the decision.
        question: what was asked.
        shown: its arguments without secrets.
    """
    said: dict[str, Any] = {
        "arguments": shown if decision.arguments == question.arguments else redact(decision.arguments),
        "reasons": _redacted(msgspec.to_builtins(decision.reasons)),
        "obligations": _redacted(list(decision.obligations)),
        "unendorsed": _redacted(list(decision.unendorsed)),
        "facts": question.facts or None,
        "would": msgspec.to_builtins(decision.would),
        "timings_ns": dict(decision.timings_ns),
        "took_ns": decision.took_ns,
        "framework": "http",
        "title": redact_text(question.title) if question.title else "",
    }
    return said


def outcome_payload_of(note: OutcomeNote, proof: Proof) -> dict[str, Any]:
    """What people see of an outcome."""
    shown = redact(note.result)
    text = shown if isinstance(shown, str) else msgspec.json.encode(shown).decode()
    result = shown if len(text) <= PREVIEW else f"{text[:PREVIEW]}… ({len(text)} characters)"
    said: dict[str, Any] = {
        "result": result, "error": note.error, "provider": note.provider, "model": note.model
    }  # fmt: skip
    if proof.detail:
        said["observed_detail"] = redact_text(proof.detail)
    if proof.undo is not None:
        said["undo"] = redact(msgspec.to_builtins(proof.undo))
    return said


def outcome_leaf(move: Move, note: OutcomeNote, *, commit: str, labels: tuple[str, ...]) -> OutcomeRecord:
    """What the ledger keeps of an outcome.

    Args:
        move: the outcome.
        note: what was told of it.
        commit: a commitment to its result.
        labels: the session's, from then on.
    """
    action, outcome = move.action, move.outcome
    return OutcomeRecord(
        at_ns=move.at_ns,
        log=LOG,
        step=action.id,
        run=action.run,
        session=action.session,
        status=note.status,
        result_commit=commit,
        cost_micro_usd=outcome.cost_micro_usd if outcome else None,
        tokens_in=note.tokens_in,
        tokens_out=note.tokens_out,
        model=note.model,
        labels=labels,
        error_class=note.error_class,
        observed=outcome.observed if outcome else "",
    )


def _redacted(value: list[Any]) -> list[Any]:
    """The list without secrets; most are empty."""
    return redact(value) if value else value
