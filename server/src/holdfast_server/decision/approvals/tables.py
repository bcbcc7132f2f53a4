"""Where approvals are kept."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata

approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    *(
        sa.Column(name, sa.Text, nullable=False, server_default="")
        for name in (
            *(
                "state",
                "agent",
                "version",
                "owner",
                "person",
                "run",
                "session",
                "trace",
                "step",
                "kind",
                "target",
            ),
            *("effect", "title", "digest", "answered_by", "note", "approved_digest", "used_by"),
        )
    ),
    *(
        sa.Column(name, sa.JSON, nullable=False)
        for name in ("chain", "arguments", "reasons", "roles", "unendorsed", "answers")
    ),
    sa.Column("contract", sa.JSON),
    sa.Column("approved_arguments", sa.JSON),
    sa.Column("asked_ns", sa.BigInteger, nullable=False),
    sa.Column("expires_ns", sa.BigInteger, nullable=False),
    sa.Column("answered_ns", sa.BigInteger),
    sa.Column("used_ns", sa.BigInteger),
    sa.Index("ix_approvals_question", "step", "digest", unique=True),
    sa.Index("ix_approvals_asked", "asked_ns", "id"),
    sa.Index("ix_approvals_state", "state", "expires_ns"),
    sa.Index("ix_approvals_run", "run", "state"),
)
"""`expires_ns` is the end of the time to answer, then of the time to use."""
