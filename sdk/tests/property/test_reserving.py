"""Holding at a glance is holding after a look, or it is nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from holdfast.decision.budgets import BudgetTerms, Need, Used, make_place
from holdfast.decision.budgets.wallet import Wallet

UNITS = ("usd", "tokens", "calls", "seconds")
terms = st.builds(
    BudgetTerms,
    id=st.sampled_from(("a", "b", "c")),
    scope=st.just("session"),
    key=st.just("*"),
    unit=st.sampled_from(UNITS),
    limit=st.integers(1, 50),
    soft=st.none() | st.integers(1, 50),
)
needs = st.builds(
    Need,
    usd=st.none() | st.integers(0, 20),
    tokens=st.integers(0, 20),
    calls=st.just(1),
    seconds=st.integers(0, 20),
)
PLACE = make_place(runs=("r",), session="s", agents=("a",))


@given(st.lists(terms, max_size=3, unique_by=lambda one: one.id), st.lists(needs, max_size=6))
def test_what_is_held_at_a_glance_would_have_been_held_after_a_look(
    budgets: list[BudgetTerms], wanted: list[Need]
) -> None:
    glancing, looking = Wallet(), Wallet()
    glanced, looked = (one.open(budgets, PLACE, own=True) for one in (glancing, looking))
    for place, need in enumerate(wanted):
        step = str(place)
        reserved = glancing.reserve(step, glanced, need, 0.0, 0)
        assert (reserved is not None) == (step in glancing.steps)
        if reserved is not None:
            assert not looking.is_short(looked, need, 0.0, 0)
            assert looking.hold(step, looked, need)
            assert reserved == looking.held(step)
        assert [one.held for one in glanced] == [one.held for one in looked]


def test_what_would_have_to_be_said_is_not_held_at_a_glance() -> None:
    unpriced, nearly, full = (
        BudgetTerms("usd", "session", "*", "usd", 10),
        BudgetTerms("soft", "session", "*", "tokens", 10, soft=5),
        BudgetTerms("full", "session", "*", "tokens", 4),
    )
    for terms, need in ((unpriced, Need(usd=None)), (nearly, Need(tokens=6)), (full, Need(tokens=5))):
        wallet = Wallet()
        accounts = wallet.open((terms,), PLACE, own=True)
        assert wallet.reserve("s", accounts, need, 0.0, 0) is None
        assert accounts[0].held == 0


def test_a_step_is_held_for_once() -> None:
    wallet = Wallet()
    accounts = wallet.open((BudgetTerms("a", "session", "*", "tokens", 10),), PLACE, own=True)
    assert wallet.reserve("s", accounts, Need(tokens=3), 0.0, 0) == ()
    assert wallet.reserve("s", accounts, Need(tokens=3), 0.0, 0) is None
    wallet.settle("s", Used(ran=False))
    assert accounts[0].held == 0
