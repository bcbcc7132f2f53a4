"""What all calls of one worker share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from holdfast.decision import FREE, Bundle, Controls, Outcome
from holdfast.decision.content import Content
from holdfast.decision.traffic import Traffic
from holdfast_server.action.llm.caches import Caches
from holdfast_server.action.llm.caches.embedding import Post
from holdfast_server.action.llm.config import Behaviour
from holdfast_server.action.llm.exchange.doubting import Doubts
from holdfast_server.action.llm.exchange.identity import Caller, Keyring, Place, Sessions
from holdfast_server.action.llm.exchange.lanes import Lanes
from holdfast_server.action.llm.exchange.pricing import Prices
from holdfast_server.action.llm.exchange.recording import Recorder
from holdfast_server.action.llm.exchange.scanning import Scanner
from holdfast_server.action.llm.exchange.sending import Outlet
from holdfast_server.action.llm.exchange.spending import NOTHING, Lender, Spending
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.messages import Answered, Used
from holdfast_server.action.llm.routing import Router


class Keeper(Lender, Protocol):
    """Whoever answers a worker's questions: its supervisor, or a test."""

    async def ask_person(self, request: dict[str, Any], wait_s: float) -> Answered:
        """Put an approval request before people."""
        ...

    async def use_approval(self, approval: str, digest: str, step: str) -> Used:
        """Spend an approval on exactly what was approved."""
        ...


@dataclass
class House:
    """Replaced part by part when another configuration comes; calls under way go on as they began."""

    keeper: Keeper
    recorder: Recorder
    spending: Spending
    bundle: Bundle
    keyring: Keyring = field(default_factory=Keyring)
    router: Router = field(default_factory=Router)
    caches: Caches = field(default_factory=Caches)
    doubts: Doubts = field(default_factory=Doubts)
    outlets: dict[str, Outlet] = field(default_factory=dict[str, Outlet])
    lanes: Lanes = field(default_factory=lambda: Lanes({}, ""))
    scanner: Scanner = field(default_factory=lambda: Scanner(Content()))
    behaviour: Behaviour = field(default_factory=Behaviour)
    controls: Controls = FREE
    sessions: Sessions = field(default_factory=Sessions)
    prices: Prices = field(default_factory=Prices)
    traffic: Traffic = field(default_factory=Traffic)
    turned_away: Counter[str] = field(default_factory=Counter[str])
    """Requests that became no call, by the code of their error."""
    poster: Callable[[Caller, Place], Post] | None = None
    """How an embeddings endpoint is asked for somebody."""

    def release(self, step: Step) -> None:
        """Give back what is held for a step that will not be sent."""
        self.spending.settle(step.id, NOTHING)
        if step.lasting:
            step.session.settle(step.action, step.decision, Outcome("refused", cost_micro_usd=0))

    def release_unjudged(self, step: Step) -> None:
        """A step that ended while somebody was asked about its budget; nothing is held for it yet."""
        step.status = "cancelled"
