"""Books: what everything cost and how it went; what business says of it, invoices and objectives."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

CHARGE_SUMS = (
    *("calls", "unpriced", "micro_usd", "tokens_in", "tokens_out", "cache_read", "cache_write"),
    *("cache_write_1h", "reasoning"),
)
CONDUCT_SUMS = (
    *("tools_asked", "tools_invalid", "tools_done", "tools_failed", "models_done", "models_failed"),
    *("confirmed", "contradicted", "unknown", "asked", "denied", "halted", "loops", "model_ns", "tool_ns"),
)


def upgrade() -> None:
    """Make the tables, and say of runs for whom they work."""
    for name in ("team", "workflow", "customer", "release"):
        op.add_column("runs", _text(name))
    op.add_column("runs", sa.Column("tags", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("runs", _sum("confirmed"))
    op.create_index("ix_runs_ended", "runs", ["ended_ns"], unique=False)
    _make_books()
    _make_outcomes()
    _make_invoices()
    _make_objectives()


def _make_books() -> None:
    op.create_table(
        "charges",
        sa.Column("slot", sa.BigInteger(), nullable=False),
        *map(_text, ("run", "agent", "provider", "model", "tool")),
        sa.Column("size", sa.Integer(), nullable=False),
        *map(_text, ("version", "team", "workflow", "customer", "release", "tags")),
        *map(_sum, CHARGE_SUMS),
        sa.PrimaryKeyConstraint("slot", "run", "agent", "provider", "model", "tool", "size"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_charges_run", "charges", ["run"], unique=False)
    op.create_table(
        "conduct",
        sa.Column("slot", sa.BigInteger(), nullable=False),
        *map(_text, ("agent", "version")),
        *map(_sum, CONDUCT_SUMS),
        sa.PrimaryKeyConstraint("slot", "agent", "version"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "latencies",
        sa.Column("slot", sa.BigInteger(), nullable=False),
        *map(_text, ("agent", "version", "kind")),
        sa.Column("bucket", sa.Integer(), nullable=False),
        _sum("calls"),
        sa.PrimaryKeyConstraint("slot", "agent", "version", "kind", "bucket"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "totals",
        *map(_text, ("agent", "version")),
        *map(_sum, ("micro_usd", "unpriced", "tokens_in", "tokens_out", *CONDUCT_SUMS)),
        sa.PrimaryKeyConstraint("agent", "version"),
    )


def _make_outcomes() -> None:
    op.create_table(
        "signals",
        _text("id"),
        *map(_text, ("run", "session", "name", "by", "note")),
        sa.Column("success", sa.Boolean(), nullable=False),
        sa.Column("value_micro_usd", sa.BigInteger(), nullable=True),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_signals_run", "signals", ["run", "name"], unique=False)
    op.create_index("ix_signals_session", "signals", ["session", "name"], unique=False)
    op.create_index("ix_signals_at", "signals", ["at_ns", "id"], unique=False)


def _make_invoices() -> None:
    op.create_table(
        "invoices",
        _text("id"),
        *map(_text, ("provider", "name", "first_day", "last_day", "by", "digest")),
        *map(_sum, ("micro_usd", "lines", "imported_ns")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "invoice_lines",
        _text("invoice"),
        sa.Column("number", sa.Integer(), nullable=False),
        *map(_text, ("day", "model", "kind", "unit", "text")),
        sa.Column("quantity", sa.Float(), nullable=True),
        _sum("micro_usd"),
        sa.PrimaryKeyConstraint("invoice", "number"),
    )


def _make_objectives() -> None:
    op.create_table(
        "slos",
        _text("name"),
        *map(_text, ("indicator", "agent", "version", "description", "by")),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("objective", "threshold")),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("since_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "slo_alerts",
        _text("id"),
        *map(_text, ("slo", "severity", "state")),
        sa.Column("began_ns", sa.BigInteger(), nullable=False),
        sa.Column("ended_ns", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("burn_long", "burn_short", "threshold")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_slo_alerts_slo", "slo_alerts", ["slo", "severity", "state"], unique=False)
    op.create_index("ix_slo_alerts_began", "slo_alerts", ["began_ns", "id"], unique=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _sum(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
