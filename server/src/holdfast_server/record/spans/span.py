"""A span as it is kept: OTel's fields, and those that matter for agents read out of five dialects."""

from __future__ import annotations

import msgspec


class Span(msgspec.Struct, frozen=True, gc=False):
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
    operation: str = ""
    """What it did, finer than `step_kind`: chat, embeddings, execute_tool, invoke_agent, retrieval, …"""
    dialect: str = ""
    """Whose words were understood: genai, openinference, traceloop, …; several are joined by `+`."""
    environment: str = ""
    team: str = ""
    workflow: str = ""
    customer: str = ""
    """Who it was done for: an organisation or a tenant of the sender; the person is `person`."""
    release: str = ""
    """Version of the application, as it was deployed; the agent's own is `agent_version`."""
    tags: tuple[str, ...] = ()
    response_id: str = ""
    """The provider's own id of an answer: two reports of one call share it."""
    call_id: str = ""
    """The id under which a model asked for this tool call."""
    calls: dict[str, str] = {}
    """Tool calls that a model asked for here: names by id, or by `name#place` where there is none."""
    tool_calls: int = 0
    """Tool calls to be counted here: one that a model asked for counts where it was asked for."""
    counted: str = ""
    """once, wrapper or duplicate for what calls a model or a tool; empty for everything else."""
    same_as: str = ""
    """The span that reports the same call and is counted; its own children for a wrapper, so empty there."""
    reported_micro_usd: int | None = None
    """What the sender or the provider says that it cost; never added to anything."""
    usage_note: str = ""
    """JSON: the counters as they came and how they were read."""
    not_understood: tuple[str, ...] = ()
    """Names of attributes that no table lists; they stand verbatim in `attributes`."""
    links: tuple[str, ...] = ()
    """Spans that it names beside its parent, mostly of other traces: `trace-span` each."""
    linked: str = ""
    """JSON: what each of `links` says, in their order; empty when none says anything."""
