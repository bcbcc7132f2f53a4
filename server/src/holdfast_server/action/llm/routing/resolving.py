"""What a client calls a model, and which targets that stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from holdfast_server.action.llm.config import Api, Provider, Route, Target
from holdfast_server.action.llm.routing.upstreams import Place

NAMES_MAX: Final = 4_096
"""Names whose targets are remembered; clients may send any."""
TRANSLATED: Final[Mapping[Api, tuple[Api, ...]]] = {
    "chat": ("chat", "responses", "messages", "gemini"),
    "responses": ("responses", "chat", "messages", "gemini"),
    "messages": ("messages", "chat", "responses", "gemini"),
    **{one: (one,) for one in ("gemini", "embeddings", "completions")},
}
"""Which APIs a call may be sent on in, best first; files, which are not here, are sent on as they came."""


class Candidate(msgspec.Struct, frozen=True, eq=False):
    """A target with its provider, and in which API it is asked."""

    provider: Provider
    target: Target
    api: Api
    place: Place

    @property
    def name(self) -> str:
        """`provider/model`."""
        return f"{self.place.provider}/{self.place.model}"


class Resolved(msgspec.Struct, frozen=True, eq=False):
    """What a name stands for."""

    route: Route
    candidates: tuple[Candidate, ...]
    named: bool
    """Whether somebody made a route of this name; a plain model is asked once and passed on as it answers."""


class Resolver:
    """Names to targets, for one configuration."""

    def __init__(self, routes: Iterable[Route], providers: Iterable[Provider]) -> None:
        self._providers = {one.name: one for one in providers}
        self._routes = {one.alias: one for one in routes}
        self._known: dict[tuple[str, Api, bool], Resolved | None] = {}

    @property
    def aliases(self) -> tuple[str, ...]:
        """The names that somebody made."""
        return tuple(self._routes)

    def resolve(self, asked: str, api: Api, *, exactly: bool = False) -> Resolved | None:
        """What a name stands for in this API; None when nobody here has such a model.

        Args:
            asked: what the client calls the model.
            api: the one the client speaks.
            exactly: whether nothing can be translated, as where tokens are counted.
        """
        place = (asked, api, exactly)
        if place in self._known:
            return self._known[place]
        if len(self._known) >= NAMES_MAX:
            self._known.clear()
        found = self._known[place] = self._resolve(asked, api, exactly)
        return found

    def apis_of(self, asked: str, *, exactly: bool = False) -> tuple[Api, ...]:
        """The APIs in which a client reaches what has this name."""
        return tuple(api for api in TRANSLATED if self.resolve(asked, api, exactly=exactly))

    def _resolve(self, asked: str, api: Api, exactly: bool) -> Resolved | None:
        route = self._routes.get(asked)
        if route is not None:
            candidates = tuple(
                found for one in route.targets if (found := self._candidate(one, api, exactly))
            )
            return Resolved(route, candidates, named=True) if candidates else None
        one = self._one(asked, api, exactly)
        return Resolved(Route(asked, (one.target,), tries=1), (one,), named=False) if one else None

    def _candidate(self, target: Target, api: Api, exactly: bool) -> Candidate | None:
        provider = self._providers.get(target.provider)
        spoken = _spoken(provider, api, exactly) if provider else None
        if provider is None or spoken is None:
            return None
        return Candidate(provider, target, spoken, Place(target.provider, target.model))

    def _one(self, asked: str, api: Api, exactly: bool) -> Candidate | None:
        """The model of `provider/model`, which nobody else is asked for; or the first that fits."""
        name, slash, model = asked.partition("/")
        provider = self._providers.get(name)
        if slash and model and provider is not None and _has(provider, model):
            return self._candidate(Target(name, model), api, exactly)
        return self._fitting(asked, api, exactly)

    def _fitting(self, asked: str, api: Api, exactly: bool) -> Candidate | None:
        """The first provider that has such a model, or that keeps files.

        One that names it goes before one that takes any, then one that speaks the client's API before others.
        """
        having = [one for one in self._providers.values() if api == "files" or _has(one, asked)]
        having.sort(key=lambda one: (not _names(one, asked), api not in one.apis))
        found = (self._candidate(Target(one.name, asked), api, exactly) for one in having)
        return next((one for one in found if one), None)


def _has(provider: Provider, model: str) -> bool:
    return "*" in provider.models or _names(provider, model)


def _names(provider: Provider, model: str) -> bool:
    return any(one != "*" and fnmatchcase(model, one) for one in provider.models)


def _spoken(provider: Provider, api: Api, exactly: bool) -> Api | None:
    known = (api,) if exactly else TRANSLATED.get(api, (api,))
    return next((one for one in known if one in provider.apis), None)
