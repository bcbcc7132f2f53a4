"""Leases: what is held fits into what was leased, nobody is asked twice, and nothing is used that is over."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import pytest

from holdfast.client import Lent
from holdfast.client.leases import Leases
from holdfast.decision.budgets import Account, BudgetTerms, Need, Used, make_place
from holdfast.decision.budgets import wallet as wallets
from holdfast.decision.budgets.exchange import AccountRow, Ask, Borrower, Exchange, LeaseRow
from holdfast.decision.budgets.wallet import IDLE, Wallet

TERMS = BudgetTerms("bud_1", "org", "", "calls", 100)
PLACE = make_place(runs=("r",), session="s", agents=("a",))
ONE = Need()


class Bank:
    """The real rules over dictionaries, a switch for the line, and a count of the exchanges."""

    def __init__(self, *terms: BudgetTerms) -> None:
        self.terms = {one.id: one for one in terms or (TERMS,)}
        self.accounts: dict[str, AccountRow] = {}
        self.leases: dict[str, LeaseRow] = {}
        self.exchanges = 0
        self.away = False
        self.ttl_s = 60.0

    def exchange(self, borrower: Borrower, asks: Sequence[Ask]) -> Lent | None:
        self.exchanges += 1
        if self.away:
            return None
        new = iter(f"lea_{n}" for n in range(len(self.leases), 10**6))
        one = Exchange(
            borrower, asks, self.terms, now_ns=time.time_ns(), expires_ns=0, new_id=lambda: next(new)
        )
        named = [self.leases[name] for name in one.lease_ids if name in self.leases]
        accounts = {row.id: self.accounts.setdefault(row.id, row) for row in one.accounts(named)}
        out = [lease for lease in self.leases.values() if lease.account in accounts and lease.state == "open"]
        answers = one.run(accounts, named, out)
        self.leases |= {lease.id: lease for lease in one.changed_leases}
        return Lent(answers, self.ttl_s)

    @property
    def totals(self) -> tuple[int, int]:
        rows = self.accounts.values()
        return sum(row.spent for row in rows), sum(row.leased for row in rows)


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def leases(bank: Bank) -> Iterator[Leases]:
    made = Leases(bank, lambda: Borrower("p1"))
    yield made
    made.close()


def run(leases: Leases, step: str, accounts: Sequence[Account], need: Need = ONE) -> bool:
    """One call up to its start, as the guard makes it."""
    if leases.is_short(accounts, need):
        leases.claim(step, accounts, need)
    return leases.hold(step, accounts, need)


def test_many_calls_take_few_exchanges(bank: Bank, leases: Leases) -> None:
    for n in range(100):
        accounts = leases.open([TERMS], PLACE)
        assert run(leases, f"s{n}", accounts)
        leases.settle(f"s{n}", Used(ran=True))
    assert bank.exchanges < 60
    assert not run(leases, "one more", leases.open([TERMS], PLACE))


def test_closing_reports_everything_and_gives_the_rest_back(bank: Bank, leases: Leases) -> None:
    accounts = leases.open([TERMS], PLACE)
    assert run(leases, "s1", accounts)
    assert run(leases, "s2", accounts)
    leases.settle("s1", Used(ran=True))
    leases.settle("s2", Used(ran=False))
    leases.close()
    assert bank.totals == (1, 0)


def test_who_was_refused_does_not_ask_again_at_once(bank: Bank, leases: Leases) -> None:
    accounts = leases.open([TERMS], PLACE)
    much = Need(calls=101)
    assert not run(leases, "s1", accounts, much)
    asked = bank.exchanges
    assert not run(leases, "s2", accounts, much)
    assert bank.exchanges == asked
    assert run(leases, "s3", accounts, Need(calls=60))


def test_a_lender_who_is_away_leaves_what_was_leased_until_it_is_over(
    bank: Bank, leases: Leases, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = leases.open([TERMS], PLACE)
    assert run(leases, "s1", accounts)
    bank.away = True
    assert run(leases, "s2", accounts)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 55)
    assert not run(leases, "s3", accounts)
    assert accounts[0].away


def test_a_call_holds_in_every_account_or_in_none() -> None:
    narrow = BudgetTerms("bud_2", "agent", "a", "calls", 2)
    bank = Bank(TERMS, narrow)
    leases = Leases(bank, lambda: Borrower("p1"))
    accounts = leases.open([TERMS, narrow], PLACE)
    assert [run(leases, f"s{n}", accounts) for n in range(4)] == [True, True, False, False]
    assert [account.held for account in accounts] == [2, 2]
    leases.close()


def test_a_step_holds_once_however_often_it_asks(leases: Leases) -> None:
    accounts = leases.open([TERMS], PLACE)
    assert run(leases, "s1", accounts)
    assert run(leases, "s1", accounts)
    assert accounts[0].held == 1


def test_an_account_of_ones_own_asks_nobody(bank: Bank, leases: Leases) -> None:
    accounts = leases.open([TERMS], PLACE, own=True)
    assert all(run(leases, f"s{n}", accounts) for n in range(100))
    assert not run(leases, "s100", accounts)
    assert bank.exchanges == 0


def test_a_window_that_is_over_is_left_and_the_next_one_begun(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily = BudgetTerms("bud_d", "org", "", "calls", 3, window="day")
    bank = Bank(daily)
    leases = Leases(bank, lambda: Borrower("p1"))
    assert [run(leases, f"s{n}", leases.open([daily], PLACE)) for n in range(4)] == [True, True, True, False]
    later = time.time_ns() + 86_400 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: later)
    monkeypatch.setattr("holdfast.client.leases.AGAIN_S", 0.0)
    time.sleep(0.3)
    version = leases.version
    run(leases, "s5", leases.open([daily], PLACE))
    assert leases.version > version
    assert run(leases, "s6", leases.open([daily], PLACE))
    for n in range(3):
        leases.settle(f"s{n}", Used(ran=True))
    leases.close()
    assert max(row.spent for row in bank.accounts.values()) == 3


def test_where_one_account_is_refused_the_others_are_not_blamed_and_nobody_is_asked_again_at_once() -> None:
    narrow = BudgetTerms("bud_2", "run", "*", "calls", 1)
    bank = Bank(TERMS, narrow)
    leases = Leases(bank, lambda: Borrower("p1"))
    try:
        accounts = leases.open((TERMS, narrow), PLACE)
        leases.claim("s1", accounts, ONE)
        assert leases.hold("s1", accounts, ONE)
        for _ in range(5):
            leases.claim("s2", accounts, Need(calls=20))
        asked = bank.exchanges
        wide, spent = accounts
        assert asked == 2, "once for the first, once for the one that was refused"
        assert (wide.waiting, spent.waiting) == (True, False)
        assert not leases.is_short(accounts, Need(calls=20))
        assert not leases.hold("s2", accounts, Need(calls=20))
    finally:
        leases.close()


def test_what_goes_back_is_not_held_any_more_while_the_answer_is_on_its_way(bank: Bank) -> None:
    class Slow(Bank):
        leases: dict[str, LeaseRow]

        def exchange(self, borrower: Borrower, asks: Sequence[Ask]) -> Lent | None:
            if any(ask.keep is not None for ask in asks):
                meanwhile.append(keeper.hold("s9", accounts, Need(calls=3)))
            return super().exchange(borrower, asks)

    meanwhile: list[bool] = []
    slow = Slow()
    keeper = Leases(slow, lambda: Borrower("p1"))
    try:
        accounts = keeper.open((TERMS,), PLACE)
        keeper.claim("s1", accounts, ONE)
        assert accounts[0].free >= 3
        keeper.refresh()
        deadline = time.monotonic() + 5
        while not meanwhile and time.monotonic() < deadline:
            time.sleep(0.01)
        assert meanwhile[0] is False
        assert accounts[0].free >= 0
    finally:
        keeper.close()


def test_a_lease_that_nobody_needs_for_long_is_given_back_and_begun_anew_when_it_is(bank: Bank) -> None:
    wallet = Wallet()

    def renew() -> None:
        slips = wallet.leased
        asks = [wallet.ask(slip, 0) for slip in slips]
        answer = bank.exchange(Borrower("p1"), asks)
        assert answer is not None
        wallet.take_all(slips, asks, answer.leases, sent=0, now=0, ttl_s=60)

    def claim(step: str) -> bool:
        accounts = wallet.open((TERMS,), PLACE)
        slips = [slip for one in accounts if (slip := wallet.find(one))]
        asks = [wallet.ask(slip, 1) for slip in slips]
        answer = bank.exchange(Borrower("p1"), asks)
        assert answer is not None
        wallet.take_all(slips, asks, answer.leases, sent=0, now=0, ttl_s=60)
        return wallet.hold(step, wallet.open((TERMS,), PLACE), ONE)

    assert claim("s1")
    wallet.settle("s1", Used(ran=True))
    for _ in range(IDLE + 1):
        renew()
    assert wallet.leased == []
    [row] = bank.leases.values()
    assert (row.state, row.settled) == ("closed", 1)
    assert claim("s2")
    assert [one.state for one in bank.leases.values()] == ["closed", "open"]


def test_accounts_of_ones_own_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wallets, "OWN_MAX", 3)
    each = BudgetTerms("bud_3", "session", "*", "calls", 5)
    wallet = Wallet()
    for n in range(10):
        place = make_place(runs=("r",), session=f"s{n}", agents=("a",))
        accounts = wallet.open((each,), place, own=True)
        assert wallet.hold(f"step {n}", accounts, ONE)
        if n:
            wallet.settle(f"step {n}", Used(ran=True))
    first = wallet.open((each,), make_place(runs=("r",), session="s0", agents=("a",)), own=True)
    assert first[0].held == 1, "what is held is never forgotten"
