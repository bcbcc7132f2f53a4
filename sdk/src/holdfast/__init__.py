"""Holdfast decides before an agent acts and records what happened so that it can be proved.

```python
import holdfast

holdfast.init()
```

Two lines govern the agents of this process; `holdfast.tool`, `holdfast.agent` and `holdfast.session` say more
about hand-written ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from holdfast.action import Contract, Effect
from holdfast.decision import Decision, Verdict
from holdfast.errors import (
    BudgetSpent,
    Denied,
    Expired,
    Halted,
    HoldfastError,
    Misconfigured,
    Refused,
    Rejected,
    Tampered,
    Unavailable,
    Unsuccessful,
)
from holdfast.guard import (
    Guard,
    Step,
    accept,
    agent,
    declared,
    declassify,
    delegate,
    install,
    installed,
    session,
    start,
    tool,
    uninstall,
)
from holdfast.settings import Mode, load

__version__ = "0.1.0"

__all__ = [
    "BudgetSpent",
    "Contract",
    "Decision",
    "Denied",
    "Effect",
    "Expired",
    "Guard",
    "Halted",
    "HoldfastError",
    "Misconfigured",
    "Refused",
    "Rejected",
    "Step",
    "Tampered",
    "Unavailable",
    "Unsuccessful",
    "Verdict",
    "accept",
    "agent",
    "declassify",
    "delegate",
    "init",
    "session",
    "shutdown",
    "tool",
]


def init(
    *,
    server: str | None = None,
    policies: str | Path | Sequence[str | Path] | None = None,
    data: str | Path | None = None,
    mode: Mode | None = None,
    project: str | None = None,
    integrations: bool | Iterable[str] | None = None,
    person: str | None = None,
) -> Guard:
    """Govern the agents of this process; calling it again changes nothing.

    What is not given comes from `HOLDFAST_*`, then from `holdfast.toml`, then from the defaults.

    Args:
        server: address of `holdfast up`; without one, local policies are enforced and a local ledger kept.
        policies: a policy file, a folder, a pack by its name, or several; in force when no server is.
        data: the folder for ledger, keys and spool; `.holdfast` when nobody says otherwise.
        mode: `enforce`, or `shadow` to decide and record without acting on it.
        project: the name under which runs are filed.
        integrations: which frameworks to govern: all, none, or by name.
        person: on whose behalf agents run when their session does not say.

    Raises:
        Misconfigured: a setting or policy cannot be used; nothing is governed then.
    """
    guard = installed()
    if guard is not None:
        return guard
    from holdfast import integrations as doors

    given = {
        "server": server,
        "policies": ",".join(map(str, policies)) if isinstance(policies, (list, tuple)) else policies,
        "data": data,
        "mode": mode,
        "project": project,
        "integrations": integrations
        if integrations is None or isinstance(integrations, bool)
        else tuple(integrations),
        "person": person,
    }
    guard = install(lambda: start(load(given)))
    if guard.settings.replay is not None:
        try:
            _replay(guard, guard.settings.replay)
        except Misconfigured:
            uninstall()
            raise
    for contract in declared():
        guard.learn(contract)
    try:
        doors.install(guard.settings.integrations)
    except Misconfigured:
        shutdown()
        raise
    return guard


def _replay(guard: Guard, plan: Path) -> None:
    """Let the guard go through a recorded run; a plan that cannot be read lets nothing run."""
    from holdfast.guard.rules import local_sources
    from holdfast.testing.replaying import open_replay

    replayed = open_replay(plan)
    guard.replaying = replayed
    if replayed.plan.policies:
        sources, origin = local_sources(Path(replayed.plan.policies))
        if not guard.rules.replace(sources, origin=origin):
            raise Misconfigured(guard.rules.error)


def shutdown() -> None:
    """Stop governing: give the frameworks back as they were, deliver what is left, close the ledger."""
    from holdfast import integrations as doors

    doors.uninstall()
    uninstall()
