"""However processes borrow, use, die and come back: nobody overspends, nothing is lost or made up."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from holdfast.decision.budgets import Balance, Lease
from holdfast.decision.budgets.bank import close, expire, grant, report, trim

AMOUNTS = st.integers(0, 400)


class Process:
    """One process: its lease, its calls under way and what they will have used; it knows no more."""

    def __init__(self) -> None:
        self.lease = Lease()
        self.granted = 0
        self.used = 0
        self.calls: list[int] = []
        self.dead = False

    @property
    def held(self) -> int:
        return sum(self.calls)


class Economy(RuleBasedStateMachine):
    processes: Bundle[Process] = Bundle("processes")

    @initialize(limit=st.integers(0, 2_000), most=st.integers(1, 500))
    def begin(self, limit: int, most: int) -> None:
        self.balance, self.limit, self.most = Balance(), limit, most
        self.everybody: list[Process] = []
        self.highest = limit
        self.really_used = 0

    @rule(target=processes)
    def start(self) -> Process:
        process = Process()
        self.everybody.append(process)
        return process

    @rule(process=processes, need=AMOUNTS)
    def borrow(self, process: Process, need: int) -> None:
        if process.dead:
            return
        report(self.balance, process.lease, process.used)
        if process.lease.state != "open":
            return
        holders = sum(not one.dead for one in self.everybody)
        terms = {"limit": self.limit, "holders": holders, "most": self.most}
        got = grant(self.balance, process.lease, held=process.held, need=need, **terms)
        process.granted = process.lease.amount
        assert not got or process.granted - process.used - process.held >= need

    @rule(process=processes, amount=AMOUNTS)
    def call(self, process: Process, amount: int) -> None:
        if not process.dead and process.granted - process.used - process.held >= amount:
            process.calls.append(amount)

    @rule(process=processes, share=st.floats(0, 1))
    def end_a_call(self, process: Process, share: float) -> None:
        if process.calls:
            used = int(process.calls.pop() * share)
            self.really_used += used
            process.used += 0 if process.dead else used

    @rule(process=processes)
    def renew(self, process: Process) -> None:
        if not process.dead:
            report(self.balance, process.lease, process.used)
            if process.lease.state == "open":
                trim(self.balance, process.lease, limit=self.limit, held=process.held, keep=20)
                process.granted = process.lease.amount

    @rule(process=processes)
    def hang_up(self, process: Process) -> None:
        if not process.dead and not process.calls:
            report(self.balance, process.lease, process.used)
            close(self.balance, process.lease)
            process.dead = True

    @rule(process=processes)
    def die(self, process: Process) -> None:
        process.dead = True
        expire(process.lease)

    @rule(process=processes)
    def fall_behind(self, process: Process) -> None:
        """Its lease expires while it lives: it may end what it began, and borrow no more."""
        expire(process.lease)
        process.granted = min(process.granted, process.used + process.held)

    @rule(process=processes)
    def report_late(self, process: Process) -> None:
        report(self.balance, process.lease, process.used)

    @rule(limit=st.integers(0, 2_000))
    def edit(self, limit: int) -> None:
        self.limit = limit
        self.highest = max(self.highest, limit)

    @invariant()
    def nobody_overspends(self) -> None:
        under_way = sum(process.held for process in self.everybody)
        assert self.really_used + under_way <= self.highest

    @invariant()
    def the_books_agree(self) -> None:
        assert self.balance.leased == sum(process.lease.open_amount for process in self.everybody)
        assert self.balance.spent == sum(process.lease.settled for process in self.everybody)
        assert min(self.balance.spent, self.balance.leased, *(p.held for p in self.everybody), 0) == 0


Economy.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestEconomy = Economy.TestCase


def test_a_loan_leaves_something_for_the_others() -> None:
    balance, leases = Balance(), [Lease() for _ in range(8)]
    for lease in leases:
        assert grant(balance, lease, limit=1_000, held=0, need=1, holders=8, most=10**9)
    assert balance.left(1_000) > 0


def test_what_is_used_beyond_the_loan_is_owed() -> None:
    balance, lease = Balance(), Lease()
    assert grant(balance, lease, limit=100, held=0, need=100, holders=1, most=1)
    report(balance, lease, 130)
    assert (balance.spent, balance.leased, balance.left(100)) == (130, 0, 0)
    assert not grant(balance, Lease(), limit=100, held=0, need=1, holders=2, most=1)


def test_saying_twice_what_was_used_counts_once() -> None:
    balance, lease = Balance(), Lease()
    grant(balance, lease, limit=100, held=0, need=60, holders=1, most=1)
    assert [report(balance, lease, 40), report(balance, lease, 40), report(balance, lease, 10)] == [40, 0, 0]
    assert balance.spent == 40


def test_a_raised_limit_lends_again_and_the_usage_stays() -> None:
    balance, lease = Balance(), Lease()
    grant(balance, lease, limit=100, held=0, need=100, holders=1, most=1)
    report(balance, lease, 100)
    assert not grant(balance, lease, limit=100, held=0, need=1, holders=1, most=1)
    assert grant(balance, lease, limit=150, held=0, need=50, holders=1, most=1)
    assert balance.spent == 100


def test_a_lowered_limit_takes_back_what_nobody_uses() -> None:
    balance, lease = Balance(), Lease()
    grant(balance, lease, limit=100, held=0, need=80, holders=1, most=1)
    trim(balance, lease, limit=30, held=20, keep=60)
    assert (balance.spent + balance.leased, lease.open_amount) == (30, 30)
