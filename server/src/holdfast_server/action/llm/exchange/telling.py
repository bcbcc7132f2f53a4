"""What a worker writes of one call into its journal: one frame, made when nobody waits for it.

```text
b"C" + msgpack of `Told`
```

Bodies stand in it as they came; `unfolding` reads, redacts and encodes them later, in another process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from holdfast.record import Usage
from holdfast_server.action.llm.exchange.step import Step

KIND: Final = b"C"
NO_FACTS: Final[Mapping[str, Any]] = {}
BODY_MAX: Final = 128 * 1024
"""Of a question or an answer, what is recorded."""


class Told(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One step, as far as it went."""

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
    target: str
    key: str
    verdict: str
    stage: str
    bundle: str
    digest: str
    arguments: bytes
    """Canonical JSON."""
    tags: tuple[tuple[str, str], ...] = ()
    facts: Mapping[str, Any] = {}
    reasons: tuple[tuple[str, str, str, str], ...] = ()
    """Rule, category, message, cure."""
    obligations: tuple[str, ...] = ()
    enforced: bool = True
    took_ns: int = 0
    decided: bytes = b""
    """The leaf; empty when it was told before."""
    decided_at: int = -1
    ended: bytes = b""
    """The leaf; empty while it goes on."""
    ended_at: int = -1
    started_ns: int = 0
    ended_ns: int = 0
    first_ns: int = 0
    own_ns: int = 0
    upstream_ns: int = 0
    gaps: int = 0
    gap_max_ns: int = 0
    streamed: bool = False
    status: str = "running"
    error: str = ""
    api: str = ""
    question: bytes = b""
    answer: bytes = b""
    answer_id: str = ""
    answer_model: str = ""
    finish: str = ""
    usage: Usage | None = None
    estimated: bool = False
    cost_micro_usd: int | None = None
    price: tuple[str, str, str, tuple[str, ...]] = ("", "", "", ())
    """Source, version, model, warnings."""
    route: str = ""
    cache: str = ""
    avoided_micro_usd: int = 0


_encode = msgspec.msgpack.Encoder().encode
read_told = msgspec.msgpack.Decoder(Told).decode


def frame_of(step: Step, log: str, *, payload: bool) -> bytes:
    """The frame of a step; without its bodies when there is no room for them."""
    action, decision, key = step.action, step.decision, step.caller.key
    priced, reasons = step.priced, decision.reasons
    # By position: with names it takes ten times as long.
    told = Told(
        log, action.id, action.run, action.session, action.trace, action.parent,
        key.agent, key.version, key.owner, action.person, action.target, key.id,
        decision.verdict, decision.stage, decision.bundle, decision.digest, action.canonical,
        step.caller.tags, action.facts or NO_FACTS,
        tuple([(one.rule, one.category, one.message, one.cure) for one in reasons]) if reasons else (),
        decision.obligations, decision.enforced, decision.took_ns,
        b"" if step.told else step.decided_leaf, step.decided_at, step.ended_leaf, step.ended_at,
        step.started_ns, step.ended_ns, step.first_ns, step.own_ns, step.upstream_ns,
        step.gaps, step.gap_max_ns, step.streamed, step.status, step.error, step.shown,
        step.question[:BODY_MAX] if payload else b"", step.answer[:BODY_MAX] if payload else b"",
        step.answer_id, step.answer_model, step.finish, step.usage, step.estimated, step.cost_micro_usd,
        (priced.source, priced.version, priced.model, priced.warnings),
        step.route, step.cache, step.avoided_micro_usd,
    )  # fmt: skip
    return KIND + _encode(told)
