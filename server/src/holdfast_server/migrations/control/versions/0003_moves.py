"""The moves of the decision API's sessions, the bundles that judged, and what coverage counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "moves",
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.Column("move", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )
    op.create_index("ix_moves_session", "moves", ["session", "place"])
    op.create_index("ix_moves_step", "moves", ["step"])
    op.create_index("ix_moves_at", "moves", ["at_ns"])
    op.create_index("ix_steps_seen", "steps", ["started_ns", "kind", "target", "stage", "enforced"])
    op.create_table(
        "bundles",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("first_ns", sa.BigInteger(), nullable=False),
        sa.Column("bundle", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
