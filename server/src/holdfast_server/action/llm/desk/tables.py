"""Where providers and routes are kept, and what is published to the gateway's processes."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from holdfast_server.kit.db import metadata

CONFIG: Final = "config"
"""Counts changes of keys, providers and routes."""
POLICIES: Final = "policies"
"""Holds the bundle in force with every contract, and own prices."""

gateway_providers = sa.Table(
    "gateway_providers",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("said", sa.JSON, nullable=False),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("hint", sa.Text, nullable=False, server_default=""),
    sa.Column("by", sa.Text, nullable=False, server_default=""),
    sa.Column("place", sa.BigInteger, nullable=False),
    sa.Column("updated_ns", sa.BigInteger, nullable=False),
)
"""`sealed` is the secret as the vault keeps it, `hint` its end; `place` orders them."""

gateway_routes = sa.Table(
    "gateway_routes",
    metadata,
    sa.Column("alias", sa.Text, primary_key=True),
    sa.Column("said", sa.JSON, nullable=False),
    sa.Column("by", sa.Text, nullable=False, server_default=""),
    sa.Column("updated_ns", sa.BigInteger, nullable=False),
)

gateway_published = sa.Table(
    "gateway_published",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
