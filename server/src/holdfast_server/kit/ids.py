"""Names for new things."""

from __future__ import annotations

import secrets


def new_id(prefix: str) -> str:
    """A name nobody can guess, e.g. `apr_9f86d081884c7d65`."""
    return f"{prefix}_{secrets.token_hex(8)}"


def new_step_id() -> str:
    """The id of a step that has none: 16 hex digits, like a span's."""
    return secrets.token_hex(8)


def new_run_id() -> str:
    """The id of a run that has none: 32 hex digits, like a trace's."""
    return secrets.token_hex(16)
