"""Explaining what was decided before, from what was written down: said to be exact only when it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from holdfast.decision.explaining import Explanation, LabelNote, explain
from holdfast.decision.situation import Situation
from holdfast.decision.verdict import Decision, Reason

NOT_THE_SAME: Final = (
    "Deciding again from what is recorded comes out otherwise, so what would have passed is not worked out."
)


class Retold(msgspec.Struct, frozen=True):
    """An explanation of a recorded decision."""

    explanation: Explanation
    exact: bool
    """Whether deciding again came out the same: only then was it tried what would have passed."""
    notes: tuple[str, ...] = ()
    """What the reader must know about how it was put together."""


def retell(
    decision: Decision, here: Situation, *, origins: Iterable[LabelNote] = (), notes: Iterable[str] = ()
) -> Retold:
    """Explain a recorded decision by the rules of its time.

    Args:
        decision: as it was recorded.
        here: the situation as far as it is recorded: the bundle of that time, the session before the action.
        origins: which step brought which label.
        notes: what is known to be missing.
    """
    again = here.decide()
    exact = again.verdict is decision.verdict and _rules(again) == _rules(decision)
    told = explain(decision, here, origins=origins, search=exact)
    return Retold(told, exact, (*notes, *(() if exact else (NOT_THE_SAME,))))


def labels_then(after: Iterable[str], before: frozenset[str], brings: Iterable[str]) -> tuple[str, ...]:
    """The labels that a session held when a call was judged, from those it held when the call had run.

    Args:
        after: what it held then, what the call brought included.
        before: what is known to have come in earlier.
        brings: what the call's tool labels its results with.
    """
    brought = frozenset(brings) - before
    return tuple([label for label in after if label not in brought])


def reason_of(rule: str, here: Situation) -> Reason:
    """A reason of which only the rule's id was kept, filled in from the rule itself."""
    policy = here.bundle.rule(rule.removeprefix("error:"))
    if policy is None:
        return Reason(rule, rule.removeprefix("holdfast:").partition(":")[0], f"The rule {rule} spoke.")
    message = policy.annotations.get("message") or f"The rule {policy.id} forbids this."
    return Reason(rule, policy.annotations.get("category") or "policy", message, policy.cure)


def _rules(decision: Decision) -> set[str]:
    return {one.rule for one in decision.reasons}
