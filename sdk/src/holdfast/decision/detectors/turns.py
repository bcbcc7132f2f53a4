"""Who holds the turn in a session, and how often each two agents passed it."""

from __future__ import annotations

from typing import Final

from holdfast.action import Action, Kind
from holdfast.decision.detectors.track import Track, forget_oldest

DELEGATE: Final = Kind.DELEGATE


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
            forget_oldest(self.counts)
        if pair is not None or not self.holder:
            self.holder = action.target if delegates else action.actor.agent


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
