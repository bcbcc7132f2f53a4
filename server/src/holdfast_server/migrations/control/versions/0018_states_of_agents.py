"""An agent's runs in one state: of a million, the few that failed are found without reading the others."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_runs_agent_state", "runs", ["agent", "state", "started_ns"])
