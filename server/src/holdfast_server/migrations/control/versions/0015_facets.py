"""An index of what search counts of runs."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
WORDS = ("agent", "version", "state", "governed", "framework", "team", "release")
VERDICTS = ("allow", "transform", "ask", "deny", "halt")


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_runs_facets", "runs", [*WORDS, *VERDICTS], unique=False)
