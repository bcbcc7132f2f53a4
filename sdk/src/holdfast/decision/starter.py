"""The rules in force when nobody has written any: reading and writing go on, what matters asks."""

from __future__ import annotations

from typing import Final

from holdfast.decision.packs import find_pack
from holdfast.decision.source import Source

STARTER: Final[Source] = find_pack("starter")
"""The starter pack."""
