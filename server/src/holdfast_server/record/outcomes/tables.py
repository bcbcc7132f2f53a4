"""Where signals are kept."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


signals = sa.Table(
    "signals",
    metadata,
    sa.Column("id", sa.Text, primary_key=True, server_default=""),
    *map(_text, ("run", "session", "name", "by", "note")),
    sa.Column("success", sa.Boolean, nullable=False),
    sa.Column("value_micro_usd", sa.BigInteger),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Index("ix_signals_run", "run", "name"),
    sa.Index("ix_signals_session", "session", "name"),
    sa.Index("ix_signals_at", "at_ns", "id"),
)
"""What somebody who knows said of a run or a session; of each name the last one counts."""
