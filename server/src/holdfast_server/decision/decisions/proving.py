"""What a contract asks of a call that somebody else made: its result, its effect, one effect a key."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec

from holdfast.action import Action, Contract, Effect, PostCondition
from holdfast.action.contracts import look_up, resolve
from holdfast.decision import Reason
from holdfast.decision.effects import Effects
from holdfast.decision.observed import (
    Finding,
    Observed,
    compare,
    conclude,
    fail,
    name_unproven,
    read_text,
    say,
    say_unproven,
)
from holdfast.decision.undoing import Undo, find_undo
from holdfast.decision.validation import make_result_validator, problems
from holdfast.errors import Invalid
from holdfast_server.decision.decisions.move import Move, Reading
from holdfast_server.decision.decisions.question import OutcomeNote

RULE: Final = "holdfast:idempotency"
UNREAD: Final = "nobody has called it for this step"
OWN_PROBE: Final = "only the process of the tool can run this probe"
UNCLEAR: Final = frozenset({"TimedOut", "TimeoutError"})
"""Errors after which an effect may still come."""
CUT_OFF: Final = frozenset({"halted", "cancelled"})


class Proof(msgspec.Struct, frozen=True):
    """How a call that was made went, by its contract."""

    note: OutcomeNote
    """As it was told, or failed where the contract does not let it pass for done."""
    observed: Observed = ""
    detail: str = ""
    undo: Undo | None = None


def prove(note: OutcomeNote, began: Move, contract: Contract | None, readings: Sequence[Reading]) -> Proof:
    """Hold what was told of a call against its contract: a claim that nothing shows is no success.

    Args:
        note: what was told.
        began: the decision on the call.
        contract: of its tool.
        readings: what the calls made for it have shown, in their order.
    """
    if contract is None or not contract.has_duties:
        return Proof(note)
    arguments = began.decision.arguments or began.action.arguments
    if note.status == "done":
        return _prove_done(
            note, contract, {"arguments": arguments, "result": read_text(note.result)}, readings
        )
    if contract.effect is not Effect.READ and (note.status in CUT_OFF or note.error_class in UNCLEAR):
        detail = note.error or note.error_class or note.status
        return Proof(note, "unknown", detail, find_undo(contract, {"arguments": arguments}))
    return Proof(note)


def prove_run(note: OutcomeNote, left: Collection[str]) -> Proof:
    """A run that left what the world does not show is no success, whatever it says of itself."""
    if note.status != "done" or not left:
        return Proof(note)
    contradicted = any(told.startswith("contradicted") for told in left)
    kind = "Contradicted" if contradicted else "Unconfirmed"
    observed: Observed = "contradicted" if contradicted else "unknown"
    return Proof(_failed(note, kind, say_unproven(left)), observed, name_unproven(left))


def key_of(action: Action, contract: Contract | None) -> str | None:
    """Digest of what names the effect of a call; empty when its contract asks for none, None without one."""
    if contract is None or not contract.idempotency_key:
        return ""
    values: list[Any] = []
    for name in contract.idempotency_key:
        try:
            values.append(look_up(action.arguments, tuple(name.split(".")), name))
        except Invalid:
            return None
    if any(value is None or value == "" for value in values):
        return None
    return hashlib.sha256(msgspec.json.encode([contract.tool, values], order="sorted")).hexdigest()[:32]


def refuse_repetition(effects: Effects, action: Action, contract: Contract | None) -> Reason | None:
    """Why a call may not have its effect: it was had under this key, may have been, or there is no key."""
    key = key_of(action, contract)
    if contract is None or key == "":
        return None
    if key is None:
        names = " and ".join(contract.idempotency_key)
        told = f"{contract.tool} needs {names}: it names the effect, so that it is had once."
        return Reason(RULE, "contract", told, "Pass a key that is new for each effect.")
    found = effects.find((contract.tool, key), digest=action.digest, repeatable=contract.idempotent)
    if found is None:
        return None
    if isinstance(found, str):
        return Reason(RULE, "contract", found)
    return Reason(RULE, "contract", f"Step {found.step} had this effect already.", "Use its result.")


def _prove_done(
    note: OutcomeNote, contract: Contract, known: dict[str, Any], readings: Sequence[Reading]
) -> Proof:
    undo = find_undo(contract, known)
    found = _mismatches(contract, known["result"])
    if found:
        told = f"the result of {contract.tool} is not as its contract says: {'; '.join(found)}"
        failed = _failed(note, "OutputMismatch", told)
        return Proof(failed) if contract.effect is Effect.READ else Proof(failed, "unknown", told, undo)
    observed, detail = conclude([_read(one, readings, known) for one in contract.postconditions])
    if observed in {"contradicted", "unknown"}:
        kind = "Contradicted" if observed == "contradicted" else "Unconfirmed"
        note = _failed(note, kind, say(contract.tool, observed, detail))
    return Proof(note, observed, detail, undo)


def _mismatches(contract: Contract, data: Any) -> list[str]:
    return problems(make_result_validator(contract.tool, contract.output), data) if contract.output else []


def _read(condition: PostCondition, readings: Sequence[Reading], known: dict[str, Any]) -> Finding:
    """What the readings of one probe show; the last one counts, for the world may take its time."""
    if condition.probe:
        return "unknown", f"{condition.probe}: {OWN_PROBE}"
    try:
        asked = (condition.tool, resolve(condition.arguments, known))
        reading = next((one for one in reversed(readings) if (one.tool, one.arguments) == asked), None)
        if reading is None:
            return "unknown", f"{condition.tool}: {UNREAD}"
        if reading.error_class:
            return fail(condition, [reading.error_class], "")
        return compare(condition, read_text(reading.result), known)
    except Invalid as error:
        return "unknown", error.message


def _failed(note: OutcomeNote, kind: str, told: str) -> OutcomeNote:
    return msgspec.structs.replace(note, status="failed", error_class=kind, error=told)
