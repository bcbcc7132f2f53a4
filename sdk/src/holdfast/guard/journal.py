"""Two records of every action, before and after, and its span: what was decided and what came of it."""

from __future__ import annotations

import hashlib
import time
from typing import Any, Final, TypedDict

import msgspec

from holdfast.action import Kind
from holdfast.client import Recorder, Shipper
from holdfast.decision import ENGINE, Outcome
from holdfast.guard.conduct import conduct_payload
from holdfast.guard.step import Step
from holdfast.guard.witness import Disagreement
from holdfast.record import (
    AlarmRecord,
    Commitments,
    DecisionWriter,
    OutcomeRecord,
    Span,
    Usage,
    agent_span,
    chat_span,
    encode_leaf,
    tool_span,
)
from holdfast.record import attributes as a
from holdfast.record.ledger import LocalLedger
from holdfast.record.price import Priced
from holdfast.record.span import Attributes, decision_attributes, usage_attributes

TEXT_MAX: Final = 64 * 1024
"""How much of a result is read for endorsement and shown to people."""
_encode = msgspec.json.Encoder(order="sorted").encode


class Journal:
    """Writes the ledger of this process, and has copies sent to the server when there is one."""

    def __init__(
        self,
        ledger: LocalLedger,
        commitments: Commitments,
        *,
        shipper: Shipper | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self.ledger = ledger
        self.shipper = shipper
        self.recorder = recorder
        self._commitments = commitments
        self._decisions = DecisionWriter()

    def decided(self, step: Step) -> None:
        """Write the decision; when this returns, a killed process cannot lose it.

        Raises:
            Unavailable: nothing was written; the action must not run.
            Invalid: the record is too large.
        """
        action = step.action
        leaf = self._decisions.leaf(
            action,
            step.decision,
            at_ns=step.started_ns,
            log=self.ledger.log,
            contract=step.fingerprint,
            args_commit=self._commitments.commit(action.id, "arguments", action.canonical),
            approval=step.approval,
            leases=step.leases,
        )
        receipt = self.ledger.append(leaf)
        step.index = receipt.index
        if self.shipper is not None:
            self.shipper.ship(receipt.log, receipt.index, leaf, _decision_payload(step, step.run.framework))

    def sync(self, step: Step) -> None:
        """Return when the decision is on the disk."""
        self.ledger.sync(step.index)

    def ended(
        self,
        step: Step,
        outcome: Outcome,
        *,
        error: str = "",
        usage: Usage | None = None,
        priced: Priced | None = None,
    ) -> None:
        """Write what came of the step, and its span."""
        step.ended_ns = step.ended_ns or time.time_ns()
        result = outcome.result_text[:TEXT_MAX].encode("utf-8", "replace")
        leaf = encode_leaf(
            OutcomeRecord(
                at_ns=step.ended_ns,
                log=self.ledger.log,
                step=step.id,
                run=step.run.id,
                session=step.run.session.id,
                status=outcome.status,
                result_commit=self._commitments.commit(step.id, "result", result),
                cost_micro_usd=outcome.cost_micro_usd,
                tokens_in=outcome.tokens_in,
                tokens_out=outcome.tokens_out,
                model=step.model.name if step.model else "",
                labels=tuple(sorted(step.run.session.labels))[:64],
                error_class=outcome.error_class,
                observed=outcome.observed,
            )
        )
        receipt = self.ledger.append(leaf)
        number = step.run.next_span() if self.recorder is not None else 0
        if self.shipper is not None:
            payload = _outcome_payload(step, outcome, error, usage, priced)
            if number and step.action.kind is Kind.START:
                payload["number"] = number
            self.shipper.ship(receipt.log, receipt.index, leaf, payload)
        if self.recorder is not None:
            self.recorder.record(_span(step, result, outcome.error_class, usage, priced, number=number))

    def alarm(self, found: Disagreement) -> None:
        """Write down that two engines disagree."""
        leaf = encode_leaf(
            AlarmRecord(
                at_ns=time.time_ns(),
                log=self.ledger.log,
                alarm="disagreement",
                step=found.step,
                run=found.run,
                session=found.session,
                agent=found.agent,
                target=found.target,
                bundle=found.bundle,
                engine=ENGINE,
                ours=found.ours.told,
                stock=found.stock.told,
            )
        )
        receipt = self.ledger.append(leaf)
        if self.shipper is not None:
            self.shipper.ship(receipt.log, receipt.index, leaf)

    def close(self) -> None:
        """Send what can be sent, sign the end of the log and let it go."""
        for outlet in (self.recorder, self.shipper):
            if outlet is not None:
                outlet.close()
        self.ledger.close()


def as_text(value: Any) -> str:
    """A result as text: strings as they are, data as JSON, anything else as it shows itself."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    try:
        return msgspec.json.encode(value, enc_hook=_plainly).decode()
    except Exception:  # noqa: BLE001  # a result that cannot even be shown must not break the run that made it
        return f"<{type(value).__name__}>"


def text_digest(text: str) -> str:
    """A stable digest of a result: unchanged means no progress."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _plainly(value: Any) -> Any:
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if callable(dump) else repr(value)[:TEXT_MAX]


def _decision_payload(step: Step, framework: str) -> dict[str, Any]:
    decision, contract = step.decision, step.contract
    payload: dict[str, Any] = {
        "arguments": step.action.arguments,
        "reasons": msgspec.to_builtins(decision.reasons),
        "obligations": decision.obligations,
        "unendorsed": decision.unendorsed,
        "facts": step.action.facts,
        "would": msgspec.to_builtins(decision.would),
        "timings_ns": decision.timings_ns,
        "took_ns": decision.took_ns,
        "framework": step.framework or framework,
        "title": step.title,
        "digest": decision.digest,
    }
    if step.action.kind is Kind.START and step.run.takes_over:
        payload["takes_over"] = True
    if step.action.kind is Kind.START and step.run.session.tags:
        payload["tags"] = dict(step.run.session.tags)
    if decision.digest != step.asked_digest:
        payload["arguments"], payload["asked"] = decision.arguments, step.action.arguments
    if contract is not None:
        payload["contract"] = {
            "tool": contract.tool,
            "effect": contract.effect,
            "reversible": contract.reversible,
            "critical": contract.critical,
            "description": contract.description[:500],
        }
        payload["schema"] = contract.parameters
    return payload


def _outcome_payload(
    step: Step, outcome: Outcome, error: str, usage: Usage | None, priced: Priced | None
) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "result": outcome.result_text[: 4 * 1024],
        "error": error[: 4 * 1024],
        "duration_ns": step.ended_ns - step.started_ns,
    }
    if step.told:
        payload["told"] = step.told
    if step.conduct is not None:
        payload |= conduct_payload(step.conduct)
    if step.model is not None:
        payload |= {
            "provider": step.model.provider,
            "model": step.model.name,
            "estimated": step.model.estimated,
        }
        if step.model.counted_by:
            payload["counted_by"] = step.model.counted_by
    if usage is not None:
        payload["usage"] = msgspec.to_builtins(usage)
    if priced is not None:
        payload["price"] = {
            "source": priced.source,
            "version": priced.version,
            "model": priced.model,
            "warnings": priced.warnings,
        }
    return payload


class _Times(TypedDict):
    step: str
    parent: str
    start_ns: int
    end_ns: int


def _span(
    step: Step, result: bytes, error: str, usage: Usage | None, priced: Priced | None, *, number: int
) -> Span:
    times = _Times(step=step.id, parent=step.action.parent, start_ns=step.started_ns, end_ns=step.ended_ns)
    about = (a.NUMBER, number), (a.EFFECT, step.action.effect.value)
    extra: Attributes = (*decision_attributes(step.decision), *about)
    if step.conduct is not None and step.conduct.observed:
        extra += ((a.OBSERVED, step.conduct.observed),)
    if usage is not None and priced is not None:
        extra += usage_attributes(usage, priced)
    scope, action, model = step.run.scope, step.action, step.model
    if action.kind is Kind.START:
        return agent_span(scope, **times, error=error, extra=extra)
    if model is not None:
        extra += ((a.RESPONSE_ID, model.id),) if model.id else ()
        return chat_span(
            scope, model.name, **times, provider=model.provider, error=error, extra=extra,
            messages_in=_encode(model.messages_in), messages_out=_encode(model.messages_out),
        )  # fmt: skip
    return tool_span(
        scope, action.target, **times, arguments=_encode(step.arguments), result=result,
        call_id=step.call_id, error=error, extra=extra,
    )  # fmt: skip
