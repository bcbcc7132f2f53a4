"""Keys, providers and routes of the model gateway, and what is published to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def _text(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in names)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "gateway_keys",
        sa.Column("id", sa.Text(), nullable=False),
        *_text("name", "prefix", "digest", "old_digest", "agent", "version", "owner", "project", "counts_as"),
        *_text("by", "revoked_by"),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("models", "labels", "tags")),
        sa.Column("created_ns", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger())
            for name in ("expires_ns", "old_until_ns", "rotated_ns", "used_ns", "revoked_ns")
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_gateway_keys_created", "gateway_keys", ["created_ns", "id"], unique=False)
    op.create_index("ix_gateway_keys_digest", "gateway_keys", ["digest"], unique=True)
    op.create_table(
        "gateway_providers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        *_text("hint", "by"),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("updated_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "gateway_routes",
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        *_text("by"),
        sa.Column("updated_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("alias"),
    )
    op.create_table(
        "gateway_published",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
