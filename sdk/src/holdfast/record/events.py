"""The two records of every action, and the few of people: the exact bytes that the ledger proves.

A leaf carries commitments, never payloads: what was asked for and what came back stay outside, linked by a
salted hash, so that erasing them leaves the proof whole.
"""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import Any, Final

import msgspec

from holdfast.action import Action
from holdfast.decision import ENGINE, Decision
from holdfast.errors import Misconfigured
from holdfast.record.secret import keep_secret

NAME_MAX: Final = 200
NAMES_MAX: Final = 32
LABELS_MAX: Final = 64


class DecisionRecord(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="decision"):
    """What was decided about one action, written before it runs."""

    at_ns: int
    log: str
    step: str
    run: str
    session: str
    trace: str
    parent: str
    agent: str
    version: str
    owner: str
    person: str
    chain: tuple[str, ...]
    kind: str
    target: str
    effect: str
    contract: str
    """Beginning of the contract's fingerprint."""
    args_commit: str
    verdict: str
    stage: str
    rules: tuple[str, ...]
    errors: tuple[str, ...]
    labels: tuple[str, ...]
    unendorsed: tuple[str, ...]
    """Names of arguments only, never their values."""
    hold_micro_usd: int
    bundle: str
    engine: str
    approval: str
    enforced: bool
    v: int = 1


class OutcomeRecord(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="outcome"):
    """What came of one action, written after it ran or was refused."""

    at_ns: int
    log: str
    step: str
    run: str
    session: str
    status: str
    result_commit: str
    cost_micro_usd: int | None
    tokens_in: int
    tokens_out: int
    model: str
    labels: tuple[str, ...]
    error_class: str
    v: int = 1


class ApprovalRecord(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="approval"):
    """What a person did about one waiting action."""

    at_ns: int
    log: str
    approval: str
    event: str
    """asked, approved, refused, expired, used or withdrawn."""
    step: str
    run: str
    session: str
    agent: str
    target: str
    digest: str
    by: str
    note_commit: str = ""
    v: int = 1


class KillRecord(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="kill"):
    """Who stopped what, or let it go on."""

    at_ns: int
    log: str
    kill: str
    event: str
    """placed or lifted."""
    scope: str
    target: str
    by: str
    reason_commit: str = ""
    v: int = 1


Leaf = DecisionRecord | OutcomeRecord | ApprovalRecord | KillRecord

_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Leaf)


def decision_record(
    action: Action,
    decision: Decision,
    *,
    at_ns: int,
    log: str,
    contract: str,
    args_commit: str,
    approval: str = "",
) -> DecisionRecord:
    """What the ledger keeps of a decision: names and hashes only, each list of them bounded."""
    actor, chain, reasons = action.actor, action.chain, decision.reasons
    errors, unendorsed = decision.errors, decision.unendorsed
    # By position, and empty lists passed over: every governed action waits for this.
    return DecisionRecord(
        at_ns,
        log,
        action.id,
        action.run,
        action.session,
        action.trace,
        action.parent,
        actor.agent,
        actor.version,
        actor.owner,
        action.person,
        (chain[0].agent,) if len(chain) == 1 else tuple([link.agent for link in chain]),
        action.kind,
        action.target[:NAME_MAX],
        action.effect,
        contract,
        args_commit,
        decision.verdict,
        decision.stage,
        tuple([reason.rule for reason in reasons[:NAMES_MAX]]) if reasons else (),
        tuple([error[:NAME_MAX] for error in errors[:NAMES_MAX]]) if errors else (),
        decision.labels[:LABELS_MAX],
        tuple([item.partition("=")[0] for item in unendorsed[:NAMES_MAX]]) if unendorsed else (),
        decision.hold_micro_usd,
        decision.bundle,
        ENGINE,
        approval,
        decision.enforced,
    )


def encode_leaf(record: Leaf) -> bytes:
    """The bytes that become a leaf of the ledger."""
    return _encode(record)


def decode_leaf(leaf: bytes) -> Leaf:
    """Read a leaf back; fields of a newer version are passed over.

    Raises:
        msgspec.ValidationError: it is none of the known records.
    """
    return _decoder.decode(leaf)


class Commitments:
    """Salted hashes that stand for payloads: without the key nobody can test a guess against them."""

    KEY_SIZE: Final = 32

    def __init__(self, key: bytes) -> None:
        # Copied for each commitment: the key goes through the compression once, not each time.
        self._keyed = hashlib.blake2b(key=key, digest_size=32)

    @classmethod
    def open(cls, path: Path) -> Commitments:
        """Read the key file, or make one that only its owner may read.

        Raises:
            Misconfigured: the file is not a key.
        """
        key = keep_secret(path, os.urandom(cls.KEY_SIZE))
        if len(key) != cls.KEY_SIZE:
            raise Misconfigured(
                f"{path} is not a commitment key", hint="Restore it, or move it away to start a new one."
            )
        return cls(key)

    def commit(self, step: str, field: str, data: bytes) -> str:
        """The commitment to one field of one step, hex."""
        salt = self._keyed.copy()
        salt.update(f"{step}\0{field}".encode())
        return hashlib.sha256(salt.digest() + data).hexdigest()


class Process(msgspec.Struct, frozen=True):
    """The process that records, as the server knows it."""

    id: str
    pid: int
    host: str
    sdk: str
    started_at_ns: int


class Dropped(msgspec.Struct, frozen=True):
    """How much a process could not keep, since it started."""

    spans: int = 0
    records: int = 0


class ShippedRecord(msgspec.Struct, frozen=True):
    """One leaf on its way to the server, with the payload that is not in the ledger."""

    log: str
    index: int
    leaf: str
    """Base64 of the exact bytes."""
    payload: dict[str, Any] | None = None

    @classmethod
    def of(cls, log: str, index: int, leaf: bytes, payload: dict[str, Any] | None = None) -> ShippedRecord:
        """Wrap the bytes of a leaf."""
        return cls(log, index, base64.b64encode(leaf).decode(), payload)

    def leaf_bytes(self) -> bytes:
        """The exact bytes of the leaf."""
        return base64.b64decode(self.leaf, validate=True)


class Envelope(msgspec.Struct, frozen=True):
    """The body of `POST /v1/records`."""

    process: Process
    dropped: Dropped
    records: tuple[ShippedRecord, ...]
