"""What runs that only traces tell of called."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "run_uses",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "name", "run")),
        sa.PrimaryKeyConstraint("kind", "name", "run"),
    )
