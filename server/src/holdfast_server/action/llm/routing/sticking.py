"""Where a session was answered last: it goes there again, for a provider's own caches and for one voice."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from holdfast_server.action.llm.routing.outcomes import SECOND
from holdfast_server.action.llm.routing.upstreams import Place

SESSIONS_MAX: Final = 65_536
KEPT_S: Final = 3_600.0
"""Providers keep a prompt for minutes up to an hour; after that nothing is lost by moving."""
AWAY_S: Final = 300.0
"""How long a session stays away from the target that stands first, when the order is a person's wish."""


class Sticky:
    """The last places of sessions, up to a number and for a while."""

    def __init__(self, sessions_max: int = SESSIONS_MAX) -> None:
        self._max = sessions_max
        self._places: OrderedDict[tuple[str, str], tuple[Place, int]] = OrderedDict()

    def find(self, alias: str, who: str, now_ns: int, *, kept_s: float = KEPT_S) -> Place | None:
        """Where it was answered last, if that is not too long ago."""
        found = self._places.get((alias, who))
        if found is None or not 0 <= now_ns - found[1] <= kept_s * SECOND:
            return None
        return found[0]

    def remember(self, alias: str, who: str, place: Place, now_ns: int, *, lasting: bool) -> None:
        """It was answered there.

        Args:
            alias: the route.
            who: the session.
            place: where.
            now_ns: since the epoch.
            lasting: whether each answer makes it stay longer. Where the order of targets is a person's wish,
                a session that had to leave the first one goes back to it after a while.
        """
        before = self._places.get((alias, who))
        since_ns = now_ns if lasting or before is None or before[0] != place else before[1]
        self._places[alias, who] = (place, since_ns)
        self._places.move_to_end((alias, who))
        if len(self._places) > self._max:
            self._places.popitem(last=False)
