"""Folding opinions: the order never matters, and one more rule never loosens."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from holdfast.decision import Opinion, Reason, Verdict, combine, stricter
from holdfast.decision.verdict import LOOSEST_FIRST

verdicts = st.sampled_from(Verdict)
opinions = st.builds(
    Opinion,
    verdicts,
    st.builds(Reason, rule=st.text(max_size=3), category=st.just("policy"), message=st.text(max_size=3)),
)
rank = LOOSEST_FIRST.index


@given(st.lists(opinions, max_size=8), st.randoms(use_true_random=False), verdicts)
def test_the_order_never_matters(some: list[Opinion], dice: object, silence: Verdict) -> None:
    mixed = list(some)
    dice.shuffle(mixed)  # type: ignore[attr-defined]
    (one, reasons), (other, mixed_reasons) = combine(some, silence=silence), combine(mixed, silence=silence)
    assert one is other
    assert sorted(reasons, key=repr) == sorted(mixed_reasons, key=repr)


@given(st.lists(opinions, min_size=1, max_size=8), opinions)
def test_one_more_rule_never_loosens(some: list[Opinion], more: Opinion) -> None:
    before, _ = combine(some, silence=Verdict.ALLOW)
    after, reasons = combine([*some, more], silence=Verdict.ALLOW)
    assert rank(after) >= rank(before)
    assert after is stricter(before, more.verdict)
    assert reasons


@given(verdicts)
def test_silence_speaks_only_when_nobody_else_does(silence: Verdict) -> None:
    assert combine([], silence=silence) == (silence, ())
