"""What is noted of spans that were counted, and calls that turned out to be wrappers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the columns and the table."""
    for name in ("above", "billed", "claimed"):
        op.add_column("seen_spans", sa.Column(name, sa.LargeBinary()))
    op.create_table(
        "taken_back",
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.Column("amended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("trace", "span"),
    )
    op.create_index("ix_taken_back_amended", "taken_back", ["amended"], unique=False)
