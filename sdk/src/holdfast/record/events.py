"""The two records of every action, and the few of people: the exact bytes that the ledger proves.

A leaf carries commitments, never payloads: what was asked for and what came back stay outside, linked by a
salted hash (commitments.py), so that erasing them leaves the proof whole.
"""

from __future__ import annotations

import base64
from typing import Any, Final

import msgspec


class DecisionRecord(
    msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="decision", omit_defaults=True
):
    """What was decided about one action, written before it runs.

    In the order of how seldom they change: fields of the run, of what is acted on, of the one action. A field
    that has its default is not written.
    """

    v: int
    log: str
    run: str
    session: str
    trace: str
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
    bundle: str
    engine: str

    at_ns: int
    step: str
    args_commit: str
    verdict: str
    stage: str
    parent: str = ""
    rules: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    unendorsed: tuple[str, ...] = ()
    """Names of arguments only, never their values."""
    hold_micro_usd: int = 0
    approval: str = ""
    enforced: bool = True
    leases: tuple[tuple[str, int], ...] = ()
    """What is held on leases of budgets: the lease, and how much of its unit."""
    would: tuple[str, ...] = ()
    """`rule=verdict` of rules that do not count yet."""


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
    observed: str = ""
    """What the world showed afterwards: confirmed, contradicted or unknown; empty when nobody looked."""
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


class BreakerRecord(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="breaker"):
    """Something was taken for down, tried again or found to be back; or a person said so."""

    at_ns: int
    log: str
    scope: str
    """`tool`, `model` or `dependency`."""
    name: str
    event: str
    """The state it came to: open, half-open or closed; or `reset`."""
    process: str
    """Where; empty when a person reset it everywhere."""
    by: str = ""
    reason_commit: str = ""
    v: int = 1


class PolicyRecord(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="policy"):
    """Who edited which policy file."""

    at_ns: int
    log: str
    name: str
    event: str
    """saved, deleted or restored."""
    version: int
    bundle: str
    """Hash of the bundle that is in force since."""
    by: str
    text_commit: str = ""
    v: int = 1


class AlarmRecord(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="alarm"):
    """Something that must never be, found out beside the path of a decision."""

    at_ns: int
    log: str
    alarm: str
    """`disagreement`: the compiled policies and stock Cedar came to different answers."""
    step: str
    run: str
    session: str
    agent: str
    target: str
    bundle: str
    engine: str
    ours: tuple[str, ...]
    """`allow` or `deny`, then the ids of the policies that decided."""
    stock: tuple[str, ...]
    v: int = 1


class RetentionRecord(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="retention"):
    """Who said how long what is kept, who held what, and which day was deleted."""

    at_ns: int
    log: str
    event: str
    """set, held, released, emptied or dropped."""
    scope: str
    """payload or span for what is kept so long; project, agent, session or run for what is held."""
    target: str
    """Days, a name, or the day that was deleted."""
    by: str = ""
    """Empty for what a rule did."""
    count: int = 0
    """Spans of the day."""
    reason_commit: str = ""
    v: int = 1


class GatewayRecord(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="gateway"):
    """Who changed whom the model gateway lets in, whom it asks, or where a name leads."""

    at_ns: int
    log: str
    kind: str
    """key, provider or route."""
    name: str
    """The id of a key, the name of a provider, the alias of a route."""
    event: str
    """made, rotated, revoked, set, removed or resealed."""
    by: str
    before_commit: str = ""
    """To what it was; the `after_commit` of the record before, unless something else changed it."""
    after_commit: str = ""
    """To what it is since; empty when it is gone."""
    v: int = 1


VERSION: Final = 1
"""Of the form of a decision's leaf."""
Leaf = (
    DecisionRecord
    | OutcomeRecord
    | ApprovalRecord
    | KillRecord
    | BreakerRecord
    | PolicyRecord
    | AlarmRecord
    | RetentionRecord
    | GatewayRecord
)

_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Leaf)


def encode_leaf(record: Leaf) -> bytes:
    """The bytes that become a leaf of the ledger."""
    return _encode(record)


def decode_leaf(leaf: bytes) -> Leaf:
    """Read a leaf back; fields of a newer version are passed over.

    Raises:
        msgspec.ValidationError: it is none of the known records.
    """
    return _decoder.decode(leaf)


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
