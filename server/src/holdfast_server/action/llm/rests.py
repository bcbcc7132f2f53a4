"""Which upstreams rest: what one worker found out, the others need not find out for themselves.

A worker's breaker stays its own. The others only leave the upstream alone for as long where there is another,
and so a call that has nowhere else to go still finds out whether it is back.
"""

from __future__ import annotations

from collections.abc import Iterable

from holdfast_server.action.llm.messages import Health


class Rests:
    """Until when upstreams rest, as workers told."""

    def __init__(self) -> None:
        self._until: dict[str, int] = {}

    def take(self, told: Iterable[Health], *, now_ns: int) -> dict[str, int]:
        """What of a worker's word the others do not know yet.

        Args:
            told: how its upstreams do.
            now_ns: since the epoch.
        """
        known = {name: ns for name, ns in self._until.items() if ns > now_ns}
        fresh = {one.name: one.back_ns for one in told if one.back_ns > max(now_ns, known.get(one.name, 0))}
        self._until = known | fresh
        return fresh
