"""What is in force from outside: kills and the lease, pushed by the control plane."""

from __future__ import annotations

from typing import Final

import msgspec

SCOPES: Final = ("org", "agent", "session", "run", "tool", "model")
"""What a kill can be aimed at, widest first."""


class Controls(msgspec.Struct, frozen=True, gc=False):
    """The state of every switch; replaced as a whole when any of them moves."""

    kills: frozenset[tuple[str, str]] = frozenset()
    """`(scope, target)` of every kill in force; the target of `org` is `*`."""
    lease_ok: bool = True
    """False once the control plane has been away for longer than it lent its authority."""
    reads_without_lease: bool = True
    """Whether reading may go on without a lease; everything else fails closed."""


FREE: Final = Controls()
"""No kill in force, the lease good."""
