"""Where rules, holds and what came of them are kept."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata

retention_rules = sa.Table(
    "retention_rules",
    metadata,
    sa.Column("project", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("days", sa.Integer),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
)

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    *(
        sa.Column(name, sa.Text, nullable=False)
        for name in ("project", "scope", "target", "reason", "by", "released_by")
    ),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Column("released_ns", sa.BigInteger),
    sa.Index("ix_holds_released", "released_ns"),
)

swept_days = sa.Table(
    "swept_days",
    metadata,
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("held", sa.Text, nullable=False),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
)
"""Days that were swept, with their spans and what was held then: swept again when that has changed."""
