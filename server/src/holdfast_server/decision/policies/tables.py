"""Where the bundles that judged are kept, and the versions of the files they were made of."""

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

policy_versions = sa.Table(
    "policy_versions",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    *(sa.Column(name, sa.Text, nullable=False) for name in ("event", "kind", "text", "by", "bundle")),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
)
"""Every version of every policy file that was edited here."""
