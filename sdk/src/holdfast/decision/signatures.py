"""What detectors remember: a bounded trace of moves, their progress, and who passed the turn to whom."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

import msgspec

from holdfast.action import Action, Kind

REMEMBERED_MAX: Final = 256
"""Distinct calls, failing tools and refusals remembered in one run; the oldest are forgotten."""
CYCLE_MAX: Final = 5
MOVES: Final = frozenset({Kind.TOOL, Kind.DELEGATE})
"""What cycles are made of; the model calls between them differ every time."""
COUNTED: Final = MOVES | {Kind.MODEL}
DELEGATE: Final = Kind.DELEGATE


class Seen(msgspec.Struct, gc=False):
    """One call: how often it came without its result changing, and what that result was."""

    times: int = 0
    result: str = ""


class Track:
    """The trace of one run."""

    __slots__ = ("agent", "cycling", "denials", "errors", "moves", "seen", "streaks")

    def __init__(self, agent: str) -> None:
        self.agent = agent
        """Who acted last."""
        self.seen: dict[str, Seen] = {}
        self.moves: deque[str] = deque(maxlen=CYCLE_MAX)
        self.streaks = [0] * (CYCLE_MAX + 1)
        """For each period, how many moves in a row equal the one a period before."""
        self.cycling = False
        """Whether any streak is not zero."""
        self.errors: dict[tuple[str, str], tuple[str, int]] = {}
        """For each target, the class of its last failures and how many came in a row."""
        self.denials: dict[str, int] = {}

    def add(self, action: Action) -> None:
        """Remember a call that goes ahead."""
        if action.kind not in COUNTED:
            return
        digest = action.digest
        seen = self.seen.get(digest)
        if seen is None:
            seen = self.seen[digest] = Seen()
            if len(self.seen) > REMEMBERED_MAX:
                _forget_oldest(self.seen)
        seen.times += 1
        if action.kind in MOVES:
            self._move(digest)

    def _move(self, digest: str) -> None:
        moves, streaks = self.moves, self.streaks
        if digest in moves:
            for period in range(2, CYCLE_MAX + 1):
                repeats = period <= len(moves) and moves[-period] == digest
                streaks[period] = streaks[period] + 1 if repeats else 0
            self.cycling = True
        elif self.cycling:
            self.streaks = [0] * (CYCLE_MAX + 1)
            self.cycling = False
        moves.append(digest)

    def settle(self, action: Action, *, result: str, error: str) -> None:
        """Remember how a call ended; another result than last time is progress."""
        target = (action.kind, action.target)
        if error:
            last, times = self.errors.get(target, ("", 0))
            self.errors[target] = (error, times + 1 if last == error else 1)
            _forget_oldest(self.errors)
        else:
            self.errors.pop(target, None)
        seen = self.seen.get(action.digest)
        if seen is None or not result:
            return
        if seen.result and seen.result != result:
            seen.times = 1
            self.streaks = [0] * (CYCLE_MAX + 1)
        seen.result = result

    def refuse(self, digest: str) -> None:
        """Remember a call that did not go ahead."""
        self.denials[digest] = self.denials.get(digest, 0) + 1
        _forget_oldest(self.denials)

    def period(self, digest: str, *, times: int) -> int:
        """The length of the cycle that this move would begin again after so many times; 0 for none."""
        moves = self.moves
        if not self.cycling:
            return 0
        for period in range(2, min(CYCLE_MAX, len(moves)) + 1):
            if self.streaks[period] >= period * (times - 1) and moves[-period] == digest:
                return period
        return 0


class Turns:
    """Who holds the turn in a session, and how often each two agents passed it."""

    __slots__ = ("counts", "holder")

    def __init__(self) -> None:
        self.holder = ""
        self.counts: dict[tuple[str, str], int] = {}

    def pair(self, action: Action, track: Track | None) -> tuple[str, str] | None:
        """The two agents between whom this action would pass the turn, if it does.

        A turn passes when one agent calls another, when another agent's run begins, or when the agent changes
        within a run. Going on after a called agent has returned passes none, and so do runs side by side.
        """
        agent = action.actor.agent
        if action.kind is DELEGATE:
            return _pair(agent, action.target)
        before = self.holder if track is None else track.agent
        return _pair(before, agent) if before and before != agent else None

    def add(self, action: Action, track: Track | None) -> None:
        """Pass the turn."""
        delegates = action.kind is DELEGATE
        if track is not None and track.agent == action.actor.agent and not delegates:
            return
        pair = self.pair(action, track)
        if pair is not None:
            self.counts[pair] = self.counts.get(pair, 0) + 1
            _forget_oldest(self.counts)
        if pair is not None or not self.holder:
            self.holder = action.target if delegates else action.actor.agent


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _forget_oldest(remembered: dict[Any, Any]) -> None:
    if len(remembered) > REMEMBERED_MAX:
        del remembered[next(iter(remembered))]
