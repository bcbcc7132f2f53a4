"""Where the bundles that judged are kept."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata

bundles = sa.Table(
    "bundles",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("first_ns", sa.BigInteger, nullable=False),
    sa.Column("bundle", sa.LargeBinary, nullable=False),
)
"""`bundle` is deflated JSON."""
