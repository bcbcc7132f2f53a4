"""The caches of all routes: looked into before a provider is asked, filled after it answered well."""

from __future__ import annotations

import math
import random
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, Literal

import msgspec
import structlog

from holdfast.errors import HoldfastError, Misconfigured
from holdfast_server.action.llm.caches.asking import Lookup
from holdfast_server.action.llm.caches.embedding import LOCAL, Embedder, EndpointEmbedder, LocalEmbedder, Post
from holdfast_server.action.llm.caches.shelf import SECOND, Kept, Shelf
from holdfast_server.action.llm.caches.verifying import differs
from holdfast_server.action.llm.config import CacheTerms, Route
from holdfast_server.action.llm.messages import CacheUse

if TYPE_CHECKING:
    from holdfast_server.action.llm.caches.embedding import Vector
    from holdfast_server.action.llm.caches.nearest import Index

log = structlog.get_logger(__name__)

FALSE_MAX: Final = 0.02
"""A route of which more hits than this are surely false gives no answer by meaning any more."""
CERTAIN: Final = 1.645
"""How sure: so many deviations, 95 % on one side."""
ANSWERS_ALIKE: Final = 0.7
"""Two answers that are at least so close say the same in other words."""
VECTORS_MAX: Final = 1_024
"""Questions under way whose vectors are remembered until their answers come."""
REST_NS: Final = 60 * SECOND
"""How long meaning is not asked for after it could not be had."""


class Hit(msgspec.Struct, frozen=True):
    """An answer that fits."""

    kind: Literal["exact", "semantic"]
    kept: Kept
    age_s: float
    score: float = 1.0
    sampled: bool = False
    """It is not to be given: ask the provider, give its answer, and let `judge` compare the two."""


class _Shelves:
    """What is kept for one route, and how well that goes."""

    __slots__ = ("false_hits", "index", "rests_until_ns", "sampled", "shelf", "terms")

    def __init__(self, terms: CacheTerms) -> None:
        self.terms = terms
        self.shelf = Shelf(terms.bytes_max, terms.ttl_s)
        self.index: Index | None = None
        self.rests_until_ns = 0
        self.sampled = self.false_hits = 0

    @property
    def is_trusted(self) -> bool:
        """Whether what was measured leaves room for the hits by meaning to be right often enough."""
        return _surely_false(self.false_hits, self.sampled) <= FALSE_MAX


class Caches:
    """Every cache of one worker."""

    def __init__(self, *, chance: Callable[[], float] = random.random) -> None:
        """Begin empty; `chance`, a number from 0 to 1, says what is sampled."""
        self._chance = chance
        self._routes: dict[str, _Shelves] = {}
        self._local: Embedder | None = None
        self._vectors: OrderedDict[bytes, Vector] = OrderedDict()
        self._hits = self._misses = self._sampled = self._false_hits = self._avoided = 0

    def adopt(self, routes: Iterable[Route]) -> None:
        """Go by another configuration: routes that are gone are forgotten, changed ones begin anew."""
        wanted = {one.alias: one.cache for one in routes if one.cache is not None}
        before = self._routes
        self._routes = {
            alias: kept if (kept := before.get(alias)) and kept.terms == terms else _Shelves(terms)
            for alias, terms in wanted.items()
        }

    def use(self) -> CacheUse:
        """What the caches did so far."""
        return CacheUse(self._hits, self._misses, self._sampled, self._false_hits, self._avoided)

    def find(self, lookup: Lookup, now_ns: int) -> Hit | None:
        """The answer to the very same request."""
        route = self._routes.get(lookup.route)
        kept = route.shelf.find(lookup.exact, now_ns) if route else None
        if kept is None:
            self._misses += not lookup.frame
            return None
        return self._given(Hit("exact", kept, _age_s(kept, now_ns)))

    async def find_alike(self, lookup: Lookup, now_ns: int, post: Post | None = None) -> Hit | None:
        """The answer to a request that means the same; never an error, for it can always be asked.

        Args:
            lookup: what is asked.
            now_ns: since the epoch.
            post: how an embeddings endpoint is reached; without it only the local model can be.
        """
        route = self._routes.get(lookup.route)
        if route is None or not lookup.frame or not route.is_trusted or now_ns < route.rests_until_ns:
            self._misses += bool(lookup.frame)
            return None
        try:
            vector = await self._embedder(route.terms.embeddings, post).embed(lookup.text)
        except (HoldfastError, OSError) as error:
            route.rests_until_ns = now_ns + REST_NS
            log.warning("gateway.cache.no_meaning", route=lookup.route, error=str(error))
            self._misses += 1
            return None
        self._remember(lookup, vector)
        return self._closest(route, lookup, vector, now_ns)

    def keep(self, lookup: Lookup, kept: Kept, now_ns: int) -> None:
        """Keep a whole answer that was good and that its client got unchanged."""
        vector = self._vectors.pop(lookup.exact, None)
        route = self._routes.get(lookup.route)
        if route is None or not 200 <= kept.status < 300:
            return
        if not route.shelf.put(lookup.exact, msgspec.structs.replace(kept, kept_ns=now_ns)):
            return
        if vector is not None and lookup.frame:
            if route.index is None:
                from holdfast_server.action.llm.caches.nearest import Index

                route.index = Index()
            route.index.add(lookup.frame, lookup.text, lookup.exact, vector)

    async def judge(self, lookup: Lookup, hit: Hit, text: str, post: Post | None = None) -> bool:
        """Compare the answer that was not given with the one that came instead; whether it was right."""
        route = self._routes.get(lookup.route)
        right = await self._agree(route.terms if route else CacheTerms(), hit.kept.text, text, post)
        self._sampled += 1
        self._false_hits += not right
        if route is not None:
            route.sampled += 1
            route.false_hits += not right
            if not route.is_trusted:
                log.warning("gateway.cache.not_trusted", route=lookup.route, false_hits=route.false_hits)
        return right

    def _given(self, hit: Hit) -> Hit:
        self._hits += 1
        self._avoided += hit.kept.cost_micro_usd or 0
        return hit

    def _closest(self, route: _Shelves, lookup: Lookup, vector: Vector, now_ns: int) -> Hit | None:
        index = route.index
        for one in index.nearest(lookup.frame, vector, route.terms.threshold) if index else ():
            kept = route.shelf.find(one.exact, now_ns)
            if kept is None or differs(one.text, lookup.text):
                continue
            hit = Hit("semantic", kept, _age_s(kept, now_ns), one.score)
            if self._chance() < route.terms.sample:
                return msgspec.structs.replace(hit, sampled=True)
            return self._given(hit)
        self._misses += 1
        return None

    def _remember(self, lookup: Lookup, vector: Vector) -> None:
        self._vectors[lookup.exact] = vector
        if len(self._vectors) > VECTORS_MAX:
            self._vectors.popitem(last=False)

    def _embedder(self, name: str, post: Post | None) -> Embedder:
        if name == LOCAL:
            self._local = self._local or LocalEmbedder()
            return self._local
        if post is None:
            raise Misconfigured(f"no embeddings endpoint can be reached here, and {name} is one")
        return EndpointEmbedder(name, post)

    async def _agree(self, terms: CacheTerms, one: str, other: str, post: Post | None) -> bool:
        """Whether two answers say the same: word for word, or in other words."""
        mine, theirs = _plain(one), _plain(other)
        if mine == theirs:
            return True
        if not mine or not theirs or _says_no(mine) != _says_no(theirs):
            return False
        try:
            embed = self._embedder(terms.embeddings, post).embed
            return float((await embed(mine)) @ (await embed(theirs))) >= ANSWERS_ALIKE
        except (HoldfastError, OSError):
            return False


def _age_s(kept: Kept, now_ns: int) -> float:
    return max(0, now_ns - kept.kept_ns) / SECOND


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _says_no(text: str) -> bool | None:
    """Whether an answer begins with a no, or with a yes; None when with neither."""
    first = text.split(maxsplit=1)[0].strip(".,!:;")
    return {"no": True, "yes": False}.get(first)


def _surely_false(false: int, of: int) -> float:
    """The least share of false ones that so many samples leave credible (Wilson)."""
    if not of:
        return 0.0
    share, z = false / of, CERTAIN
    middle = share + z * z / (2 * of)
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (middle - spread) / (1 + z * z / of))
