"""What a tool promises about itself: its arguments, its effect, and what may be done with its output."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from holdfast.action.action import Effect

RESERVED_PREFIX = "holdfast:"
"""Names that Holdfast keeps for actions that are not tools."""


class Contract(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One tool's contract; the defaults are the suspicious ones.

    An unlabelled tool is an untrusted reader and a consequential writer (capability A1).
    """

    tool: str
    description: str = ""
    parameters: dict[str, Any] = msgspec.field(default_factory=lambda: {"type": "object"})
    """JSON Schema 2020-12 of the arguments, as it came."""
    effect: Effect = Effect.EXECUTE
    reversible: bool = False
    critical: tuple[str, ...] = ()
    """Arguments whose value must come from someone entitled to choose it."""
    payload: tuple[str, ...] = ()
    """Arguments that carry content outward."""
    output_labels: tuple[str, ...] = ("untrusted",)
    """Labels that the tool's result brings into the session; `()` marks a trusted tool."""
    egress: bool = False
    """Whether the call leaves the house."""
    environment: str = ""
    """Where the tool acts when it says so itself, e.g. `production`; else an argument may."""
    cost_micro_usd: int = 0
    """What one call costs, for budgets."""
    open: bool = False
    """Accept properties that the schema does not name; they stay invisible to policy."""
    inferred: bool = False
    """True when nobody wrote this contract: it was read off a framework's tool."""

    @property
    def irreversible(self) -> bool:
        """Whether the effect must be in the ledger, durably, before it happens."""
        return not self.reversible and self.effect is not Effect.READ

    def fingerprint(self) -> str:
        """SHA-256 over every field, hex; a changed schema or description is a new contract."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()
