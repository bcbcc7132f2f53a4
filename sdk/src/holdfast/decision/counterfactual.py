"""What would have to be different for an action to pass: found by trying, and only told when it held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from holdfast.decision.changing import Change, Options, options
from holdfast.decision.situation import Situation
from holdfast.decision.verdict import LOOSEST_FIRST, Decision, Verdict

CHECKS_MAX: Final = 2_000
"""Decisions made for one explanation; ten milliseconds or so."""
TOLD_MAX: Final = 8
DEPTH_MAX: Final = 3
"""How many things may have to be different at once."""
WIDTH_MAX: Final = 6
RUNS: Final = frozenset({Verdict.ALLOW, Verdict.TRANSFORM})
STAGES: Final = ("kill", "identity", "contract", "policy", "flow", "detector", "budget", "allow")


class Counterfactual(msgspec.Struct, frozen=True):
    """One way in which the action would have passed; deciding again with it said so."""

    text: str
    """Completes the sentence `It would pass if …`."""
    changes: tuple[tuple[str, Any], ...]
    """What is different, and how."""
    verdict: Verdict


class _State(msgspec.Struct, frozen=True):
    """How far a search has come."""

    situation: Situation
    decision: Decision
    made: dict[str, Change] = {}


class _Search:
    """A bounded search through changes, breadth first."""

    def __init__(self) -> None:
        self.left = CHECKS_MAX

    def widen(self, state: _State) -> Iterator[_State]:
        """What one more change leads to, for each thing that can be changed."""
        for group in options(state.situation, state.decision):
            found = self._first(state, group)
            if found is not None:
                yield found

    def _first(self, state: _State, group: Options) -> _State | None:
        """The smallest change of a group that helps."""
        for change in group:
            if self.left <= 0:
                return None
            self.left -= 1
            after = change.situation.decide()
            if _helps(state.decision, after):
                return _State(change.situation, after, {**state.made, change.about: change})
        return None


def would_pass_if(here: Situation, decision: Decision) -> tuple[Counterfactual, ...]:
    """The smallest sets of changes with which the action would run, fewest first.

    Each was decided again with exactly these changes; what did not come out as allowed is not told.
    """
    if decision.verdict in RUNS:
        return ()
    search, found = _Search(), list[_State]()
    states = [_State(here, decision)]
    for _ in range(DEPTH_MAX):
        following = [one for state in states for one in search.widen(state)]
        found += [one for one in following if one.decision.verdict in RUNS]
        states = [one for one in following if one.decision.verdict not in RUNS][:WIDTH_MAX]
    return tuple(_told(one) for one in _smallest(found))[:TOLD_MAX]


def _helps(before: Decision, after: Decision) -> bool:
    """Whether it is nearer to running: a looser verdict, a later stage, or fewer reasons against it."""
    rank = LOOSEST_FIRST.index
    if rank(after.verdict) != rank(before.verdict):
        return rank(after.verdict) < rank(before.verdict)
    if _place(after.stage) != _place(before.stage):
        return _place(after.stage) > _place(before.stage)
    return {one.rule for one in after.reasons} < {one.rule for one in before.reasons}


def _place(stage: str) -> int:
    name = stage.removeprefix("error:")
    return STAGES.index(name) if name in STAGES else -1


def _smallest(found: list[_State]) -> Iterator[_State]:
    """Those that hold no other as a part."""
    kept: list[set[tuple[str, str]]] = []
    for state in sorted(found, key=lambda one: len(one.made)):
        changes = {(change.about, change.text) for change in state.made.values()}
        if not any(other <= changes for other in kept):
            kept.append(changes)
            yield state


def _told(state: _State) -> Counterfactual:
    changes = state.made.values()
    return Counterfactual(
        text=", and ".join(change.text for change in changes),
        changes=tuple((change.about, change.value) for change in changes),
        verdict=state.decision.verdict,
    )
