"""Every route of a configuration, and what is known of the upstreams behind them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from holdfast_server.action.llm.config import Api, Provider, Route
from holdfast_server.action.llm.routing import balancing
from holdfast_server.action.llm.routing.outcomes import Kind, read_retry_after
from holdfast_server.action.llm.routing.plan import Chosen, Plan
from holdfast_server.action.llm.routing.resolving import Candidate, Resolver
from holdfast_server.action.llm.routing.retrying import RESERVE, Chance, RetryBudget
from holdfast_server.action.llm.routing.sticking import AWAY_S, KEPT_S, Sticky
from holdfast_server.action.llm.routing.upstreams import Place, Upstream, Upstreams

DIRECT_RATIO: Final = 0.0
"""A model that is no route is asked once: its client repeats by itself, and would multiply what we repeat."""

_GOOD: Final = Kind.GOOD
_ASKS_TO_WAIT: Final = frozenset({Kind.RATE_LIMIT, Kind.ERROR})

Cost = Callable[[str, str], float | None]
"""Provider and model → what a token costs on average, in any unit; None when nobody knows."""


def nobody_knows(provider: str, model: str) -> float | None:  # noqa: ARG001  # the shape of a price list
    """The price list of somebody who has none."""
    return None


class Router:
    """Names to plans; kept for as long as the process lives, while configurations come and go."""

    def __init__(
        self,
        routes: Iterable[Route] = (),
        providers: Iterable[Provider] = (),
        *,
        cost: Cost = nobody_knows,
        chance: Chance = random.random,
    ) -> None:
        self._chance = chance
        self._upstreams = Upstreams()
        self._sticky = Sticky()
        self._budgets: dict[str, RetryBudget] = {}
        self._direct = RetryBudget(DIRECT_RATIO)
        self.adopt(routes, providers, cost=cost)

    def adopt(
        self, routes: Iterable[Route], providers: Iterable[Provider], *, cost: Cost = nobody_knows
    ) -> None:
        """Go by another configuration from now on; what is known of upstreams is kept."""
        routes = tuple(routes)
        self._resolver = Resolver(routes, providers)
        self._cost = cost
        before = self._budgets
        self._budgets = {
            one.alias: kept
            if (kept := before.get(one.alias)) and kept.ratio == one.retry_ratio
            else RetryBudget(one.retry_ratio)
            for one in routes
        }

    @property
    def aliases(self) -> tuple[str, ...]:
        """The names of the routes, for a list of models."""
        return self._resolver.aliases

    def apis_of(self, asked: str, *, exactly: bool = False) -> tuple[Api, ...]:
        """The APIs in which a client reaches what has this name; none when nobody here has it."""
        return self._resolver.apis_of(asked, exactly=exactly)

    def targets(
        self,
        asked: str,
        api: Api,
        *,
        exactly: bool = False,
        session: str = "",
        now_ns: int,
        confidence: Callable[[Route], float] | None = None,
    ) -> Plan | None:
        """How a call is to be made.

        Args:
            asked: what the client calls the model; for files it says nothing about who keeps them.
            api: the one the client speaks.
            exactly: whether nothing can be translated.
            session: who stays with the target that answers: a conversation that the client named. Empty when
                it named none; what stands for all calls of a key would send all of them to one target.
            now_ns: since the epoch.
            confidence: asked of a route that escalates: how sure it is, by the question alone, that the first
                target is good enough.

        Returns:
            None when nobody here has such a model.
        """
        found = self._resolver.resolve(asked, api, exactly=exactly)
        if found is None:
            return None
        route = found.route
        who = session if found.named and route.sticky else ""
        candidates = list(found.candidates)
        if len(candidates) > 1:
            candidates = self._ordered(route, candidates, who, now_ns)
            if route.escalate and confidence and confidence(route) < route.escalate.threshold:
                candidates.append(candidates.pop(0))
        budget = self._budgets[route.alias] if found.named else self._direct
        if budget.left < RESERVE:
            budget.earn()
        return Plan(route, candidates, self._upstreams, budget, self._chance, who)

    def told(
        self,
        chosen: Chosen,
        kind: Kind,
        *,
        now_ns: int,
        retry_after: str = "",
        ttft_ms: float | None = None,
        total_ms: float | None = None,
    ) -> None:
        """What came of a try.

        Args:
            chosen: the try; each is told once.
            kind: see `kind_of`.
            now_ns: since the epoch.
            retry_after: the header as it came.
            ttft_ms: until the first byte of a stream; a whole answer has no first token.
            total_ms: until its last.
        """
        upstream, plan = chosen.upstream, chosen.plan
        if kind is _GOOD:
            upstream.answered(now_ns, ttft_ms=ttft_ms, total_ms=total_ms)
            if plan.who:
                lasting = plan.route.strategy != "order"
                self._sticky.remember(plan.route.alias, plan.who, chosen.place, now_ns, lasting=lasting)
            plan.told(chosen.candidate, kind, now_ns)
            return
        wait_s = read_retry_after(retry_after, now_ns) if retry_after and kind in _ASKS_TO_WAIT else None
        # On an account of its own a client that is told to wait is alone in that.
        upstream.settle(kind, now_ns, wait_s=wait_s, shared=chosen.candidate.provider.auth != "client")
        plan.told(chosen.candidate, kind, now_ns)

    def upstreams(self) -> Sequence[Upstream]:
        """How each upstream does that was ever asked."""
        return self._upstreams.list()

    def rest(self, name: str, until_ns: int) -> None:
        """Leave `provider/model` alone until then, where there is another."""
        provider, _, model = name.partition("/")
        upstream = self._upstreams.of(Place(provider, model))
        upstream.paused_ns = max(upstream.paused_ns, until_ns)

    def _ordered(self, route: Route, candidates: list[Candidate], who: str, now_ns: int) -> list[Candidate]:
        match route.strategy:
            case "weight" if who:
                found = balancing.by_hash(candidates, _weight, _name, f"{route.alias}\n{who}")
            case "weight":
                found = balancing.by_weight(candidates, _weight, self._chance)
            case "cost":
                found = balancing.by_cost(candidates, lambda one: self._cost(*one.place))
            case "latency":
                found = balancing.by_latency(candidates, self._delay_ms, self._busy, self._chance)
            case _:
                found = candidates
        # A route that escalates begins with its cheap target again: one hard question makes no session dear.
        if not who or route.escalate:
            return found
        kept_s = AWAY_S if route.strategy == "order" else KEPT_S
        last = self._sticky.find(route.alias, who, now_ns, kept_s=kept_s)
        return found if last is None else sorted(found, key=lambda one: one.place != last)

    def _delay_ms(self, one: Candidate) -> float | None:
        return self._upstreams.of(one.place).delay_ms

    def _busy(self, one: Candidate) -> int:
        return self._upstreams.of(one.place).in_flight


def _weight(one: Candidate) -> float:
    return one.target.weight


def _name(one: Candidate) -> str:
    return one.name
