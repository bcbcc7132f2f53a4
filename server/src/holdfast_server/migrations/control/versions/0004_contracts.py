"""What was observed of effects, and which contract of each tool somebody has reviewed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns, and what finds the calls of a tool."""
    op.add_column("steps", sa.Column("conduct", sa.JSON(), nullable=True))
    op.add_column("runs", sa.Column("observed", sa.Text(), server_default="", nullable=False))
    op.add_column("tools", sa.Column("reviewed", sa.JSON(), nullable=True))
    op.add_column("tools", sa.Column("told", sa.JSON(), nullable=True))
    op.create_index("ix_steps_target", "steps", ["target", "started_ns", "kind", "verdict", "agent"])
