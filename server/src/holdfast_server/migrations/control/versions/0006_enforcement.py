"""Levels of rules, what rules refused and people called wrong, and the facts that were judged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "rule_levels",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("limit", sa.Float(), nullable=False),
        sa.Column("since_ns", sa.BigInteger(), nullable=False),
        sa.Column("stepped_back_ns", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("rule"),
    )
    op.create_table(
        "false_blocks",
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("step", "rule"),
    )
    op.create_index("ix_false_blocks_rule", "false_blocks", ["rule", "at_ns"], unique=False)
    op.create_table(
        "rule_counts",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("would", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("rule", "minute"),
    )
    for name in ("would", "facts"):
        op.add_column("steps", sa.Column(name, sa.JSON(), nullable=True))
