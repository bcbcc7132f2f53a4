"""Permits of rates, hand-offs that were accepted, and budgets that each session keeps by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "rate_counts",
        sa.Column("rate", sa.Text(), nullable=False),
        sa.Column("at_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rate", "at_ns", "process"),
    )
    op.create_index("ix_rate_counts_at", "rate_counts", ["at_ns"], unique=False)
    op.create_table(
        "accepted_delegations",
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("expires_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("nonce"),
    )
    op.create_index("ix_accepted_delegations_expires", "accepted_delegations", ["expires_ns"], unique=False)
    op.add_column("budgets", sa.Column("inside", sa.Boolean(), server_default=sa.false(), nullable=False))
