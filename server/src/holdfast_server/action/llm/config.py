"""What a worker of the gateway knows: frozen values that travel to it whole, and are replaced whole.

A worker reads no file, no database and no environment. Everything it decides by stands in one `Snapshot`;
only kills and leases come by themselves, because they must be there at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from holdfast.action import Contract
from holdfast.decision import Source
from holdfast.decision.budgets import BudgetTerms

Api = Literal["chat", "responses", "messages", "gemini", "embeddings", "completions", "files"]
Auth = Literal["bearer", "x-api-key", "api-key", "x-goog-api-key", "client", "none"]
Strategy = Literal["order", "weight", "latency", "cost"]
Unattended = Literal["nothing", "reading", "reversible", "everything"]
UnknownTools = Literal["record", "refuse"]

MIB: Final = 1024 * 1024
NEVER: Final = 0
"""The `expires_ns` of what does not end."""


class Key(msgspec.Struct, frozen=True):
    """A virtual key: who calls, and what it may reach. One that is being rotated stands here twice."""

    id: str
    digest: bytes
    """SHA-256 of the whole key as it is sent; the key itself is known to nobody here."""
    agent: str
    project: str = "default"
    name: str = ""
    version: str = ""
    owner: str = ""
    models: tuple[str, ...] = ()
    """Globs over `provider/model` and over what clients call models; empty for all."""
    labels: tuple[str, ...] = ()
    """Data labels that every session of this key begins with."""
    tags: Mapping[str, str] = {}
    """What its calls are counted by: `team`, `customer` …"""
    expires_ns: int = NEVER
    counts_as: str = ""
    """The key whose budget it counts in, when that is another one."""

    @property
    def account(self) -> str:
        """The key of its budget in the scope `key`."""
        return self.counts_as or self.id

    def is_over(self, now_ns: int) -> bool:
        """Whether its time is past."""
        return self.expires_ns != NEVER and now_ns >= self.expires_ns


class Provider(msgspec.Struct, frozen=True):
    """Somebody who answers model calls."""

    name: str
    base_url: str
    """`https://host[:port][/path]`: what stands before `/v1/…` (for Gemini, before `/v1beta/…`)."""
    apis: tuple[Api, ...] = ("chat",)
    auth: Auth = "bearer"
    secret: str = ""
    """Lives in memory only."""
    headers: Mapping[str, str] = {}
    """Sent with every request, in place of the client's of the same name."""
    models: tuple[str, ...] = ("*",)
    """Globs over the models that it has."""
    known: tuple[str, ...] = ()
    """Those that it named itself when it was last asked."""
    region: str = ""
    """Where it processes data, for rules about residency."""
    ca_file: str = ""
    """PEM bundle to verify it with; the system's when empty."""
    connect_s: float = 5.0
    first_byte_s: float = 120.0
    idle_s: float = 60.0
    """Longest silence within an answer."""
    connections_max: int = 256

    def __repr__(self) -> str:
        return (
            f"Provider(name={self.name!r}, base_url={self.base_url!r}, secret={'…' if self.secret else ''!r})"
        )


class Target(msgspec.Struct, frozen=True):
    """One model that a route may lead to."""

    provider: str
    model: str
    weight: float = 1.0
    resumes: bool = False
    """Whether the model goes on with a final assistant message: a stream that broke can be resumed there."""


class CacheTerms(msgspec.Struct, frozen=True):
    """Which answers of a route are given again."""

    exact: bool = False
    semantic: bool = False
    ttl_s: float = 300.0
    bytes_max: int = 64 * MIB
    threshold: float = 0.95
    embeddings: str = "local"
    """`local`, or `provider/model` of an embeddings endpoint."""
    tools: bool = False
    """Also requests that offer tools."""
    personal: bool = False
    """Also requests in which personal data was found."""
    sample: float = 0.02
    """Part of the semantic hits that are asked again, to measure how many are false."""


class EscalateTerms(msgspec.Struct, frozen=True):
    """When the answer of a cheap model is not good enough, and the next target is asked."""

    threshold: float = 0.5
    confidence: str = "words"
    model: Mapping[str, Any] | None = None


class Route(msgspec.Struct, frozen=True):
    """A name that clients use as a model, and what it stands for."""

    alias: str
    targets: tuple[Target, ...]
    strategy: Strategy = "order"
    tries: int = 3
    """Targets tried at most, the first included."""
    retry_ratio: float = 0.2
    """Retries that are allowed for each first try, over time."""
    sticky: bool = True
    """Whether a session stays with the target that answered it."""
    hedge_ms: int = 0
    """After so long without a first byte a second target is asked too; 0 never does."""
    cache: CacheTerms | None = None
    escalate: EscalateTerms | None = None


class Limits(msgspec.Struct, frozen=True):
    """How much is too much, on one worker."""

    connections: int = 12_000
    head_bytes: int = 64 * 1024
    headers: int = 128
    body_bytes: int = 32 * MIB
    """Largest request; also the largest answer that is held back to be judged."""
    pipelined: int = 8
    idle_s: float = 75.0
    """An idle client connection is closed after so long."""
    head_s: float = 15.0
    """Time to send a whole head."""
    body_s: float = 60.0
    """Longest silence within a request's body."""
    write_s: float = 60.0
    """How long a client may leave what it is sent unread."""
    write_bytes: int = 256 * 1024
    """Waiting for one client; above it nothing more is read from its upstream."""
    calls: int = 4_096
    """Calls under way."""
    journal_bytes: int = 256 * MIB
    """Records that wait to be shipped; payloads are shed at half of it, spans at three quarters."""
    busy_poll_us: int = 100
    """For how long a worker stays awake after a call, for what comes at once; 0 for never."""


class Behaviour(msgspec.Struct, frozen=True):
    """How calls are governed, where policies leave it open."""

    project: str = "default"
    mode: Literal["enforce", "shadow"] = "enforce"
    output_tokens: int = 4_096
    """Reserved for an answer when the request names no limit."""
    unknown_tools: UnknownTools = "record"
    """Returned calls of tools that no rule and no contract knows."""
    ask_s: float = 60.0
    """How long a call waits for a person."""
    lease_s: float = 60.0
    """How long a control plane that went away has lent its authority."""
    unattended: Unattended = "reversible"
    """What goes on after that."""
    contents: bool = True
    """Whether spans carry what was said."""
    pii: bool = False
    """Whether personal data is taken out of records too."""
    drain_s: float = 30.0


class Snapshot(msgspec.Struct, frozen=True):
    """Everything a worker decides by."""

    version: int
    """Grows with every change."""
    keys: tuple[Key, ...] = ()
    providers: tuple[Provider, ...] = ()
    """The order counts: the first whose models and APIs fit answers for a model that is no alias."""
    routes: tuple[Route, ...] = ()
    bundle: str = ""
    """The hash of the bundle in force; `sources` and `contracts` compile to it."""
    sources: tuple[Source, ...] = ()
    contracts: tuple[Contract, ...] = ()
    """Of every registered tool."""
    budgets: tuple[BudgetTerms, ...] = ()
    """Those that are leased; what each session keeps by itself stands in the sources."""
    prices: tuple[Mapping[str, Any], ...] = ()
    """Own prices, as `holdfast.record.tariffs.override` takes them."""
    kills: frozenset[tuple[str, str]] = frozenset()
    """`(scope, target)`, as `holdfast.decision.Controls` takes them."""
    limits: Limits = Limits()
    behaviour: Behaviour = Behaviour()


def digest_key(secret: str | bytes) -> bytes:
    """What is kept of a virtual key."""
    raw = secret.encode("utf-8", "surrogateescape") if isinstance(secret, str) else secret
    return hashlib.sha256(raw).digest()
