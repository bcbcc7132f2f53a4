"""Every drill by name, in the order they are told."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from holdfast.testing.drills import cost_spiral, drop_production, ping_pong, retry_storm, rogue_discount
from holdfast.testing.drills.drill import Drill

DRILLS: Final[Mapping[str, Drill]] = MappingProxyType(
    {
        module.DRILL.name: module.DRILL
        for module in (ping_pong, cost_spiral, retry_storm, drop_production, rogue_discount)
    }
)
"""What `holdfast drill` can run."""
