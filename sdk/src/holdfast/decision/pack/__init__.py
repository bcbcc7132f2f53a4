"""Policy packs: readable YAML that becomes Cedar."""

from holdfast.decision.pack.pack import Pack, Rule, overlay, read_pack
from holdfast.decision.pack.presets import PRESETS, REDACTED

__all__ = ["PRESETS", "REDACTED", "Pack", "Rule", "overlay", "read_pack"]
