from __future__ import annotations

from holdfast.action import Actor
from holdfast.guard.run import Run, lengthen
from holdfast.guard.sessions import LiveSession

A, B, C = Actor("a"), Actor("b"), Actor("c")


def test_a_chain_grows_and_the_actor_stands_last() -> None:
    assert lengthen((A,), B) == (A, B)


def test_a_chain_needs_nobody_twice_and_is_bounded_by_its_agents() -> None:
    chain = (A,)
    for actor in (B, A, B, A, C) * 20:
        chain = lengthen(chain, actor)
    assert set(chain) == {A, B, C}
    assert len(chain) == 3
    assert chain[-1] == C


def test_a_nested_run_shares_the_trace_of_the_outermost() -> None:
    session = LiveSession("s")
    outer = Run(A, session)
    inner = Run(B, session, above=outer)
    assert outer.trace == outer.id == inner.trace
    assert inner.id != outer.id
    assert inner.chain == (A, B)


def test_who_was_handed_the_conversation_acts_until_it_is_taken_back() -> None:
    session = LiveSession("s")
    outer = Run(A, session)
    inner = Run(B, session, above=outer)
    outer.hand_over(inner)
    assert outer.active is inner
    outer.hand_over(None)
    assert outer.active is outer
