"""Where the moves of the decision API's sessions are kept."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata

moves = sa.Table(
    "moves",
    metadata,
    sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("session", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Column("move", sa.LargeBinary, nullable=False),
    sa.Index("ix_moves_session", "session", "place"),
    sa.Index("ix_moves_step", "step"),
    sa.Index("ix_moves_at", "at_ns"),
)
"""`place` is where the move stands in the journal of decisions, which is their order."""
