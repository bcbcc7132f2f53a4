"""The leaf of a decision: as a value, and as bytes of which only what changed is encoded again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from holdfast.action import Action, Actor, Effect, Kind
from holdfast.decision import ENGINE, Decision
from holdfast.record.events import VERSION, DecisionRecord

NAME_MAX: Final = 200
NAMES_MAX: Final = 32
LABELS_MAX: Final = 64
FINGERPRINT_CHARS: Final = 16
"""How much of a contract's fingerprint a leaf holds."""
KNOWN_MAX: Final = 4_096
"""Pairs of a run and a target whose part of a leaf is remembered; then all are forgotten and made again."""

Leased = tuple[tuple[str, int], ...]
"""Leases of budgets, and how much is held on each."""

_encode = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(DecisionRecord).decode
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
    leaf = DecisionWriter().leaf(
        action,
        decision,
        at_ns=at_ns,
        log=log,
        contract=contract,
        args_commit=args_commit,
        approval=approval,
        leases=leases,
    )
    return _read(leaf)


class DecisionWriter:
    """Writes the bytes of `encode_leaf(decision_record(...))`, what stays the same in a run only once."""

    def __init__(self) -> None:
        self._heads: dict[tuple[str, str], _Head] = {}
        self._targets: dict[tuple[str, str, str], _Target] = {}

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
        head = self._heads.get((action.run, action.target))
        # A run and a target hand in the same objects each time, which are compared at the cost of a glance.
        if (
            head is None
            or head.chain is not action.chain
            or head.actor is not action.actor
            or head.kind is not action.kind
            or head.effect is not action.effect
            or head.bundle != decision.bundle
            or head.contract != contract
            or head.person != action.person
            or head.session != action.session
            or head.trace != action.trace
            or head.log != log
        ):
            head = self._remember(action, decision, log, contract)
        reasons, errors, labels = decision.reasons, decision.errors, decision.labels
        unendorsed, would = decision.unendorsed, decision.would
        # By position, and empty lists passed over: every governed action waits for this.
        last = _ActionPart(
            at_ns,
            action.id,
            args_commit,
            decision.verdict,
            decision.stage,
            action.parent,
            tuple([reason.rule for reason in reasons[:NAMES_MAX]]) if reasons else (),
            tuple([error[:NAME_MAX] for error in errors[:NAMES_MAX]]) if errors else (),
            labels[:LABELS_MAX] if labels else (),
            tuple([item.partition("=")[0] for item in unendorsed[:NAMES_MAX]]) if unendorsed else (),
            decision.hold_micro_usd,
            approval,
            decision.enforced,
            leases,
            tuple([f"{one.rule}={one.verdict}" for one in would[:NAMES_MAX]]) if would else (),
        )
        return head.part + _encode(last)[1:]

    def _remember(self, action: Action, decision: Decision, log: str, contract: str) -> _Head:
        if len(self._heads) >= KNOWN_MAX:
            self._heads.clear()
        made = _Head(
            log,
            action.session,
            action.trace,
            action.actor,
            action.chain,
            action.person,
            action.kind,
            action.effect,
            contract,
            decision.bundle,
            _encode(_run_part(action, log))[:-1] + b"," + self._target(action, decision, contract),
        )
        self._heads[action.run, action.target] = made
        return made

    def _target(self, action: Action, decision: Decision, contract: str) -> bytes:
        """The target's share of a head: where each call is a run of its own, it alone stays the same."""
        key = (action.target, contract, decision.bundle)
        known = self._targets.get(key)
        if known is None or known.kind is not action.kind or known.effect is not action.effect:
            if len(self._targets) >= KNOWN_MAX:
                self._targets.clear()
            part = _encode(_target_part(action, decision, contract))[1:-1] + b","
            known = self._targets[key] = _Target(action.kind, action.effect, part)
        return known.part


class _Head(msgspec.Struct, frozen=True, gc=False):
    """The part of a leaf that the calls of one run to one target share, as bytes, and what it was made of."""

    log: str
    session: str
    trace: str
    actor: Actor
    chain: tuple[Actor, ...]
    person: str
    kind: Kind
    effect: Effect
    contract: str
    bundle: str
    part: bytes


class _Target(msgspec.Struct, frozen=True, gc=False):
    """The part of a head that calls to one target share."""

    kind: Kind
    effect: Effect
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
