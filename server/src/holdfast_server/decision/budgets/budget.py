"""A budget as it travels: what it says, how much of it is used, and who holds the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from holdfast.decision.budgets import EACH, EVERYTHING, BudgetTerms, Scope, Unit, Window, find_zone, whole
from holdfast_server.errors import Invalid
from holdfast_server.kit.wire import Ask, Name, Wire

State = Literal["ok", "soft", "spent"]
Verdict = Literal["ask", "deny", "halt"]
Source = Literal["api", "policy"]
Amount = Annotated[float, Field(ge=0, le=1_000_000_000)]
Count = Annotated[int, Field(ge=0, le=2**62)]
Place = Annotated[int, Field(ge=0)]


class Holder(Wire):
    """A process that holds a part of an account."""

    lease: str
    process: str
    agent: str
    run: str
    """Where it was needed first."""
    amount: float
    """Leased and not accounted for yet."""
    held: float
    """The part of it that calls under way can still use."""
    state: Literal["open", "expired"]
    """An expired lease counts as used until it is proved what became of it."""
    expires_at: datetime


class Account(Wire):
    """One key of a budget in the window that counts now."""

    key: str
    used: float
    held: float
    """Leased to processes and not accounted for yet; `in_doubt` is a part of it."""
    in_doubt: float
    """Leased to processes that were not heard of since."""
    left: float
    state: State
    resets_at: datetime | None
    holders: list[Holder]


class Budget(Wire):
    """What may be used, and how much of it is."""

    id: str
    scope: Scope
    key: str
    """Whose budget it is; `*` gives everyone in the scope one of their own."""
    unit: Unit
    limit: float
    soft: float | None
    """From here on a warning is recorded; nothing is refused yet."""
    window: Window
    time_zone: str
    verdict: Verdict
    unpriced: Literal["deny", "allow"]
    source: Source
    """`policy` when a policy file says it: it is changed there."""
    by: str
    inside: bool
    """Whether each session or run keeps it by itself: what is used is read from the records that arrived, of
    the hundred that were active last."""
    created_at: datetime
    updated_at: datetime
    used: float
    held: float
    in_doubt: float
    left: float
    state: State
    """Of the fullest account, like every number here."""
    resets_at: datetime | None
    fullest: str
    """The key of the account that the numbers are of."""
    accounts: list[Account]
    """Every key of a budget for each, the fullest first; at most a hundred."""
    holders: list[Holder]
    """Who holds a part of the fullest account."""


class BudgetAsk(Ask):
    """A budget to keep to from now on."""

    scope: Scope
    key: Name = EACH
    """Whose; `*` gives everyone in the scope one of their own. A tag is `name=value` or `name=*`."""
    unit: Unit
    limit: Amount
    soft: Amount | None = None
    """Warn from here on, in the same unit."""
    window: Window = "none"
    time_zone: Name = "UTC"
    verdict: Verdict = "deny"
    unpriced: Literal["deny", "allow"] = "deny"
    by: Name = Field(min_length=1)

    def terms(self, name: str) -> BudgetTerms:
        """What it says, under a name.

        Raises:
            Invalid: the parts do not go together.
        """
        try:
            find_zone(self.time_zone)
        except ValueError as error:
            raise Invalid(str(error), hint="Write it as Europe/Berlin, or UTC.") from error
        if self.scope == "org" and self.key not in (EACH, EVERYTHING):
            raise Invalid("there is one org; leave the key out")
        if self.scope in ("run", "session") and self.window != "none":
            raise Invalid(f"a {self.scope} has no window", hint="Budget its agent, or the org.")
        if self.scope == "tag" and "=" not in self.key and self.key != EACH:
            raise Invalid("the key of a tag is name=value, or name=* for each value")
        soft = None if self.soft is None else counted(self.soft, self.unit)
        limit = counted(self.limit, self.unit)
        if soft is not None and soft > limit:
            raise Invalid("the soft limit is above the limit", hint="Warn before it is refused.")
        key = EVERYTHING if self.scope == "org" else self.key
        return BudgetTerms(
            name, self.scope, key, self.unit, limit, soft, self.window, self.time_zone, self.verdict,
            self.unpriced,
        )  # fmt: skip


def counted(amount: float, unit: str) -> int:
    """An amount in the whole numbers that it is counted in.

    Raises:
        Invalid: half a call was asked for.
    """
    if unit not in {"usd", "seconds"} and amount != int(amount):
        raise Invalid(f"{unit} are whole numbers, and {amount:g} is none")
    return whole(amount, unit)


class BudgetEdit(Ask):
    """What changes; what is left out stays, and so does what was used."""

    limit: Amount | None = None
    soft: Amount | None = None
    warn: bool | None = None
    """False takes the soft limit away."""
    verdict: Verdict | None = None
    unpriced: Literal["deny", "allow"] | None = None
    by: Name = Field(min_length=1)


class RemoveAsk(Ask):
    """Who removes a budget."""

    by: Name = Field(min_length=1)


class TermsView(Wire):
    """A budget as those who keep to it know it, in whole numbers of its unit."""

    id: str
    scope: Scope
    key: str
    unit: Unit
    limit: int
    soft: int | None
    window: Window
    time_zone: str
    verdict: Verdict
    unpriced: Literal["deny", "allow"]


class TermsList(Wire):
    """Every budget in force."""

    seq: int
    """Changes whenever one of them does."""
    items: list[TermsView]


class LeaseAsk(Ask):
    """What a process has used of one account, and what more it needs."""

    budget: Name
    key: Name = ""
    lease: Name = ""
    """The lease it holds; empty for none that it knows of."""
    fence: Place = 0
    """The number that came with the lease."""
    used: Count = 0
    """In all, on this lease; never less than before."""
    held: Count = 0
    """The most that calls under way can still use."""
    need: Count = 0
    """What must be free beside that; every need of one request is met, or none."""
    keep: Count | None = None
    """What it would like to have free; null for as much as the server thinks fit."""
    close: bool = False
    """Give it all back."""


class LeasesAsk(Ask):
    """One process reports, and asks for more: of as many accounts as it likes, in one step."""

    process: Name = Field(min_length=1)
    log: Name = ""
    """The ledger it writes."""
    agent: Name = ""
    run: Name = ""
    asks: list[LeaseAsk] = Field(max_length=1000)


class Lease(Wire):
    """What a process may use of one account until the lease ends."""

    budget: str
    key: str
    lease: str
    fence: int
    amount: int
    """Leased in all, what was used of it included."""
    state: Literal["open", "fenced", "closed", "refused", "gone"]
    """`fenced`: it is over and may not be used. `refused`: too little is left. `gone`: no such budget."""
    starts_ns: int
    ends_ns: int
    """The window it is for."""
    limit: int
    total: int
    """Used or leased by everybody."""


class Leases(Wire):
    """The answer to a `LeasesAsk`, in its order."""

    ttl_s: float
    """A lease that is not renewed for so long is over."""
    seq: int
    """The `seq` of the terms that judged."""
    leases: list[Lease]


class SettleAsk(Ask):
    """The ledger of a process that died: everything it used stands in there."""

    log: Name = Field(min_length=1)
    size: Place
    """How many records it holds; they must all have arrived."""


class Settled(Wire):
    """What came of the leases of a process that died."""

    leases: int
    returned: int
    """How many of them had something left to give back."""
