"""Where kills are kept, and who took them in."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata

kills = sa.Table(
    "kills",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    *(
        sa.Column(name, sa.Text, nullable=False, server_default="")
        for name in ("scope", "target", "reason", "by", "lifted_by")
    ),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Column("lifted_ns", sa.BigInteger),
    sa.Column("seen", sa.JSON, nullable=False),
    sa.Index("ix_kills_at", "at_ns", "id"),
)
