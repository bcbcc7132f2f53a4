"""Where virtual keys are kept; of the keys themselves only digests."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata


def _text(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.Text, nullable=False, server_default="") for name in names)


gateway_keys = sa.Table(
    "gateway_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    *_text("name", "prefix", "digest", "old_digest", "agent", "version", "owner", "project", "counts_as"),
    *_text("by", "revoked_by"),
    sa.Column("models", sa.JSON, nullable=False),
    sa.Column("labels", sa.JSON, nullable=False),
    sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("created_ns", sa.BigInteger, nullable=False),
    *(
        sa.Column(name, sa.BigInteger)
        for name in ("expires_ns", "old_until_ns", "rotated_ns", "used_ns", "revoked_ns")
    ),
    sa.Index("ix_gateway_keys_created", "created_ns", "id"),
    sa.Index("ix_gateway_keys_digest", "digest", unique=True),
)
"""`old_digest` is of the key before the last rotation, good until `old_until_ns`.

`counts_as` is the key whose budget it counts in, where that is another one: a short-lived key of the console.
"""
