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
    sa.Index("ix_runs_started", "started_ns", "id"),
    sa.Index("ix_runs_trace", "trace"),
    sa.Index("ix_runs_agent", "agent", "started_ns"),
    sa.Index("ix_runs_session", "session"),
    sa.Index("ix_runs_state", "state", "started_ns"),
    sa.Index("ix_runs_process", "process", "state"),
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
