"""Leases on budgets: taken ahead of the need, used without asking anybody, renewed, returned.

A call is judged against what this process holds, in memory. Only when that is too little is anybody asked,
and a thread of its own asks ahead, so that this is rare. When things go wrong, the strict thing happens: a
lease that was not renewed in time is void here before it is over there.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Final

import msgspec

from holdfast.client.lender import Lender
from holdfast.decision.budgets import Account, BudgetTerms, Need, Place, Used
from holdfast.decision.budgets.exchange import Ask, Borrower, Leased

REFILL: Final = 4
"""More is asked for when less than one part in so many of the last lease is free."""
RENEW: Final = 3
"""A lease is renewed after one part in so many of its time."""
AGAIN_S: Final = 0.25
"""For how long somebody who was refused, or found nobody to ask, does not ask again."""
MARGIN: Final = 0.9
"""A lease ends here after this part of its time: clocks and networks may err by the rest."""
ASKS_MAX: Final = 500
IDLE_S: Final = 5.0
KEPT: Final = 2
"""A renewal keeps so many times what was used since the one before; the rest goes back."""

Hold = tuple[Account, int]
_log = logging.getLogger("holdfast")


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
    over: bool = False
    """Whether it only waits for its last calls to end."""


class Leases:
    """Every account that this process uses; thread-safe."""

    def __init__(self, lender: Lender | None, borrower: Callable[[], Borrower]) -> None:
        """Begin with nothing; a thread begins with the first lease.

        Args:
            lender: whom to ask; None when every account is this process's own.
            borrower: who asks; asked again in the child of a fork.
        """
        self._lender, self._borrower = lender, borrower
        self._reset()
        reference = weakref.WeakMethod(self._after_fork)
        os.register_at_fork(after_in_child=lambda: (method := reference()) and method())

    # For every call

    def open(self, terms: Iterable[BudgetTerms], place: Place, *, own: bool = False) -> tuple[Account, ...]:
        """The accounts that a call at this place counts in.

        Args:
            terms: the budgets there are.
            place: whose keys are looked for.
            own: whether nobody else uses them, so that all of the limit is there at once.
        """
        found: list[Account] = []
        with self._lock:
            for one in terms:
                for key in one.keys(place):
                    slip = self._slips.get((one.id, key))
                    known = slip is not None and slip.account.terms == one
                    found.append(slip.account if slip and known else self._begin(one, key, own=own))
        return tuple(found)

    def is_short(self, accounts: Sequence[Account], need: Need) -> bool:
        """Whether somebody has to be asked before this can be judged."""
        now, now_ns = time.monotonic(), time.time_ns()
        return any(self._lacks(account, need.of(account.terms.unit), now, now_ns) for account in accounts)

    def claim(
        self, step: str, accounts: Sequence[Account], need: Need, *, about: tuple[str, str] = ("", "")
    ) -> None:
        """Hold for a step, asking for what is missing; when there is too little, nothing is held.

        Asking takes as long as it takes, and several take turns.

        Args:
            step: the step.
            accounts: where.
            need: how much.
            about: the agent and the run, for people who look who holds what.
        """
        with self._asking:
            if self.is_short(accounts, need):
                # Every account of the call in one exchange: it holds in all of them, or in none.
                slips = [slip for one in accounts if (slip := self._find(one)) and not slip.own]
                needs = {id(slip): need.of(slip.account.terms.unit) for slip in slips}
                self._send(slips, needs, claim=(step, accounts, need), about=about)

    def hold(self, step: str, accounts: Sequence[Account], need: Need, *, beyond: bool = False) -> bool:
        """Reserve for a step in every account, or in none.

        Args:
            step: the step; it holds once, however often it asks.
            accounts: where.
            need: how much.
            beyond: whether a person allowed more than there is, where the budget asks.
        """
        with self._lock:
            if not self._place(step, accounts, need, beyond=beyond):
                return False
        if any(self._runs_out(account) for account in accounts):
            self._wake.set()
        return True

    def settle(self, step: str, used: Used) -> None:
        """Exchange what a step held for what it used."""
        if step not in self._holds:
            return
        with self._lock:
            for account, held in self._holds.pop(step, ()):
                account.settle(held, used.of(account.terms.unit, held))

    def held(self, step: str) -> tuple[tuple[str, int], ...]:
        """What a step holds on leases, for its record."""
        return tuple(
            (account.lease, amount) for account, amount in self._holds.get(step, ()) if account.lease
        )

    @property
    def version(self) -> int:
        """Changes whenever an account is replaced by another."""
        return self._version

    def refresh(self) -> None:
        """Ask soon how everything stands: somebody changed a budget."""
        with self._lock:
            for slip in self._slips.values():
                slip.renew_at = slip.ask_again = 0.0
                slip.refused = 0
        self._wake.set()

    def close(self) -> None:
        """Report everything and give back what is left."""
        self._stop.set()
        self._wake.set()
        if self._lender is None:
            return
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(1.0)
        with self._asking:
            slips = [slip for slip in (*self._slips.values(), *self._over) if slip.lease]
            self._report(slips, close=True)

    @property
    def steps(self) -> Container[str]:
        """The steps that hold something."""
        return self._holds

    # Accounts

    def _place(self, step: str, accounts: Sequence[Account], need: Need, *, beyond: bool = False) -> bool:
        if step in self._holds:
            return True
        holds = tuple((account, need.of(account.terms.unit)) for account in accounts)
        for account, amount in holds:
            short = amount and account.free < amount
            if short and not (beyond and account.terms.verdict == "ask"):
                return False
        for account, amount in holds:
            account.hold(amount)
        self._holds[step] = holds
        return True

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._slips: dict[tuple[str, str], Slip] = {}
        self._over: list[Slip] = []
        self._holds: dict[str, tuple[Hold, ...]] = {}
        self._version = 0
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def _after_fork(self) -> None:
        """A child has nothing: what its parent holds is its parent's."""
        version = self._version
        self._reset()
        self._version = version + 1

    def _find(self, account: Account) -> Slip | None:
        """What is known of an account, unless another one stands in its place by now."""
        slip = self._slips.get((account.terms.id, account.key))
        return slip if slip is not None and slip.account is account else None

    def _begin(self, terms: BudgetTerms, key: str, *, own: bool) -> Account:
        slip = self._slips.get((terms.id, key))
        if slip is None:
            slip = self._slips[terms.id, key] = Slip(Account(terms, key), own=own)
        # Another limit, the same budget: what was used stays used.
        slip.account.terms = terms
        slip.refused, slip.ask_again = 0, 0.0
        if own:
            slip.account.granted = terms.limit
        return slip.account

    def _lacks(self, account: Account, amount: int, now: float, now_ns: int) -> bool:
        """Whether somebody has to be asked before this much can be held."""
        slip = self._find(account)
        if not amount or slip is None or slip.own:
            return False
        over = slip.lease and (now >= slip.until or now_ns >= slip.ends_ns)
        if over:
            account.void()
        elif account.free >= amount:
            return False
        return now >= slip.ask_again or amount < slip.refused

    def _runs_out(self, account: Account) -> bool:
        slip = self._find(account)
        return slip is not None and bool(slip.lease) and account.free * REFILL < slip.chunk

    # Exchanges

    def _send(
        self,
        slips: Sequence[Slip],
        needs: dict[int, int],
        *,
        close: bool = False,
        claim: tuple[str, Sequence[Account], Need] | None = None,
        about: tuple[str, str] = ("", ""),
    ) -> None:
        if self._lender is None or not slips:
            return
        asks = tuple(self._ask(slip, needs.get(id(slip), 0), close=close) for slip in slips)
        sent = time.monotonic()
        who = msgspec.structs.replace(self._borrower(), agent=about[0], run=about[1])
        answer = self._lender.exchange(who, asks)
        with self._lock:
            if answer is None or len(answer.leases) != len(slips):
                for slip in slips:
                    slip.account.away = True
                    slip.ask_again = slip.renew_at = time.monotonic() + AGAIN_S
                return
            for slip, ask, leased in zip(slips, asks, answer.leases, strict=True):
                self._take(slip, ask, leased, sent=sent, ttl_s=answer.ttl_s)
            if claim is not None:
                self._place(*claim)
        self._start()

    def _ask(self, slip: Slip, need: int, *, close: bool) -> Ask:
        account = slip.account
        with self._lock:
            # What runs out is refilled; what is not used goes back.
            ahead = need or not slip.lease or self._runs_out(account)
            keep = None if ahead else KEPT * (account.used - slip.used_then)
            return Ask(
                account.terms.id, account.key, slip.lease, slip.fence, account.used, account.held, need,
                keep=keep, close=close or (slip.over and not account.held),
            )  # fmt: skip

    def _take(self, slip: Slip, ask: Ask, leased: Leased, *, sent: float, ttl_s: float) -> None:
        """Take one answer in."""
        account = slip.account
        account.away = False
        if slip.over:
            if leased.state != "open" and not account.held and ask.close:
                self._over.remove(slip)
            return
        if leased.state == "gone":
            self._retire(slip)
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
            slip.refused, slip.ask_again = ask.need, time.monotonic() + AGAIN_S
        else:
            slip.refused = 0
        if leased.lease:
            slip.until = sent + ttl_s * MARGIN
            slip.renew_at = sent + ttl_s / RENEW
            slip.chunk, slip.used_then = max(0, account.free), account.used

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
        self._version += 1

    # Ahead of the need

    def _start(self) -> None:
        if self._thread is None and not self._stop.is_set():
            self._thread = threading.Thread(target=self._work, name="holdfast-leases", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(self._pause_s())
            self._wake.clear()
            if self._stop.is_set():
                return
            try:
                with self._asking:
                    self._report(self._due())
            except Exception:  # noqa: BLE001  # logged, and tried again
                _log.exception("holdfast: the leases of budgets could not be renewed; it will be tried again")
                self._stop.wait(AGAIN_S)

    def _pause_s(self) -> float:
        now = time.monotonic()
        with self._lock:
            nearest = min(
                (slip.renew_at for slip in (*self._slips.values(), *self._over)), default=now + IDLE_S
            )
        return min(IDLE_S, max(0.02, nearest - now))

    def _due(self) -> list[Slip]:
        now = time.monotonic()
        with self._lock:
            slips = [slip for slip in (*self._slips.values(), *self._over) if slip.lease]
            return [one for one in slips if one.renew_at <= now or self._wants_more(one, now)]

    def _wants_more(self, slip: Slip, now: float) -> bool:
        return not slip.over and now >= slip.ask_again and self._runs_out(slip.account)

    def _report(self, slips: Sequence[Slip], *, close: bool = False) -> None:
        for start in range(0, len(slips), ASKS_MAX):
            self._send(slips[start : start + ASKS_MAX], {}, close=close)
