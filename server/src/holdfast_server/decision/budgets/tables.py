"""Where budgets, what was used of them and who holds the rest are kept."""

from __future__ import annotations

import sqlalchemy as sa

from holdfast_server.kit.db import metadata


def _text(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.Text, nullable=False, server_default="") for name in names)


def _number(*names: str) -> tuple[sa.Column[int], ...]:
    return tuple(sa.Column(name, sa.BigInteger, nullable=False, server_default="0") for name in names)


budgets = sa.Table(
    "budgets",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    *_text("scope", "key", "unit", "window", "time_zone", "verdict", "unpriced", "source", "by"),
    *_number("limit", "created_ns", "updated_ns"),
    sa.Column("soft", sa.BigInteger),
    sa.Column("removed_ns", sa.BigInteger),
    sa.Column("inside", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("ix_budgets_scope", "scope", "key", "id"),
)
"""A removed budget keeps its row, so that what was used is still known when it comes back.

`inside` is one that each session or run keeps by itself: nobody leases it, its use is read from records.
"""

budget_accounts = sa.Table(
    "budget_accounts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    *_text("budget", "key"),
    *_number("start_ns", "end_ns", "spent", "leased", "fence", "touched_ns"),
    sa.Index("ix_budget_accounts_budget", "budget", "start_ns"),
    sa.Index("ix_budget_accounts_touched", "touched_ns"),
)
"""One key of one budget in one window. Rows are locked by id, in order, so nobody waits in a circle."""

budget_leases = sa.Table(
    "budget_leases",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    *_text("account", "budget", "key", "process", "log", "agent", "run", "state"),
    *_number("fence", "amount", "settled", "held", "granted_ns", "renewed_ns", "expires_ns"),
    sa.Index("ix_budget_leases_account", "account", "state"),
    sa.Index("ix_budget_leases_process", "process", "state"),
    sa.Index("ix_budget_leases_log", "log", "state"),
    sa.Index("ix_budget_leases_state", "state", "expires_ns"),
)
"""`log` is the ledger of the process: what it says proves what a process used that died."""
