"""The index of the ledger: what stands where, so that it can be browsed and nothing is taken in twice."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata

leaves = sa.Table(
    "leaves",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("leaf_hash", sa.Text, nullable=False),
    sa.Column("log", sa.Text, nullable=False),
    sa.Column("log_index", sa.BigInteger),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    *(
        sa.Column(name, sa.Text, nullable=False, server_default="")
        for name in ("agent", "run", "step", "target", "verdict", "status")
    ),
    sa.Column("rules", sa.JSON, nullable=False),
    sa.Column("projected", sa.Boolean, nullable=False),
    sa.Index("ix_leaves_origin", "log", "log_index", unique=True),
    sa.Index("ix_leaves_hash", "leaf_hash"),
    sa.Index("ix_leaves_projected", "projected"),
    sa.Index("ix_leaves_run", "run"),
    sa.Index("ix_leaves_step", "step"),
)
"""`log` and `log_index` say where the leaf came from; `projected` is false for a leaf that was appended
just before
a crash and whose payload its process will send again."""
