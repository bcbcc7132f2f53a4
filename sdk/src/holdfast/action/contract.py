"""What a tool promises about itself: its arguments, its effect, and what may be done with its output."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from holdfast.action.action import Effect
from holdfast.action.duties import Compensation, Polling, PostCondition, Rate, Retries

RESERVED_PREFIX = "holdfast:"
"""Names that Holdfast keeps for actions that are not tools."""


class Origin(StrEnum):
    """Who wrote a contract down."""

    YAML = "yaml"
    DECORATOR = "decorator"
    MCP = "mcp"
    OPENAPI = "openapi"
    SHIPPED = "shipped"


class Contract(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One tool's contract; the defaults are the suspicious ones.

    An unlabelled tool is an untrusted reader and a consequential writer (capability A1).
    """

    tool: str
    description: str = ""
    parameters: dict[str, Any] = msgspec.field(default_factory=lambda: {"type": "object"})
    """JSON Schema 2020-12 of the arguments, as it came."""
    output: dict[str, Any] = {}
    """JSON Schema 2020-12 of the result; a result that does not keep it is a failure. Empty: anything."""
    effect: Effect = Effect.EXECUTE
    reversible: bool = False
    idempotent: bool = False
    """Whether doing it again with the same arguments changes nothing more."""
    critical: tuple[str, ...] = ()
    """Arguments whose value must come from someone entitled to choose it."""
    payload: tuple[str, ...] = ()
    """Arguments that carry content outward."""
    output_labels: tuple[str, ...] = ("untrusted",)
    """Labels that the tool's result brings into the session; `()` marks a trusted tool."""
    endorses: tuple[str, ...] = ()
    """Fields of the result that its keeper fills in, not an author, like an id or a contact's address.

    A whole value of one may be chosen for critical arguments if the question was endorsed; `*` is each field.
    """
    recipients: tuple[str, ...] = ()
    """Arguments that say who receives what leaves; without any, the addresses in the critical ones."""
    memory: str = ""
    """The argument that names a memory: a write keeps the session's labels, a read brings them back."""
    egress: bool = False
    """Whether the call leaves the house."""
    environment: str = ""
    """Where the tool acts when it says so itself, e.g. `production`; else an argument may."""
    cost_micro_usd: int = 0
    """What one call costs, for budgets."""
    idempotency_key: tuple[str, ...] = ()
    """Arguments that name the effect: one effect a key in a session; who repeats it gets the first result."""
    timeout_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0.0
    """How long one call may take; 0 sets no limit."""
    retries: Retries | None = None
    rate: Rate | None = None
    polling: Polling | None = None
    """How a tool that is asked again and again keeps time."""
    postconditions: tuple[PostCondition, ...] = ()
    """What the world must show afterwards: what was claimed against what is observed."""
    compensation: Compensation | None = None
    """How the effect is taken back."""
    open: bool = False
    """Accept properties that the schema does not name; they stay invisible to policy."""
    inferred: bool = False
    """True when nobody wrote this contract: it was read off a framework's tool."""
    origin: Origin = Origin.YAML

    @property
    def has_duties(self) -> bool:
        """Whether the guard has more to do for a call than to judge and to record it."""
        return bool(
            self.timeout_s
            or self.retries
            or self.rate
            or self.postconditions
            or self.output
            or self.idempotency_key
            or self.compensation
        )

    @property
    def irreversible(self) -> bool:
        """Whether the effect must be in the ledger, durably, before it happens."""
        return not self.reversible and self.effect is not Effect.READ

    def fingerprint(self) -> str:
        """SHA-256 over every field, hex; a changed schema or description is a new contract."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()
