"""A span: one step as telemetry, in the shape that is cheapest to make where the agent runs.

Whoever makes one hands content over already encoded (JSON text or bytes), because objects change after the
fact; everything else about a span is worked out later, on another thread.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from holdfast.action import Kind
from holdfast.decision.verdict import Decision
from holdfast.record import attributes as a
from holdfast.record.price import Priced, Usage

Value = str | bytes | bool | int | float | tuple[str, ...]
"""What an attribute can hold; bytes are UTF-8 text that somebody has encoded already."""

Attributes = tuple[tuple[str, Value], ...]


class SpanKind(IntEnum):
    """Which side of a call a span saw; the numbers of OTLP."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3


class Scope(msgspec.Struct, frozen=True):
    """What all spans of a run have in common; made once, so that it is encoded once."""

    trace: str
    run: str
    session: str
    agent: str
    version: str = ""
    owner: str = ""
    person: str = ""
    framework: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    """What its cost is attributed to, sorted by name: customer, team, workflow, release, or any other."""


class Span(msgspec.Struct, frozen=True, gc=False):
    """One step, finished."""

    scope: Scope
    id: str
    parent: str
    name: str
    start_ns: int
    end_ns: int
    attributes: Attributes = ()
    error: str = ""
    """Class of the error; empty when there was none."""
    kind: SpanKind = SpanKind.INTERNAL


def agent_span(
    scope: Scope,
    *,
    step: str,
    parent: str,
    start_ns: int,
    end_ns: int,
    error: str = "",
    extra: Attributes = (),
) -> Span:
    """One invocation of an agent, from its first step to its last."""
    about: Attributes = ((a.OPERATION, "invoke_agent"), (a.KIND, Kind.START.value))
    return Span(scope, step, parent, f"invoke_agent {scope.agent}", start_ns, end_ns, about + extra, error)


def tool_span(
    scope: Scope,
    tool: str,
    *,
    step: str,
    parent: str,
    start_ns: int,
    end_ns: int,
    arguments: bytes,
    result: bytes = b"",
    call_id: str = "",
    error: str = "",
    extra: Attributes = (),
) -> Span:
    """One tool call; arguments and result as encoded JSON."""
    about: Attributes = (
        (a.OPERATION, "execute_tool"),
        (a.KIND, "tool"),
        (a.TOOL, tool),
        (a.TOOL_CALL, call_id),
        (a.TOOL_ARGUMENTS, arguments),
        (a.TOOL_RESULT, result),
    )
    return Span(scope, step, parent, f"execute_tool {tool}", start_ns, end_ns, about + extra, error)


def chat_span(
    scope: Scope,
    model: str,
    *,
    step: str,
    parent: str,
    start_ns: int,
    end_ns: int,
    provider: str,
    messages_in: bytes = b"",
    messages_out: bytes = b"",
    response_model: str = "",
    error: str = "",
    extra: Attributes = (),
) -> Span:
    """One model call; messages as encoded JSON in the GenAI message format."""
    about: Attributes = (
        (a.OPERATION, "chat"),
        (a.KIND, "model"),
        (a.PROVIDER, provider),
        (a.REQUEST_MODEL, model),
        (a.RESPONSE_MODEL, response_model),
        (a.INPUT_MESSAGES, messages_in),
        (a.OUTPUT_MESSAGES, messages_out),
    )
    return Span(scope, step, parent, f"chat {model}", start_ns, end_ns, about + extra, error, SpanKind.CLIENT)


def decision_attributes(decision: Decision) -> Attributes:
    """What was decided about the step, for its span."""
    return (
        (a.VERDICT, decision.verdict.value),
        (a.STAGE, decision.stage),
        (a.RULES, tuple(reason.rule for reason in decision.reasons)),
        (a.BUNDLE, decision.bundle),
        (a.DECISION_NS, decision.took_ns),
        (a.ENFORCED, decision.enforced),
    )


def usage_attributes(usage: Usage, priced: Priced) -> Attributes:
    """Tokens and money of a model call; an unknown cost is left out, never written as zero."""
    tokens: Attributes = (
        (a.INPUT_TOKENS, usage.input_tokens),
        (a.OUTPUT_TOKENS, usage.output_tokens),
        (a.CACHE_READ_TOKENS, usage.cache_read),
        (a.CACHE_WRITE_TOKENS, usage.cache_write),
        (a.REASONING_TOKENS, usage.reasoning),
        (a.PRICE_SOURCE, priced.source),
        (a.PRICE_VERSION, priced.version),
    )
    return tokens if priced.cost_usd is None else (*tokens, (a.COST_USD, float(priced.cost_usd)))
