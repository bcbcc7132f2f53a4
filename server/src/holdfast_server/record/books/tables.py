"""Where sums are kept: money by run and model, conduct and latency by agent, in slots of five minutes.

Five minutes, because every time zone is a multiple of them away from UTC: a day, a week or a month in any
zone is a whole number of slots, and a sum over it is exact. Rows lie in the order of their slots, without a
number of their own: a sum over a time reads one stretch.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from holdfast_server.kit.db import metadata
from holdfast_server.kit.wire import NS_PER_S

SLOT_S: Final = 300
SLOT_NS: Final = SLOT_S * NS_PER_S

CHARGE_KEY: Final = ("slot", "run", "agent", "provider", "model", "tool", "size")
CHARGE_SUMS: Final = (
    "calls",
    "unpriced",
    "micro_usd",
    "tokens_in",
    "tokens_out",
    "cache_read",
    "cache_write",
    "cache_write_1h",
    "reasoning",
)
CHARGE_NAMES: Final = ("version", "team", "workflow", "customer", "release", "tags")
CONDUCT_SUMS: Final = (
    "tools_asked",
    "tools_invalid",
    "tools_done",
    "tools_failed",
    "models_done",
    "models_failed",
    "confirmed",
    "contradicted",
    "unknown",
    "asked",
    "denied",
    "halted",
    "loops",
    "model_ns",
    "tool_ns",
)


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=False, server_default="")


def _sum(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


charges = sa.Table(
    "charges",
    metadata,
    sa.Column("slot", sa.BigInteger, primary_key=True, autoincrement=False),
    *(_text(name, key=True) for name in ("run", "agent", "provider", "model", "tool")),
    sa.Column("size", sa.Integer, primary_key=True, autoincrement=False),
    *map(_text, CHARGE_NAMES),
    *map(_sum, CHARGE_SUMS),
    sa.Index("ix_charges_run", "run"),
    sqlite_with_rowid=False,
)
"""Money, where it was spent: every sum of money comes from here, or was added to in the same breath."""

conduct = sa.Table(
    "conduct",
    metadata,
    sa.Column("slot", sa.BigInteger, primary_key=True, autoincrement=False),
    _text("agent", key=True),
    _text("version", key=True),
    *map(_sum, CONDUCT_SUMS),
    sqlite_with_rowid=False,
)
"""How calls went, by agent and version."""

latencies = sa.Table(
    "latencies",
    metadata,
    sa.Column("slot", sa.BigInteger, primary_key=True, autoincrement=False),
    *(_text(name, key=True) for name in ("agent", "version", "kind")),
    sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
    _sum("calls"),
    sqlite_with_rowid=False,
)
"""How long calls took: counts in buckets a fifth wide."""

totals = sa.Table(
    "totals",
    metadata,
    *(_text(name, key=True) for name in ("agent", "version")),
    *map(_sum, ("micro_usd", "unpriced", "tokens_in", "tokens_out", *CONDUCT_SUMS)),
)
"""The same since ever, for counters that must never go down."""
