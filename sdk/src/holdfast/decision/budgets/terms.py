"""What a budget says, in one unit, and which calls it counts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from holdfast.decision.budgets.units import Unit
from holdfast.decision.budgets.window import Window

Scope = Literal["run", "session", "agent", "team", "workflow", "org", "customer", "tag", "key"]

EACH: Final = "*"
"""The key of a budget that every run, agent, team … has for itself."""
EVERYTHING: Final = ""
"""The one key of the scope `org`."""


class BudgetTerms(msgspec.Struct, frozen=True):
    """A budget as those who keep to it know it."""

    id: str
    scope: Scope
    key: str
    """Whose budget it is; `*` gives everyone in the scope one of their own."""
    unit: Unit
    limit: int
    """In whole numbers of the unit: see `units.SCALE`."""
    soft: int | None = None
    """From here on a warning is recorded; nothing is refused yet."""
    window: Window = "none"
    time_zone: str = "UTC"
    verdict: Literal["ask", "deny", "halt"] = "deny"
    unpriced: Literal["deny", "allow"] = "deny"

    def keys(self, place: Place) -> tuple[str, ...]:
        """Under which keys a call at this place counts."""
        there = place.keys.get(self.scope, ())
        if self.key == EACH:
            return there
        if self.scope == "tag" and self.key.endswith("=*"):
            name = self.key[:-1]
            return tuple(key for key in there if key.startswith(name))
        return (self.key,) if self.key in there else ()


class Place(msgspec.Struct, frozen=True):
    """Where a call happens: every key it has, by scope."""

    keys: Mapping[str, tuple[str, ...]]


def name_of(scope: str, key: str, unit: str, window: str) -> str:
    """The id of a budget: by what it is for, so that another limit is the same budget."""
    key = EVERYTHING if scope == "org" else key
    said = "\0".join((scope, key, unit, window))
    return f"bud_{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def make_place(
    *,
    runs: tuple[str, ...],
    session: str,
    agents: tuple[str, ...],
    teams: tuple[str, ...] = (),
    workflow: str = "",
    tags: Mapping[str, str] | None = None,
    gateway_key: str = "",
) -> Place:
    """The keys of a call, so that it counts for everyone it acts for.

    Args:
        runs: the run and every run above it.
        session: the session.
        agents: the whole chain: who hands work on pays for it too.
        teams: of these agents.
        workflow: what it is a part of.
        tags: whatever else it is counted by; `customer` is a scope of its own.
        gateway_key: the virtual key that a call came with, where it came by the gateway.
    """
    said = dict(tags or {})
    customer = said.pop("customer", "")
    keys: dict[str, tuple[str, ...]] = {
        "org": (EVERYTHING,),
        "run": runs,
        "session": (session,) if session else (),
        "agent": _once(agents),
        "team": _once(teams),
        "workflow": (workflow,) if workflow else (),
        "customer": (customer,) if customer else (),
        "tag": tuple(f"{name}={value}" for name, value in sorted(said.items())),
        "key": (gateway_key,) if gateway_key else (),
    }
    return Place(keys)


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))
