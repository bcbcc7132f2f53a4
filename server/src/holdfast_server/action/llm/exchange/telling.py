"""What a worker writes of one call into its journal: one frame, made when nobody waits for it.

```text
b"D" + msgpack of `Told`, an array: what all calls of a lane share, then what is this call's own
```

The shared part is encoded once. Bodies stand as they came; `unfolding` reads, redacts and encodes them later,
in another process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from holdfast.record import Usage
from holdfast_server.action.llm.config import Api
from holdfast_server.action.llm.exchange.identity import Caller
from holdfast_server.action.llm.exchange.step import Step

KIND: Final = b"D"
NO_FACTS: Final[Mapping[str, Any]] = {}
BODY_MAX: Final = 128 * 1024
"""Of a question or an answer, what is recorded."""


class Told(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One step, as far as it went."""

    log: str
    agent: str
    version: str
    owner: str
    person: str
    target: str
    key: str
    tags: tuple[tuple[str, str], ...]
    facts: Mapping[str, Any]
    api: str
    route: str

    step: str
    run: str
    session: str
    trace: str
    parent: str
    verdict: str
    stage: str
    bundle: str
    digest: str
    arguments: bytes
    """Canonical JSON."""
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
    cache: str = ""
    avoided_micro_usd: int = 0


_encode = msgspec.msgpack.Encoder().encode
read_told = msgspec.msgpack.Decoder(Told).decode
_fields = msgspec.structs.fields(Told)
_OWN: Final = [field.name for field in _fields].index("step")
"""Where the call's own part begins."""
_Own: Final = msgspec.defstruct(
    "Own", [(field.name, field.type) for field in _fields[_OWN:]], gc=False, array_like=True
)
_HEAD: Final = 3
"""Bytes before the elements of an array of sixteen or more."""


def shared_of(  # noqa: PLR0917  # by position, in the order of the fields
    log: str, caller: Caller, target: str, api: Api, route: str, facts: Mapping[str, Any]
) -> bytes:
    """How every frame of one lane begins."""
    key = caller.key
    shared = (
        log, key.agent, key.version, key.owner, "", target, key.id, caller.tags, facts, api, route,
    )  # fmt: skip
    assert len(shared) == _OWN, "every shared field is told"
    return KIND + b"\xdc" + len(_fields).to_bytes(2) + _encode(shared)[1:]


def frame_of(step: Step, log: str, *, payload: bool) -> bytes:
    """The frame of a step; without its bodies when there is no room for them."""
    action, decision, priced = step.action, step.decision, step.priced
    reasons = decision.reasons
    # By position: with names it takes ten times as long.
    own = _Own(
        action.id, action.run, action.session, action.trace, action.parent,
        decision.verdict, decision.stage, decision.bundle, decision.digest, action.canonical,
        tuple([(one.rule, one.category, one.message, one.cure) for one in reasons]) if reasons else (),
        decision.obligations, decision.enforced, decision.took_ns,
        b"" if step.told else step.decided_leaf, step.decided_at, step.ended_leaf, step.ended_at,
        step.started_ns, step.ended_ns, step.first_ns, step.own_ns, step.upstream_ns,
        step.gaps, step.gap_max_ns, step.streamed, step.status, step.error,
        step.question[:BODY_MAX] if payload else b"", step.answer[:BODY_MAX] if payload else b"",
        step.answer_id, step.answer_model, step.finish, step.usage, step.estimated, step.cost_micro_usd,
        (priced.source, priced.version, priced.model, priced.warnings),
        step.cache, step.avoided_micro_usd,
    )  # fmt: skip
    shared = step.shared or shared_of(
        log, step.caller, action.target, step.shown, "", action.facts or NO_FACTS
    )
    return shared + _encode(own)[_HEAD:]
