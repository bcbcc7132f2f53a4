"""Leases on budgets, shared by the threads of a process: asked for when they are short, and ahead of that.

A call is judged against what this process holds, in memory. Only when that is too little is anybody asked,
and a thread of its own asks ahead, so that this is rare.
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
from holdfast.decision.budgets.exchange import Borrower
from holdfast.decision.budgets.wallet import AGAIN_S, Slip, Wallet

ASKS_MAX: Final = 500
IDLE_S: Final = 5.0

_log = logging.getLogger("holdfast")


class Leases:
    """Every account that this process uses; thread-safe."""

    def __init__(self, lender: Lender | None, borrower: Callable[[], Borrower]) -> None:
        """Begin with nothing; a thread begins with the first lease.

        Args:
            lender: whom to ask; None when every account is this process's own.
            borrower: who asks; asked again in the child of a fork.
        """
        self._lender, self._borrower = lender, borrower
        self._lives = 0
        self._reset()
        reference = weakref.WeakMethod(self._after_fork)
        os.register_at_fork(after_in_child=lambda: (method := reference()) and method())

    # For every call

    def open(self, terms: Iterable[BudgetTerms], place: Place, *, own: bool = False) -> tuple[Account, ...]:
        """The accounts that a call at this place counts in; see `Wallet.open`."""
        with self._lock:
            return self._wallet.open(terms, place, own=own)

    def is_short(self, accounts: Sequence[Account], need: Need) -> bool:
        """Whether somebody has to be asked before this can be judged."""
        return self._wallet.is_short(accounts, need, time.monotonic(), time.time_ns())

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
                slips = [slip for one in accounts if (slip := self._wallet.find(one)) and not slip.own]
                needs = {id(slip): need.of(slip.account.terms.unit) for slip in slips}
                self._send(slips, needs, claim=(step, accounts, need), about=about)

    def hold(self, step: str, accounts: Sequence[Account], need: Need, *, beyond: bool = False) -> bool:
        """Reserve for a step in every account, or in none; see `Wallet.hold`."""
        with self._lock:
            if not self._wallet.hold(step, accounts, need, beyond=beyond):
                return False
        if any(self._wallet.runs_out(account) for account in accounts):
            self._wake.set()
        return True

    def settle(self, step: str, used: Used) -> None:
        """Exchange what a step held for what it used."""
        if step not in self._wallet.steps:
            return
        with self._lock:
            self._wallet.settle(step, used)

    def held(self, step: str) -> tuple[tuple[str, int], ...]:
        """What a step holds on leases, for its record."""
        return self._wallet.held(step)

    @property
    def version(self) -> int:
        """Changes whenever an account is replaced by another."""
        return self._lives + self._wallet.version

    def refresh(self) -> None:
        """Ask soon how everything stands: somebody changed a budget."""
        with self._lock:
            self._wallet.refresh()
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
            self._report(self._wallet.leased, close=True)

    @property
    def steps(self) -> Container[str]:
        """The steps that hold something."""
        return self._wallet.steps

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._wallet = Wallet()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def _after_fork(self) -> None:
        """A child has nothing: what its parent holds is its parent's."""
        self._lives = self.version + 1
        self._reset()

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
        wallet = self._wallet
        with self._lock:
            asks = tuple(wallet.ask(slip, needs.get(id(slip), 0), close=close) for slip in slips)
        sent = time.monotonic()
        who = msgspec.structs.replace(self._borrower(), agent=about[0], run=about[1])
        answer = self._lender.exchange(who, asks)
        with self._lock:
            now = time.monotonic()
            if answer is None or len(answer.leases) != len(slips):
                wallet.put_off(slips, now)
                return
            wallet.take_all(slips, asks, answer.leases, sent=sent, now=now, ttl_s=answer.ttl_s)
            if claim is not None:
                wallet.hold(*claim)
        self._start()

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
            nearest = self._wallet.next_renewal(now + IDLE_S)
        return min(IDLE_S, max(0.02, nearest - now))

    def _due(self) -> list[Slip]:
        with self._lock:
            return self._wallet.due(time.monotonic())

    def _report(self, slips: Sequence[Slip], *, close: bool = False) -> None:
        for start in range(0, len(slips), ASKS_MAX):
            self._send(slips[start : start + ASKS_MAX], {}, close=close)
