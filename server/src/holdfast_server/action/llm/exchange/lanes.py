"""What is the same for every call of one key to one model, made once for each configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from holdfast.action import Kind
from holdfast_server.action.llm.config import Api
from holdfast_server.action.llm.exchange.admitting import may_use
from holdfast_server.action.llm.exchange.identity import Caller
from holdfast_server.action.llm.exchange.sending import Outlet
from holdfast_server.action.llm.exchange.telling import NO_FACTS, shared_of
from holdfast_server.action.llm.routing import Candidate

LANES_MAX: Final = 4_096
"""Lanes that are remembered; clients may name any model."""


class Lane(msgspec.Struct, frozen=True, eq=False):
    """One key on its way to one model."""

    caller: Caller
    provider: str
    model: str
    """As the provider calls it."""
    api: Api
    """In which API it is asked; another than the client's means that the call is translated."""
    target: str
    """`provider/model`."""
    outlet: Outlet
    open: bool
    """Whether the key may use it."""
    route: str
    """The name that stands for it, when its client calls one."""
    facts: Mapping[str, Any] | None
    stem: bytes
    """What stands before an action's canonical arguments in its digest."""
    shared: bytes
    """What frames of these calls begin with."""


class Lanes:
    """The lanes of one configuration."""

    def __init__(self, outlets: Mapping[str, Outlet], log: str) -> None:
        self._outlets, self._log = outlets, log
        self._known: dict[tuple[Caller, Candidate], Lane] = {}

    def of(self, caller: Caller, candidate: Candidate, asked: str, alias: str) -> Lane:
        """The lane of a call; `asked` is what the client calls the model, `alias` its route's name."""
        lane = self._known.get((caller, candidate))
        if lane is None:
            if len(self._known) >= LANES_MAX:
                self._known.clear()
            lane = self._known[caller, candidate] = self._make(caller, candidate, asked, alias)
        return lane

    def _make(self, caller: Caller, candidate: Candidate, asked: str, alias: str) -> Lane:
        provider, model, target = candidate.provider, candidate.target.model, candidate.name
        route = alias if alias not in {model, target} else ""
        facts = {"region": provider.region} if provider.region else None
        return Lane(
            caller, provider.name, model, candidate.api, target,
            self._outlets[provider.name], may_use(caller.key, asked, target), route, facts,
            b"\0".join((Kind.MODEL.encode(), target.encode(), b"")),
            shared_of(self._log, caller, target, candidate.api, route, facts or NO_FACTS),
        )  # fmt: skip
