"""Budgets, what was used of them, and who holds the rest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make their tables."""
    op.create_table(
        "budgets",
        sa.Column("id", sa.Text(), nullable=False),
        *_text("scope", "key", "unit", "window", "time_zone", "verdict", "unpriced", "source", "by"),
        *_number("limit", "created_ns", "updated_ns"),
        sa.Column("soft", sa.BigInteger(), nullable=True),
        sa.Column("removed_ns", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_budgets_scope", "budgets", ["scope", "key", "id"], unique=False)
    op.create_table(
        "budget_accounts",
        sa.Column("id", sa.Text(), nullable=False),
        *_text("budget", "key"),
        *_number("start_ns", "end_ns", "spent", "leased", "fence", "touched_ns"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_budget_accounts_budget", "budget_accounts", ["budget", "start_ns"], unique=False)
    op.create_index("ix_budget_accounts_touched", "budget_accounts", ["touched_ns"], unique=False)
    op.create_table(
        "budget_leases",
        sa.Column("id", sa.Text(), nullable=False),
        *_text("account", "budget", "key", "process", "log", "agent", "run", "state"),
        *_number("fence", "amount", "settled", "held", "granted_ns", "renewed_ns", "expires_ns"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_budget_leases_account", "budget_leases", ["account", "state"], unique=False)
    op.create_index("ix_budget_leases_log", "budget_leases", ["log", "state"], unique=False)
    op.create_index("ix_budget_leases_process", "budget_leases", ["process", "state"], unique=False)
    op.create_index("ix_budget_leases_state", "budget_leases", ["state", "expires_ns"], unique=False)


def _text(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in names)


def _number(*names: str) -> tuple[sa.Column[int], ...]:
    return tuple(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in names)
