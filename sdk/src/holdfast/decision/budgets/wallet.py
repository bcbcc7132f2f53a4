"""What a process holds of budgets: leased ahead of the need, used without asking anybody, reported, returned.

Pure, because two keep one: the guard of a process, behind locks and with a thread that asks ahead, and the
server for the sessions it judges itself. When things go wrong, the strict thing happens: a lease that was not
renewed in time is void here before it is over there.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Final

import msgspec

from holdfast.decision.budgets.account import Account
from holdfast.decision.budgets.exchange import Ask, Leased, LeaseRow
from holdfast.decision.budgets.terms import BudgetTerms, Place
from holdfast.decision.budgets.units import Need, Used

REFILL: Final = 4
"""More is asked for when less than one part in so many of the last lease is free."""
RENEW: Final = 3
"""A lease is renewed after one part in so many of its time."""
AGAIN_S: Final = 0.25
"""For how long somebody who was refused, or found nobody to ask, does not ask again."""
MARGIN: Final = 0.9
"""A lease ends here after this part of its time: clocks and networks may err by the rest."""
KEPT: Final = 2
"""A renewal keeps so many times what was used since the one before; the rest goes back."""

IDLE: Final = 6
"""After so many renewals without any use a lease is given back."""
OWN_MAX: Final = 10_000
"""Accounts nobody else uses that are remembered; the oldest nothing is held on is forgotten."""

Hold = tuple[Account, int]


class Slip(msgspec.Struct, gc=False):
    """What is known of one lease beside its account."""

    account: Account
    own: bool = False
    """Whether nobody else uses the account, so that nobody is asked."""
    lease: str = ""
    fence: int = 0
    until: float = float("inf")
    """When it is void, on the monotonic clock."""
    ends_ns: int = 2**63 - 1
    """When its window is over."""
    renew_at: float = float("inf")
    chunk: int = 0
    """What was free after the last exchange."""
    used_then: int = 0
    refused: int = 0
    """The least that was refused lately; 0 for nothing."""
    ask_again: float = 0.0
    idle: int = 0
    """Renewals in a row without any use."""
    over: bool = False
    """Whether it only waits for its last calls to end."""


class Wallet:
    """Every account that one process uses; whoever keeps it calls it from one place at a time.

    Times `now` are seconds of a clock that never goes back, `now_ns` is the wall clock.
    """

    def __init__(self) -> None:
        self._slips: dict[tuple[str, str], Slip] = {}
        self._over: list[Slip] = []
        self._holds: dict[str, tuple[Hold, ...]] = {}
        self._owned = 0
        self.version = 0
        """Changes whenever an account is replaced by another."""

    # For every call

    def open(self, terms: Iterable[BudgetTerms], place: Place, *, own: bool = False) -> tuple[Account, ...]:
        """The accounts that a call at this place counts in.

        Args:
            terms: the budgets there are.
            place: whose keys are looked for.
            own: whether nobody else uses them, so that all of the limit is there at once.
        """
        found: list[Account] = []
        for one in terms:
            for key in one.keys(place):
                slip = self._slips.get((one.id, key))
                known = slip is not None and slip.account.terms == one
                found.append(slip.account if slip and known else self._begin(one, key, own=own))
        return tuple(found)

    def is_short(self, accounts: Sequence[Account], need: Need, now: float, now_ns: int) -> bool:
        """Whether somebody has to be asked before this can be judged."""
        for account in accounts:  # noqa: SIM110  # a generator costs more than the search
            if self._lacks(account, need.of(account.terms.unit), now, now_ns):
                return True
        return False

    def hold(self, step: str, accounts: Sequence[Account], need: Need, *, beyond: bool = False) -> bool:
        """Reserve for a step in every account, or in none; a step holds once, however often it asks.

        Args:
            step: the step.
            accounts: where.
            need: how much.
            beyond: whether a person allowed more than there is, where the budget asks.
        """
        if step in self._holds:
            return True
        holds: list[Hold] = []
        for account in accounts:
            amount = need.of(account.terms.unit)
            short = amount and account.free < amount
            if short and not (beyond and account.terms.verdict == "ask"):
                return False
            holds.append((account, amount))
        for account, amount in holds:
            account.hold(amount)
        self._holds[step] = tuple(holds)
        return True

    def reserve(
        self, step: str, accounts: Sequence[Account], need: Need, now: float, now_ns: int
    ) -> tuple[tuple[str, int], ...] | None:
        """Hold at a glance: leases stand, there is room in every account, and nothing has to be said of it.

        Returns:
            What is held on leases, for the step's record; None, with nothing held, when somebody has to look.
        """
        if step in self._holds:
            return None
        holds: list[Hold] = []
        leases: list[tuple[str, int]] = []
        for account in accounts:
            terms = account.terms
            slip = self._slips.get((terms.id, account.key))
            if slip is None or slip.account is not account or now >= slip.until or now_ns >= slip.ends_ns:
                return None
            amount, taken = need.of(terms.unit), account.used + account.held
            if amount > account.granted - taken or (need.usd is None and terms.unit == "usd"):
                return None
            if terms.soft is not None and account.others + taken + amount > terms.soft:
                return None
            holds.append((account, amount))
            if account.lease:
                leases.append((account.lease, amount))
        for account, amount in holds:
            account.held += amount
        self._holds[step] = tuple(holds)
        return tuple(leases)

    def settle(self, step: str, used: Used, *, tell_at: float | None = None) -> None:
        """Exchange what a step held for what it used.

        Args:
            step: the step.
            used: what it used.
            tell_at: when that is to be reported; with the next renewal when absent.
        """
        for account, held in self._holds.pop(step, ()):
            account.settle(held, used.of(account.terms.unit, held))
            slip = self.find(account) if tell_at is not None else None
            if slip is not None and tell_at is not None:
                slip.renew_at = min(slip.renew_at, tell_at)

    def held(self, step: str) -> tuple[tuple[str, int], ...]:
        """What a step holds on leases, for its record."""
        holds = self._holds.get(step, ())
        return tuple([(account.lease, amount) for account, amount in holds if account.lease])

    @property
    def steps(self) -> Container[str]:
        """The steps that hold something."""
        return self._holds

    def runs_out(self, account: Account) -> bool:
        """Whether it is time to ask for more, before anybody has to wait for it."""
        slip = self.find(account)
        return slip is not None and bool(slip.lease) and account.free * REFILL < slip.chunk

    # Leases

    def find(self, account: Account) -> Slip | None:
        """What is known of an account, unless another one stands in its place by now."""
        slip = self._slips.get((account.terms.id, account.key))
        return slip if slip is not None and slip.account is account else None

    def refresh(self) -> None:
        """Ask soon how everything stands: somebody changed a budget."""
        for slip in self._slips.values():
            slip.renew_at = slip.ask_again = 0.0
            slip.refused = 0

    @property
    def leased(self) -> list[Slip]:
        """Every lease there is to report."""
        return [slip for slip in (*self._slips.values(), *self._over) if slip.lease]

    def due(self, now: float) -> list[Slip]:
        """Leases to renew, and those that run out."""
        return [one for one in self.leased if one.renew_at <= now or self._wants_more(one, now)]

    def is_due(self, now: float) -> bool:
        """Whether there are any, without gathering them: a gateway asks many times a second."""
        for slip in self._slips.values():
            if slip.lease and (
                slip.renew_at <= now or (now >= slip.ask_again and slip.account.free * REFILL < slip.chunk)
            ):
                return True
        return any(slip.lease and slip.renew_at <= now for slip in self._over)

    def next_renewal(self, default: float) -> float:
        """When the next lease is to be renewed."""
        return min((slip.renew_at for slip in (*self._slips.values(), *self._over)), default=default)

    def ask(self, slip: Slip, need: int, *, close: bool = False) -> Ask:
        """What to say of one lease, and how much more is needed of its account."""
        account = slip.account
        # What runs out is refilled; what is not used goes back.
        ahead = need or not slip.lease or self.runs_out(account)
        keep = None if ahead else KEPT * (account.used - slip.used_then)
        slip.idle = slip.idle + 1 if keep == 0 and not account.held else 0
        close = close or slip.idle >= IDLE
        if keep is not None or close:
            # What is about to go back may not be held any more while the answer is on its way.
            account.granted = min(account.granted, account.used + account.held + (0 if close else keep or 0))
        return Ask(
            account.terms.id, account.key, slip.lease, slip.fence, account.used, account.held, need,
            keep=keep, close=close or (slip.over and not account.held),
        )  # fmt: skip

    def put_off(self, slips: Iterable[Slip], now: float) -> None:
        """Nobody could be asked."""
        for slip in slips:
            slip.account.away = True
            slip.ask_again = slip.renew_at = now + AGAIN_S

    def take_all(
        self,
        slips: Sequence[Slip],
        asks: Sequence[Ask],
        answers: Sequence[Leased],
        *,
        sent: float,
        now: float,
        ttl_s: float,
    ) -> None:
        """Take the answers to one exchange in; `take` says what each is.

        Where one account of a call was refused, nothing was leased of the others: they have too little, and
        are not asked for again at once, but it is not they who refuse.
        """
        refused = any(one.state == "refused" for one in answers)
        for slip, ask, leased in zip(slips, asks, answers, strict=True):
            self.take(slip, ask, leased, sent=sent, now=now, ttl_s=ttl_s)
            current = self._slips.get((ask.budget, ask.key))
            if current is not None and ask.need:
                current.account.waiting = refused and leased.state != "refused"
                if current.account.waiting:
                    current.refused, current.ask_again = ask.need, now + AGAIN_S

    def take(self, slip: Slip, ask: Ask, leased: Leased, *, sent: float, now: float, ttl_s: float) -> None:
        """Take one answer in.

        Args:
            slip: what was asked about.
            ask: what was asked.
            leased: the answer.
            sent: when it was asked.
            now: the time.
            ttl_s: for how long the lease holds, from `sent` on.
        """
        account = slip.account
        account.away = False
        if slip.over:
            if leased.state != "open" and not account.held and ask.close:
                self._over.remove(slip)
            return
        if leased.state == "gone":
            self._retire(slip)
            return
        if leased.state == "closed" and slip.idle >= IDLE:
            # Nobody needed it for long; whoever does will begin another.
            self._slips.pop((account.terms.id, account.key), None)
            self.version += 1
            return
        if slip.lease and leased.lease != slip.lease:
            # The old lease is over, by time or by the calendar; its last calls settle on it.
            slip = self._replace(slip)
            account = slip.account
        if leased.state == "fenced":
            self._retire(slip)
            return
        slip.lease = account.lease = leased.lease
        slip.fence, slip.ends_ns = leased.fence, leased.ends_ns
        account.granted = leased.amount
        account.others = max(0, leased.total - account.used - max(0, leased.amount - ask.used))
        if leased.state == "refused":
            slip.refused, slip.ask_again = ask.need, now + AGAIN_S
        else:
            slip.refused = 0
        if leased.lease:
            slip.until = sent + ttl_s * MARGIN
            slip.renew_at = sent + ttl_s / RENEW
            slip.chunk, slip.used_then = max(0, account.free), account.used

    def restore(self, row: LeaseRow, terms: BudgetTerms, used: int, holds: Iterable[tuple[str, int]]) -> None:
        """Know a lease of a life before this one again; nothing is free on it before it is renewed.

        Args:
            row: the lease.
            terms: its budget.
            used: what calls that ended have used of it.
            holds: the steps that are still under way, and how much each holds.
        """
        account = Account(terms, row.key, lease=row.id, used=used)
        for step, amount in holds:
            account.hold(amount)
            self._holds[step] = (*self._holds.get(step, ()), (account, amount))
        account.void()
        key = (terms.id, row.key)
        slip = Slip(account, lease=row.id, fence=row.fence, until=0.0, renew_at=0.0)
        if row.state == "open" and key not in self._slips:
            self._slips[key] = slip
        else:
            slip.over = True
            self._over.append(slip)

    def _begin(self, terms: BudgetTerms, key: str, *, own: bool) -> Account:
        slip = self._slips.get((terms.id, key))
        if slip is None:
            slip = self._slips[terms.id, key] = Slip(Account(terms, key), own=own)
            if own:
                self._forget_one()
        # Another limit, the same budget: what was used stays used.
        slip.account.terms = terms
        slip.refused, slip.ask_again = 0, 0.0
        if own:
            slip.account.granted = terms.limit
        return slip.account

    def _forget_one(self) -> None:
        """Keep what is remembered bounded."""
        self._owned += 1
        if self._owned <= OWN_MAX:
            return
        for name, slip in self._slips.items():
            if slip.own and not slip.account.held:
                del self._slips[name]
                self._owned -= 1
                return

    def _lacks(self, account: Account, amount: int, now: float, now_ns: int) -> bool:
        """Whether somebody has to be asked before this much can be held."""
        slip = self.find(account)
        if not amount or slip is None or slip.own:
            return False
        over = slip.lease and (now >= slip.until or now_ns >= slip.ends_ns)
        if over:
            account.void()
        elif account.free >= amount:
            return False
        return now >= slip.ask_again or amount < slip.refused

    def _wants_more(self, slip: Slip, now: float) -> bool:
        return not slip.over and now >= slip.ask_again and self.runs_out(slip.account)

    def _replace(self, slip: Slip) -> Slip:
        self._retire(slip)
        account = Account(slip.account.terms, slip.account.key)
        fresh = self._slips[account.terms.id, account.key] = Slip(account)
        return fresh

    def _retire(self, slip: Slip) -> None:
        """Nothing more is held on it; it is reported until its last call has ended."""
        slip.account.void()
        key = (slip.account.terms.id, slip.account.key)
        if self._slips.get(key) is slip:
            del self._slips[key]
        if slip.lease:
            slip.over, slip.renew_at = True, 0.0
            self._over.append(slip)
        self.version += 1
