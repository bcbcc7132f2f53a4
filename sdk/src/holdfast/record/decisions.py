"""The leaf of a decision: as a value, and as bytes of which only what changed is encoded again."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
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
"""Pairs of an agent and a target whose part of a leaf is remembered; then all are made again."""
NO_NAMES: Final = b'"run":"","session":"","trace":""'
"""Stands where a run's names go; within a string its quotes would be escaped."""

Leased = tuple[tuple[str, int], ...]
"""Leases of budgets, and how much is held on each."""

_encode = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(DecisionRecord).decode
_rule = attrgetter("rule")
_fields = msgspec.structs.fields(DecisionRecord)


def _part(first: str, last: str, **options: Any) -> Callable[..., msgspec.Struct]:
    """A struct of the record's fields from `first` to `last`."""
    names = [field.name for field in _fields]
    chosen = _fields[names.index(first) : names.index(last) + 1]
    fields = [(one.name, one.type) if one.required else (one.name, one.type, one.default) for one in chosen]
    return msgspec.defstruct(f"From_{first}_to_{last}", fields, frozen=True, gc=False, **options)


_RunPart = _part("v", "chain", tag_field="type", tag="decision")
_RunNames = _part("run", "trace")
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
    """Writes the bytes of `encode_leaf(decision_record(...))`, what calls share only once."""

    def __init__(self) -> None:
        self._molds: dict[tuple[str, str], _Mold] = {}

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
        mold = self._molds.get((action.actor.agent, action.target))
        # One agent hands in the same objects again and again, which are compared at the cost of a glance.
        if (
            mold is None
            or (mold.actor is not action.actor and mold.actor != action.actor)
            or (mold.chain is not action.chain and mold.chain != action.chain)
            or mold.kind is not action.kind
            or mold.effect is not action.effect
            or mold.bundle != decision.bundle
            or mold.contract != contract
            or mold.person != action.person
            or mold.log != log
        ):
            mold = self._cast(action, decision, log, contract)
        if mold.run != action.run or mold.session != action.session or mold.trace != action.trace:
            mold.fill(action)
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
            tuple(map(_rule, reasons[:NAMES_MAX])) if reasons else (),
            tuple([error[:NAME_MAX] for error in errors[:NAMES_MAX]]) if errors else (),
            labels[:LABELS_MAX] if labels else (),
            tuple([item.partition("=")[0] for item in unendorsed[:NAMES_MAX]]) if unendorsed else (),
            decision.hold_micro_usd,
            approval,
            decision.enforced,
            leases,
            tuple([f"{one.rule}={one.verdict}" for one in would[:NAMES_MAX]]) if would else (),
        )
        return mold.head + _encode(last)[1:]

    def _cast(self, action: Action, decision: Decision, log: str, contract: str) -> _Mold:
        if len(self._molds) >= KNOWN_MAX:
            self._molds.clear()
        before, _, after = _encode(_run_part(action, log))[:-1].partition(NO_NAMES)
        after += b"," + _encode(_target_part(action, decision, contract))[1:-1] + b","
        made = self._molds[action.actor.agent, action.target] = _Mold(
            log, action.actor, action.chain, action.person, action.kind, action.effect,
            contract, decision.bundle, before, after,
        )  # fmt: skip
        made.fill(action)
        return made


class _Mold(msgspec.Struct, gc=False):
    """The head of a leaf: what stands around the names of a run, as bytes, and what all of it was made of."""

    log: str
    actor: Actor
    chain: tuple[Actor, ...]
    person: str
    kind: Kind
    effect: Effect
    contract: str
    bundle: str
    before: bytes
    after: bytes
    run: str = ""
    session: str = ""
    trace: str = ""
    head: bytes = b""

    def fill(self, action: Action) -> None:
        """Put the names of a run in."""
        self.run, self.session, self.trace = action.run, action.session, action.trace
        names = _encode(_RunNames(self.run, self.session, self.trace))
        self.head = b"".join((self.before, names[1:-1], self.after))


def _run_part(action: Action, log: str) -> msgspec.Struct:
    """A run's share of a leaf, without its names."""
    actor = action.actor
    return _RunPart(
        VERSION,
        log,
        "",
        "",
        "",
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
