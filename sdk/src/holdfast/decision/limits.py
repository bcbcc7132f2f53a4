"""What a policy file says beyond rules: budgets, detectors, who settles doubts about origin."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

import msgspec

from holdfast.decision.alarms import Alarm as Alarm  # noqa: PLC0414  # read from here by others, too
from holdfast.decision.alarms import Detectors as Detectors  # noqa: PLC0414  # the same
from holdfast.decision.budgets import (
    EACH,
    EVERYTHING,
    BudgetTerms,
    Scope,
    Unit,
    Window,
    find_zone,
    name_of,
    whole,
)

HELD: Final = "held"
MICRO: Final = 1_000_000
"""Micro-USD in a USD."""
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)
IN_ACCOUNTS: Final = frozenset(("seconds", "records"))
"""What even a plain budget of a session or a run counts in an account."""
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
Money = Annotated[float, msgspec.Meta(ge=0, le=1_000_000_000)]


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The most that a run, a session, an agent, a team … may use, each time a window begins."""

    scope: Scope = "session"
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=256)] = EACH
    """Whose budget it is; `*` gives everyone in the scope one of their own."""
    usd: Money | None = None
    tokens: Count | None = None
    calls: Count | None = None
    """Tools, models and delegations together."""
    seconds: Money | None = None
    """How long calls take, added up."""
    records: Count | None = None
    """How many records the calls of tools say that they touch, added up."""
    soft: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    """The share of the limit from which on a warning is recorded; nothing is refused for it."""
    window: Window = "none"
    """When it begins anew: `day`, `week` (on Monday), `month`, or never."""
    time_zone: str = "UTC"
    """Where the window begins at midnight: an IANA name."""
    shared: bool = False
    """For `session` and `run`: count what every process uses of it, through the server."""
    unpriced: Literal["deny", "allow"] = "deny"
    """What happens to an action whose price is not known, when there is a limit in USD."""
    verdict: Literal["ask", "deny", "halt"] = "deny"
    """What happens to an action that does not fit."""

    def __post_init__(self) -> None:
        find_zone(self.time_zone)
        if all(getattr(self, unit) is None for unit in UNITS):
            raise ValueError(f"it limits nothing; give it one of {', '.join(UNITS)}")
        within = self.scope in {"session", "run"}
        if within and self.window != "none":
            raise ValueError(f"a {self.scope} has no window; budget its agent, or the org")
        if self.shared and not within:
            raise ValueError("`shared` is for sessions and runs; every other budget is shared as it is")
        if self.scope == "org" and self.key != EACH:
            raise ValueError("there is one org; leave the key out")
        if self.scope == "tag" and "=" not in self.key and self.key != EACH:
            raise ValueError("the key of a tag is name=value, or name=* for each value")

    @property
    def inside(self) -> bool:
        """Whether the session itself keeps it: nobody else has to be asked."""
        return self.scope in {"session", "run"} and not self.shared

    @property
    def limits(self) -> tuple[tuple[str, int], ...]:
        """The limit of each unit that a session counts by itself."""
        if not self.inside:
            return ()
        usd = None if self.usd is None else round(self.usd * MICRO)
        units = (("micro_usd", usd), ("tokens", self.tokens), ("calls", self.calls))
        return tuple((unit, limit) for unit, limit in units if limit is not None)

    @property
    def terms(self) -> tuple[BudgetTerms, ...]:
        """One for each unit that is counted in an account: all but plain limits of a session or a run."""
        made = (self._terms(unit) for unit in UNITS if getattr(self, unit) is not None)
        return tuple(
            one for one in made if not self.inside or one.soft is not None or one.unit in IN_ACCOUNTS
        )

    @property
    def said(self) -> tuple[BudgetTerms, ...]:
        """One for each unit it limits, wherever that is counted."""
        return tuple(self._terms(unit) for unit in UNITS if getattr(self, unit) is not None)

    def _terms(self, unit: Unit) -> BudgetTerms:
        limit = whole(getattr(self, unit), unit)
        key = EVERYTHING if self.scope == "org" else self.key
        return BudgetTerms(
            id=name_of(self.scope, key, unit, self.window),
            scope=self.scope,
            key=key,
            unit=unit,
            limit=limit,
            soft=None if self.soft is None else round(limit * self.soft),
            window=self.window,
            time_zone=self.time_zone,
            verdict=self.verdict,
            unpriced=self.unpriced,
        )


class Flow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How doubts about where a value came from are settled."""

    approver: str = "owner"
    """The role that may endorse a value, and that answers detectors and budgets that ask."""
    depth_max: Annotated[int, msgspec.Meta(ge=1, le=64)] = 8
    """How many agents may act for one another."""
    cycles: Literal["deny", "allow"] = "deny"
    """Whether an agent may be started by one that already works for it."""
    registry: dict[str, tuple[str, ...]] = {}
    """Values that agents may choose: `contacts`, `payees`, any list; `domains` is each address in them."""
    readers: dict[str, tuple[str, ...]] = {}
    """Who may read what carries a label: addresses, names, `@domain`; a label without any is free."""
    models: Literal["trusted", "held"] = "trusted"
    """`held` sends a model what carries a label only where it, or its provider, is among the readers."""
