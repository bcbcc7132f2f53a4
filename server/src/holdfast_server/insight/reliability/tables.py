"""Where objectives and their alerts are kept."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


slos = sa.Table(
    "slos",
    metadata,
    sa.Column("name", sa.Text, primary_key=True, server_default=""),
    *map(_text, ("indicator", "agent", "version", "description", "by")),
    *(sa.Column(name, sa.Float, nullable=False) for name in ("objective", "threshold")),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("since_ns", sa.BigInteger, nullable=False),
)

slo_alerts = sa.Table(
    "slo_alerts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True, server_default=""),
    *map(_text, ("slo", "severity", "state")),
    sa.Column("began_ns", sa.BigInteger, nullable=False),
    sa.Column("ended_ns", sa.BigInteger),
    *(sa.Column(name, sa.Float, nullable=False) for name in ("burn_long", "burn_short", "threshold")),
    sa.Index("ix_slo_alerts_slo", "slo", "severity", "state"),
    sa.Index("ix_slo_alerts_began", "began_ns", "id"),
)
"""Every time a budget burned too fast: since when, and until when."""
