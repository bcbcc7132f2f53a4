"""Levels that were set here, and refusals that people called wrong."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata

rule_levels = sa.Table(
    "rule_levels",
    metadata,
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("limit", sa.Float, nullable=False),
    sa.Column("since_ns", sa.BigInteger, nullable=False),
    sa.Column("stepped_back_ns", sa.BigInteger),
)

false_blocks = sa.Table(
    "false_blocks",
    metadata,
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
    sa.Index("ix_false_blocks_rule", "rule", "at_ns"),
)
