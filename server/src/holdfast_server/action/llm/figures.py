"""How a worker does, told every second: counts, medians, and the calls that people want to see."""

from __future__ import annotations

import os
import time
from collections import deque
from pathlib import Path
from statistics import median
from typing import Final, Literal

from holdfast_server.action.llm.exchange.call import NOT_YET, Progress
from holdfast_server.action.llm.exchange.governor import Gateway
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.messages import LiveCall, Stats
from holdfast_server.action.llm.wire.door import Door

SHOWN_MAX: Final = 200
RECENT: Final = 501
State = Literal["sending", "streaming", "done", "refused", "failed", "halted", "cancelled"]
STATES: Final[dict[str, State]] = {
    "done": "done",
    "refused": "refused",
    "halted": "halted",
    "cancelled": "cancelled",
}
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


class Figures:
    """Counts what a worker did."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._latest: deque[LiveCall] = deque(maxlen=SHOWN_MAX)
        self._own_us: deque[float] = deque(maxlen=RECENT)
        self._took_ms: deque[float] = deque(maxlen=RECENT)
        self._requests = 0
        self._looked = time.monotonic()
        self.last = Stats()
        """As they were told last."""

    def take(self, door: Door) -> Stats:
        """How it does now; keys that were used are told once."""
        gateway = self._gateway
        self._note_ended()
        used, gateway.used = tuple(gateway.used), set()
        self.last = Stats(
            connections=len(door.connections),
            streams=sum(relay.streaming for relay in door.relays.values()),
            requests=door.requests,
            rate=self._rate(door.requests),
            p50_ms=median(self._took_ms) if self._took_ms else None,
            own_us=median(self._own_us) if self._own_us else None,
            rss_mb=_resident_mb(),
            shed=gateway.shed,
            calls=self._calls(),
            providers=gateway.health(),
            cache=gateway.cache_use(),
            used=used,
            turned_away=dict(gateway.turned_away),
        )
        return self.last

    def _note_ended(self) -> None:
        ended, self._gateway.ended = self._gateway.ended, []
        for step in ended:
            self._own_us.append(step.own_ns / 1e3)
            self._took_ms.append((step.own_ns + step.upstream_ns) / 1e6)
            self._latest.appendleft(show(step))

    def _rate(self, requests: int) -> float:
        now, before, seen = time.monotonic(), self._looked, self._requests
        self._looked, self._requests = now, requests
        return round((requests - seen) / max(now - before, 1e-3), 1)

    def _calls(self) -> tuple[LiveCall, ...]:
        live: list[LiveCall] = []
        for call in self._gateway.calls:
            if len(live) == SHOWN_MAX:
                break
            if call.step is not None:
                live.append(show(call.step, call.progress))
        return (*live, *self._latest)[:SHOWN_MAX]


def show(step: Step, progress: Progress = NOT_YET) -> LiveCall:
    """A step as people see it; of one that goes on, how far it is."""
    began, first = step.started_ns, step.first_ns or progress.first_ns
    usage, key = step.usage, step.caller.key
    return LiveCall(
        id=step.id,
        run=step.action.run,
        agent=key.agent,
        key=key.id,
        route=step.route,
        provider=step.provider,
        model=step.model,
        state=_state(step, streams=bool(first)),
        streamed=step.streamed,
        began_ns=began,
        ttft_us=(first - began) // 1000 if first else None,
        own_us=step.own_ns // 1000 if step.ended_ns else None,
        upstream_us=step.upstream_ns // 1000 if step.ended_ns else None,
        tokens_in=usage.input_tokens,
        tokens_out=usage.output_tokens or progress.tokens_out,
        cost_micro_usd=None if step.status == "running" else step.cost_micro_usd,
        verdict=step.decision.verdict.value if step.decided_at >= 0 else "",
        cache=step.cache,
    )


def _state(step: Step, *, streams: bool) -> State:
    if step.status == "running":
        return "streaming" if streams else "sending"
    return STATES.get(step.status, "failed")


def _resident_mb() -> float:
    """0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return round(pages * _PAGE_BYTES / 1e6, 1)
