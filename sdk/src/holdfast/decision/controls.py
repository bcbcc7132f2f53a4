"""What is in force from outside: kills and the lease, pushed by the control plane."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

SCOPES: Final = ("org", "agent", "session", "run", "tool", "model")
"""What a kill can be aimed at, widest first."""

Unattended = Literal["nothing", "reading", "reversible", "everything"]
"""What goes on when the control plane has been away for longer than its lease, under the last policies."""


class Controls(msgspec.Struct, frozen=True, gc=False):
    """The state of every switch; replaced as a whole when any of them moves."""

    kills: frozenset[tuple[str, str]] = frozenset()
    """`(scope, target)` of every kill in force; the target of `org` is `*`."""
    lease_ok: bool = True
    """False once the control plane has been away for longer than it lent its authority."""
    unattended: Unattended = "reversible"
    """What may go on without a lease; everything else fails closed."""


FREE: Final = Controls()
"""No kill in force, the lease good."""
