"""A question to a person about one action, and what became of it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from holdfast.action import Contract


class ApprovalRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person needs to decide; the digest binds the answer to exactly this action."""

    step: str
    run: str
    session: str
    trace: str
    agent: str
    kind: str
    target: str
    effect: str
    arguments: dict[str, Any]
    """As a person may see them: redacted. The exact ones never leave; see `holdfast.record.restore`."""
    digest: str
    reasons: tuple[dict[str, str], ...]
    roles: tuple[str, ...]
    version: str = ""
    owner: str = ""
    person: str = ""
    chain: tuple[str, ...] = ()
    unendorsed: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    ttl_s: int = 3600
    title: str = ""
    framework: str = ""
    contract: Contract | None = None


class Approval(msgspec.Struct, frozen=True):
    """The question as it stands now; what a newer server adds is passed over."""

    id: str
    state: Literal["pending", "approved", "refused", "expired", "used", "withdrawn"]
    edited: bool = False
    approved_arguments: dict[str, Any] | None = None
    approved_digest: str | None = None
    answered_by: str | None = None
    note: str | None = None
    roles: tuple[str, ...] = ()

    @property
    def pending(self) -> bool:
        """Whether nobody has answered yet."""
        return self.state == "pending"
