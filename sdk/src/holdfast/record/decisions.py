"""The leaf of a decision: as a value, and as bytes of which only what changed is encoded again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from holdfast.action import Action, Actor
from holdfast.decision import ENGINE, Decision
from holdfast.record.events import VERSION, DecisionRecord

NAME_MAX: Final = 200
NAMES_MAX: Final = 32
LABELS_MAX: Final = 64
FINGERPRINT_CHARS: Final = 16
"""How much of a contract's fingerprint a leaf holds."""
KNOWN_MAX: Final = 4_096
"""Runs and targets whose part of a leaf is remembered; then all are forgotten and encoded again."""

Leased = tuple[tuple[str, int], ...]
"""Leases of budgets, and how much is held on each."""

_encode = msgspec.json.Encoder().encode
_fields = msgspec.structs.fields(DecisionRecord)


def _part(first: str, last: str, **options: Any) -> Callable[..., msgspec.Struct]:
    """A struct of the record's fields from `first` to `last`."""
    names = [field.name for field in _fields]
    chosen = _fields[names.index(first) : names.index(last) + 1]
    fields = [(one.name, one.type) if one.required else (one.name, one.type, one.default) for one in chosen]
    return msgspec.defstruct(f"From_{first}_to_{last}", fields, frozen=True, gc=False, **options)


_RunPart = _part("v", "chain", tag_field="type", tag="decision")
_TargetPart = _part("kind", "engine")
_ActionPart = _part("at_ns", "would", omit_defaults=True)


def decision_record(
    action: Action,
    decision: Decision,
    *,
    at_ns: int,
    log: str,
    contract: str,
    args_commit: str,
    approval: str = "",
    leases: Leased = (),
) -> DecisionRecord:
    """What the ledger keeps of a decision: names and hashes only, each list of them bounded."""
    parts = (
        _run_part(action, log),
        _target_part(action, decision, contract),
        _action_part(action, decision, at_ns, args_commit, approval, leases),
    )
    return DecisionRecord(*(value for part in parts for value in msgspec.structs.astuple(part)))


class DecisionWriter:
    """Writes the bytes of `encode_leaf(decision_record(...))`, what stays the same in a run only once."""

    def __init__(self) -> None:
        self._runs: dict[str, _Known] = {}
        self._targets: dict[tuple[str, ...], bytes] = {}

    def leaf(
        self,
        action: Action,
        decision: Decision,
        *,
        at_ns: int,
        log: str,
        contract: str,
        args_commit: str,
        approval: str = "",
        leases: Leased = (),
    ) -> bytes:
        """The leaf of one decision."""
        known = self._runs.get(action.run)
        # A run hands in the same objects each time, which are compared at the cost of a glance.
        if (
            known is None
            or known.chain is not action.chain
            or known.actor is not action.actor
            or known.person != action.person
            or known.session != action.session
            or known.trace != action.trace
            or known.log != log
        ):
            known = self._remember_run(action, log)
        key = (action.target, contract, decision.bundle, action.kind, action.effect)
        target = self._targets.get(key)
        if target is None:
            target = self._remember_target(key, action, decision, contract)
        last = _action_part(action, decision, at_ns, args_commit, approval, leases)
        return known.part + target + _encode(last)[1:]

    def _remember_run(self, action: Action, log: str) -> _Known:
        if len(self._runs) >= KNOWN_MAX:
            self._runs.clear()
        part = _encode(_run_part(action, log))[:-1] + b","
        made = _Known(log, action.session, action.trace, action.actor, action.chain, action.person, part)
        self._runs[action.run] = made
        return made

    def _remember_target(
        self, key: tuple[str, ...], action: Action, decision: Decision, contract: str
    ) -> bytes:
        if len(self._targets) >= KNOWN_MAX:
            self._targets.clear()
        part = self._targets[key] = _encode(_target_part(action, decision, contract))[1:-1] + b","
        return part


class _Known(msgspec.Struct, frozen=True, gc=False):
    """The part of a leaf that a run shares, as bytes, and what it was made of."""

    log: str
    session: str
    trace: str
    actor: Actor
    chain: tuple[Actor, ...]
    person: str
    part: bytes


def _run_part(action: Action, log: str) -> msgspec.Struct:
    actor = action.actor
    return _RunPart(
        VERSION,
        log,
        action.run,
        action.session,
        action.trace,
        actor.agent,
        actor.version,
        actor.owner,
        action.person,
        tuple([link.agent for link in action.chain]),
    )


def _target_part(action: Action, decision: Decision, contract: str) -> msgspec.Struct:
    target = action.target[:NAME_MAX]
    return _TargetPart(
        action.kind, target, action.effect, contract[:FINGERPRINT_CHARS], decision.bundle, ENGINE
    )


def _action_part(  # noqa: PLR0917  # by position: every governed action waits for this
    action: Action, decision: Decision, at_ns: int, args_commit: str, approval: str, leases: Leased
) -> msgspec.Struct:
    reasons, errors, unendorsed, would = (
        decision.reasons,
        decision.errors,
        decision.unendorsed,
        decision.would,
    )
    # By position, and empty lists passed over: every governed action waits for this.
    return _ActionPart(
        at_ns,
        action.id,
        args_commit,
        decision.verdict,
        decision.stage,
        action.parent,
        tuple([reason.rule for reason in reasons[:NAMES_MAX]]) if reasons else (),
        tuple([error[:NAME_MAX] for error in errors[:NAMES_MAX]]) if errors else (),
        decision.labels[:LABELS_MAX],
        tuple([item.partition("=")[0] for item in unendorsed[:NAMES_MAX]]) if unendorsed else (),
        decision.hold_micro_usd,
        approval,
        decision.enforced,
        leases,
        tuple([f"{one.rule}={one.verdict}" for one in would[:NAMES_MAX]]) if would else (),
    )
