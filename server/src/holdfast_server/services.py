"""Everything the server can do, wired: what every door receives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from holdfast_server.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """One of each."""

    settings: Settings
    started_ns: int
    fleet: Any
