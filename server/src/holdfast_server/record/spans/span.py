"""A span as it is kept: OTel's fields, and those that matter for agents read out of five dialects."""

from __future__ import annotations

import msgspec


class Span(msgspec.Struct, frozen=True):
    """One span, normalised; attributes that nobody understood stay verbatim."""

    trace_id: str
    span_id: str
    parent_id: str
    start_ns: int
    end_ns: int
    name: str
    step_kind: str
    """start, model, tool, delegate, message, output, memory or span."""
    status: str = "unset"
    """unset, ok or error."""
    status_message: str = ""
    run: str = ""
    """The run it says it belongs to; empty when it was made without Holdfast."""
    session: str = ""
    agent: str = ""
    agent_version: str = ""
    person: str = ""
    service: str = ""
    target: str = ""
    """The tool, the model or the agent."""
    provider: str = ""
    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    usage: dict[str, int] = {}
    cost_micro_usd: int | None = None
    billed: bool = False
    """True for a leaf provider call: the only kind that costs money."""
    price: str = ""
    """Where the price came from, JSON."""
    input: str = ""
    """JSON or text, as it came, up to a limit."""
    output: str = ""
    attributes: dict[str, str] = {}
    """Each value as JSON; strings as they are."""
    resource: dict[str, str] = {}
    scope: str = ""
    events: str = "[]"
    """JSON."""
