"""Everything a decision depends on, as one value, so that it can be made again with one thing changed."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from holdfast.action import Action, canonicalise, digest
from holdfast.decision.bundle import Bundle
from holdfast.decision.controls import FREE, Controls
from holdfast.decision.deciding import decide
from holdfast.decision.session import Session
from holdfast.decision.verdict import Decision

NOBODY: Final[frozenset[str]] = frozenset()


class Situation(msgspec.Struct, frozen=True):
    """An action with all that judges it; deciding one changes nothing."""

    action: Action
    session: Session
    bundle: Bundle
    controls: Controls = FREE
    now_ns: int = 0
    approvals: frozenset[str] = NOBODY

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments that are judged."""
        return self.action.arguments

    def decide(self) -> Decision:
        """The decision here."""
        return decide(
            self.action,
            self.session,
            self.bundle,
            controls=self.controls,
            now_ns=self.now_ns,
            approvals=self.approvals,
        )

    def with_arguments(self, arguments: dict[str, Any]) -> Situation:
        """The same with other arguments, and the digest that goes with them.

        Raises:
            Invalid: the arguments are not plain data.
        """
        plain, canonical = canonicalise(arguments)
        named = digest(self.action.kind, self.action.target, canonical)
        action = msgspec.structs.replace(self.action, arguments=plain, canonical=canonical, digest=named)
        return msgspec.structs.replace(self, action=action)
