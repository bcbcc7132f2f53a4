"""The rules in force when nobody has written any."""

from __future__ import annotations

from typing import Final

from holdfast.decision.bundle import Source

STARTER: Final = Source("starter", "agents:\n  '*': {}\n", "yaml")
"""The starter pack."""
