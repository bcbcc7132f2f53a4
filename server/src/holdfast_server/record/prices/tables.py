"""Where own prices and repricings are kept."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata

own_prices = sa.Table(
    "own_prices",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    *(sa.Column(name, sa.Text, nullable=False) for name in ("provider", "model", "since", "note", "by")),
    sa.Column("rates", sa.JSON, nullable=False),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Column("removed_by", sa.Text),
    sa.Column("removed_ns", sa.BigInteger),
)
"""Prices that people set here; what is removed stays, for whoever asks why something cost what it did."""

repricings = sa.Table(
    "repricings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Column("since_slot", sa.BigInteger, nullable=False),
    sa.Column("until_slot", sa.BigInteger, nullable=False),
    sa.Column("changes", sa.JSON, nullable=False),
)
"""What was priced anew, and what it had cost before."""
