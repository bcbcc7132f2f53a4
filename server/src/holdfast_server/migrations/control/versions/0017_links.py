"""Which spans name which others, so that both ends know."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_PLACE = ("trace", "span", "to_trace", "to_span")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "span_links",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _PLACE),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*_PLACE),
    )
    op.create_index("ix_span_links_to", "span_links", ["to_trace", "to_span"])
