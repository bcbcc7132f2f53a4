"""Where saved views are kept."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata

views = sa.Table(
    "views",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    *(sa.Column(name, sa.Text, nullable=False) for name in ("noun", "name", "q", "by")),
    sa.Column("sort", sa.Text, nullable=False, server_default=""),
    *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("at_ns", "changed_ns")),
    sa.Index("ix_views_name", "noun", "name", unique=True),
)
"""A query with a name, for everybody."""
