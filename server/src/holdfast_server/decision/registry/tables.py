"""Where agents and tools are registered."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata

agents = sa.Table(
    "agents",
    metadata,
    sa.Column("agent", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False, server_default=""),
    sa.Column("framework", sa.Text, nullable=False, server_default=""),
    sa.Column("tools", sa.JSON, nullable=False),
    sa.Column("models", sa.JSON, nullable=False),
    sa.Column("first_ns", sa.BigInteger, nullable=False),
    sa.Column("last_ns", sa.BigInteger, nullable=False),
)

tools = sa.Table(
    "tools",
    metadata,
    sa.Column("tool", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("contract", sa.JSON, nullable=False),
    sa.Column("reviewed", sa.JSON),
    sa.Column("told", sa.JSON),
    sa.Column("first_ns", sa.BigInteger, nullable=False),
    sa.Column("last_ns", sa.BigInteger, nullable=False),
)
