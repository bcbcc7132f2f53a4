"""Where runs, steps, processes and spend are kept."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata

Text, Big, Int, Flag = sa.Text, sa.BigInteger, sa.Integer, sa.Boolean


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, Text, nullable=False, server_default="")


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, Big, nullable=False, server_default="0")


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON, nullable=False)


runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", Text, primary_key=True),
    *map(
        _text, ("trace", "session", "parent_run", "agent", "version", "owner", "person", "framework", "title")
    ),
    *map(_text, ("state", "process", "start_step", "error", "last_step", "last_kind", "last_target")),
    *map(_text, ("stopped_rule", "stopped_message", "stopped_stage", "observed")),
    *map(_text, ("team", "workflow", "customer", "release")),
    sa.Column("tags", sa.JSON, nullable=False, server_default="[]"),
    _count("confirmed"),
    *map(_count, ("started_ns", "last_ns", "steps", "model_calls", "tool_calls", "tokens_in", "tokens_out")),
    *map(
        _count,
        (
            "allow",
            "transform",
            "ask",
            "deny",
            "halt",
            "cost_micro_usd",
            "priced_calls",
            "unpriced_calls",
            "waiting",
        ),
    ),
    sa.Column("ended_ns", Big),
    *map(_json, ("chain", "labels")),
    sa.Column("governed", Flag, nullable=False),
    sa.Column("seen_ns", Big, nullable=False, server_default="0"),
    sa.Column("takes_over", Flag, nullable=False, server_default=sa.false()),
    sa.Index("ix_runs_started", "started_ns", "id"),
    sa.Index("ix_runs_trace", "trace"),
    sa.Index("ix_runs_agent", "agent", "started_ns"),
    sa.Index("ix_runs_agent_state", "agent", "state", "started_ns"),
    sa.Index("ix_runs_session", "session"),
    sa.Index("ix_runs_session_agent", "session", "agent"),
    sa.Index("ix_runs_state", "state", "started_ns"),
    sa.Index("ix_runs_process", "process", "state"),
    sa.Index("ix_runs_ended", "ended_ns"),
    # What search counts: read in this order, nothing has to be sorted and no row is looked at.
    sa.Index(
        "ix_runs_facets",
        *("agent", "version", "state", "governed", "framework", "team", "release"),
        *("allow", "transform", "ask", "deny", "halt"),
    ),
)

steps = sa.Table(
    "steps",
    metadata,
    sa.Column("trace", Text, primary_key=True),
    sa.Column("id", Text, primary_key=True),
    *map(
        _text, ("run", "session", "parent", "agent", "kind", "target", "effect", "state", "stage", "bundle")
    ),
    *map(_text, ("model", "provider", "error", "approval")),
    sa.Column("verdict", Text),
    *map(_json, ("reasons", "obligations", "labels", "unendorsed")),
    *map(_count, ("started_ns", "hold_micro_usd", "tokens_in", "tokens_out")),
    sa.Column("took_ns", Big),
    sa.Column("ended_ns", Big),
    sa.Column("cost_micro_usd", Big),
    sa.Column("enforced", Flag, nullable=False),
    sa.Column("decision_index", Big),
    sa.Column("outcome_index", Big),
    *(
        sa.Column(name, sa.JSON)
        for name in ("arguments", "result", "timings_ns", "price", "usage", "conduct", "would", "facts")
    ),
    sa.Index("ix_steps_trace", "trace", "started_ns", "id"),
    sa.Index("ix_steps_id", "id"),
    sa.Index("ix_steps_run", "run", "state"),
    sa.Index("ix_steps_target", "target", "started_ns", "kind", "verdict", "agent"),
    sa.Index("ix_steps_seen", "started_ns", "kind", "target", "stage", "enforced"),
)

processes = sa.Table(
    "processes",
    metadata,
    sa.Column("id", Text, primary_key=True),
    *map(_text, ("host", "sdk")),
    *map(_count, ("pid", "started_ns", "last_ns", "dropped_spans", "dropped_records")),
)

spend = sa.Table(
    "spend",
    metadata,
    sa.Column("minute", Big, primary_key=True),
    sa.Column("agent", Text, primary_key=True),
    *map(_count, ("micro_usd", "calls", "unpriced")),
)
"""Money by minute and agent, added to in the transaction that takes in what cost it."""

rule_counts = sa.Table(
    "rule_counts",
    metadata,
    sa.Column("rule", Text, primary_key=True),
    sa.Column("minute", Big, primary_key=True),
    *map(_count, ("refused", "would")),
)
"""What rules refused, and would have refused had they counted; added to like `spend`."""

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", Text, primary_key=True),
    *map(_count, ("started_ns", "last_ns")),
    sa.Index("ix_sessions_last", "last_ns", "id"),
)
"""When something of a session was first and last done; everything else is the sum of its runs."""

seen_spans = sa.Table(
    "seen_spans",
    metadata,
    sa.Column("trace", Text, primary_key=True),
    sa.Column("run", Text, primary_key=True),
    sa.Column("part", Int, primary_key=True),
    sa.Column("at_ns", Big, nullable=False),
    sa.Column("ids", sa.LargeBinary, nullable=False),
    *(sa.Column(name, sa.LargeBinary) for name in ("above", "billed", "claimed")),
    sa.Index("ix_seen_spans_at", "at_ns"),
)
"""Which spans were counted already: their ids and their parents' ids, a part for each block they came in.

`above` are ids of spans below which a call is counted, `billed` of calls that were billed, `claimed` of calls
that another span reports too.
"""

taken_back = sa.Table(
    "taken_back",
    metadata,
    sa.Column("trace", Text, primary_key=True),
    sa.Column("span", Text, primary_key=True),
    sa.Column("at_ns", Big, nullable=False),
    sa.Column("amended", Flag, nullable=False),
    sa.Index("ix_taken_back_amended", "amended"),
)
"""Spans that were stored as calls and are wrappers; until `amended` is set the span store says otherwise."""

run_uses = sa.Table(
    "run_uses",
    metadata,
    *(sa.Column(name, Text, primary_key=True) for name in ("kind", "name", "run")),
)
"""What the spans of runs that only traces tell of called: tools, models and providers, by name."""

run_counts = sa.Table(
    "run_counts",
    metadata,
    sa.Column("run", Text, primary_key=True),
    *map(_count, ("told", "numbered", "accepted", "stored", "late", "orphaned", "ended_seen_ns")),
    *map(_json, ("missing",)),
)
"""How many spans of a run were made, came and were kept; `told` is 0 where its sender does not count."""

run_traces = sa.Table(
    "run_traces",
    metadata,
    sa.Column("run", Text, primary_key=True),
    sa.Column("trace", Text, primary_key=True),
    sa.Column("at_ns", Big, nullable=False),
    sa.Index("ix_run_traces_trace", "trace"),
)
"""Other traces in which work of a run was done: they say its id, and it began elsewhere."""

span_links = sa.Table(
    "span_links",
    metadata,
    *(sa.Column(name, Text, primary_key=True) for name in ("trace", "span", "to_trace", "to_span")),
    sa.Column("at_ns", Big, nullable=False),
    sa.Index("ix_span_links_to", "to_trace", "to_span"),
)
"""Spans that name others beside their parent, and when they began; what a link says is with the span."""
