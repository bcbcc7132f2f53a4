"""What an agent wants to do, as a value.

The values on the deciding path are frozen `msgspec.Struct`s rather than frozen dataclasses: making one costs
0.1 µs instead of 1.8 µs (12 fields, CPython 3.11). See docs/adr/0002-values-are-structs.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec


class Kind(StrEnum):
    """Which door an action comes through."""

    START = "start"
    MODEL = "model"
    TOOL = "tool"
    DELEGATE = "delegate"
    MEMORY = "memory"
    MESSAGE = "message"
    OUTPUT = "output"


class Effect(StrEnum):
    """What an action does to the world, mildest first."""

    READ = "read"
    WRITE = "write"
    SEND = "send"
    SPEND = "spend"
    EXECUTE = "execute"
    DESTROY = "destroy"


class Actor(msgspec.Struct, frozen=True, gc=False):
    """Who acts: an agent, in one version, owned by somebody."""

    agent: str
    version: str = ""
    owner: str = ""


class Estimate(msgspec.Struct, frozen=True, gc=False):
    """The most an action can use, known before it runs; `cost_micro_usd` is None when no price is known."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost_micro_usd: int | None = 0


NOTHING = Estimate()
"""The estimate of an action that uses no model."""


class Action(msgspec.Struct, frozen=True, gc=False):
    """One thing an agent wants to do; what the pipeline judges, the ledger commits to and the guard runs."""

    id: str
    """The step's id: 16 hex digits, also the id of its span."""
    kind: Kind
    actor: Actor
    target: str
    """The tool, model (`provider/model`), agent or memory acted on."""
    arguments: dict[str, Any]
    """Exactly what runs if allowed: the canonical copy, never the caller's object."""
    canonical: bytes
    """The one byte form of `arguments`."""
    digest: str
    """SHA-256 over kind, target and `canonical`, hex; what an approval is bound to."""
    effect: Effect
    run: str
    """One invocation of an agent: 32 hex digits."""
    session: str
    trace: str
    """The W3C trace id: 32 hex digits; the id of the outermost run."""
    parent: str = ""
    """The step this one happens inside, or empty."""
    step: int = 0
    """How many actions the run took before this one."""
    chain: tuple[Actor, ...] = ()
    """Everyone whose authority is needed, outermost first, the actor last."""
    person: str = ""
    """On whose behalf; empty when nobody is named."""
    estimate: Estimate = NOTHING
    facts: Mapping[str, Any] | None = None
    """What the program around the agent says of it, beyond the arguments; docs/concepts/facts.md."""
