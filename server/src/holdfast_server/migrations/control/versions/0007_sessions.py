"""Sessions, which spans were counted, what of a run is missing, and traces that belong to one run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

COUNTED = ("told", "numbered", "accepted", "stored", "late", "orphaned", "ended_seen_ns")


def upgrade() -> None:
    """Make the tables, and the sessions of the runs that there are."""
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        *(
            sa.Column(n, sa.BigInteger(), server_default="0", nullable=False)
            for n in ("started_ns", "last_ns")
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sessions_last", "sessions", ["last_ns", "id"], unique=False)
    op.create_table(
        "seen_spans",
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.Column("ids", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("trace", "run", "part"),
    )
    op.create_index("ix_seen_spans_at", "seen_spans", ["at_ns"], unique=False)
    op.create_table(
        "run_counts",
        sa.Column("run", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in COUNTED),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_table(
        "run_traces",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run", "trace"),
    )
    op.create_index("ix_run_traces_trace", "run_traces", ["trace"], unique=False)
    op.create_index("ix_runs_session_agent", "runs", ["session", "agent"], unique=False)
    op.add_column("runs", sa.Column("seen_ns", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("runs", sa.Column("takes_over", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(
        "INSERT INTO sessions (id, started_ns, last_ns) "
        "SELECT session, MIN(started_ns), MAX(last_ns) FROM runs WHERE session <> '' GROUP BY session"
    )
