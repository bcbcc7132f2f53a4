"""Where permits are counted."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata

rate_counts = sa.Table(
    "rate_counts",
    metadata,
    sa.Column("rate", sa.Text, primary_key=True),
    sa.Column("at_ns", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("process", sa.Text, primary_key=True),
    sa.Column("calls", sa.BigInteger, nullable=False),
    sa.Index("ix_rate_counts_at", "at_ns"),
)
"""Permits given to one process in a part of a window that began at `at_ns`; a row at 0 is the rate's lock."""
