"""A key as people see it, with what it has used."""

from __future__ import annotations

from holdfast_server.access.keys.key import GatewayKey
from holdfast_server.access.keys.keys import KeyRow
from holdfast_server.decision.budgets.budget import Budget
from holdfast_server.kit.wire import at, at_or_none

SAID = ("id", "name", "prefix", "agent", "version", "owner", "project", "models", "labels", "tags")


def show_key(row: KeyRow, budget: Budget | None, now_ns: int) -> GatewayKey:
    """A stored key beside its budget in money, if it has one."""
    return GatewayKey(
        **{name: getattr(row, name) for name in SAID},
        state=row.state(now_ns),
        budget_usd=budget.limit if budget else None,
        used_usd=budget.used if budget else None,
        budget_window=budget.window if budget else None,
        expires_at=at_or_none(row.expires_ns),
        created_at=at(row.created_ns),
        created_by=row.by,
        last_used_at=at_or_none(row.used_ns),
        rotated_at=at_or_none(row.rotated_ns),
        old_until=at_or_none(row.old_until_ns),
        revoked_at=at_or_none(row.revoked_ns),
        revoked_by=row.revoked_by,
    )
