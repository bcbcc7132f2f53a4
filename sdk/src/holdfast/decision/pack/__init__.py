"""Policy packs: readable YAML that becomes Cedar."""

from holdfast.decision.pack.catalog import Entry, catalog
from holdfast.decision.pack.categories import CATEGORIES
from holdfast.decision.pack.extending import gather
from holdfast.decision.pack.pack import Pack, Rule, join_detectors, join_flow, read_pack
from holdfast.decision.pack.presets import PRESETS, REDACTED
from holdfast.decision.pack.tools import overlay

__all__ = [
    "CATEGORIES",
    "PRESETS",
    "REDACTED",
    "Entry",
    "Pack",
    "Rule",
    "catalog",
    "gather",
    "join_detectors",
    "join_flow",
    "overlay",
    "read_pack",
]
