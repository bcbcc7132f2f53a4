"""A virtual key as it travels: whom it stands for, what it may reach, and until when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from holdfast_server.errors import Invalid
from holdfast_server.kit.wire import Ask, Name, Wire

State = Literal["active", "expired", "revoked"]
Window = Literal["none", "day", "week", "month"]
Usd = Annotated[float, Field(ge=0, le=1_000_000_000)]
Words = Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=256)]], Field(max_length=64)]
TTL_S_MAX = 10 * 366 * 86_400


class GatewayKey(Wire):
    """What is known of a key; not the key."""

    id: str
    name: str
    prefix: str
    """How it begins."""
    state: State
    agent: str
    """Whom its calls are judged as."""
    version: str
    owner: str
    project: str
    models: list[str]
    """Globs over `provider/model` and over what clients call models; empty for all."""
    labels: list[str]
    """Data labels that its sessions begin with."""
    tags: dict[str, str]
    """What its calls are counted by."""
    budget_usd: float | None
    """Of the key itself; budgets of its agent, its tags … hold beside it."""
    used_usd: float | None
    """Of that budget, in the window that counts now; null without one."""
    budget_window: Window | None
    expires_at: datetime | None
    created_at: datetime
    created_by: str
    last_used_at: datetime | None
    rotated_at: datetime | None
    old_until: datetime | None
    """Until when the key before the last rotation is still good."""
    revoked_at: datetime | None
    revoked_by: str


class NewGatewayKey(GatewayKey):
    """A key that was just made: the only time that anybody sees it."""

    secret: str


class GatewayKeyAsk(Ask):
    """A key to make."""

    name: Name = Field(min_length=1)
    agent: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    version: Name = ""
    owner: Name = ""
    project: Name = ""
    """The server's own when empty."""
    models: Words = Field(default_factory=list)
    labels: Words = Field(default_factory=list)
    tags: dict[Name, Name] = Field(default_factory=dict, max_length=32)
    budget_usd: Usd | None = None
    budget_window: Window = "none"
    expires_at: datetime | None = None
    ttl_s: Annotated[float, Field(gt=0, le=TTL_S_MAX)] | None = None
    """Instead of `expires_at`."""
    by: Name = Field(min_length=1)

    @model_validator(mode="after")
    def _one_end(self) -> GatewayKeyAsk:
        if self.expires_at is not None and self.ttl_s is not None:
            raise ValueError("give expires_at or ttl_s, not both")
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise ValueError("expires_at needs a time zone, e.g. 2030-01-31T00:00:00Z")
        return self

    def expires_ns(self, now_ns: int) -> int | None:
        """When it ends.

        Raises:
            Invalid: that is past.
        """
        if self.ttl_s is not None:
            return now_ns + int(self.ttl_s * 1_000_000_000)
        if self.expires_at is None:
            return None
        ends = int(self.expires_at.astimezone(UTC).timestamp() * 1_000_000_000)
        if ends <= now_ns:
            raise Invalid("the key would be over before it begins", hint="Give a time to come.")
        return ends


class RotateAsk(Ask):
    """How long the old key stays good beside the new one."""

    grace_s: Annotated[float, Field(ge=0, le=30 * 86_400)] = 0
    by: Name = Field(min_length=1)


class RevokeAsk(Ask):
    """Who says that a key is good no longer."""

    by: Name = Field(min_length=1)
