"""A route as it travels: an alias, the models it leads to, and how one of them is chosen."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, Field, StringConstraints

from holdfast_server.action.llm.config import Strategy
from holdfast_server.kit.wire import Ask, Name, Wire

ALIAS: Final = r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$"
ALIAS_HINT: Final = "Use letters, digits, '.', '_', ':', '@' and '-'; at most 128, and no '/'."
LOCAL: Final = "local"
Share = Annotated[float, Field(ge=0, le=1)]
T = TypeVar("T")


def _unmade(value: T) -> T:
    """Refuse what would be kept and do nothing."""
    if value:
        raise ValueError("the gateway does not do this yet; leave it out")
    return value


def _meaning(value: str) -> str:
    provider, _, model = value.partition("/")
    if value != LOCAL and not (provider and model):
        raise ValueError("`local` is the model in the package; an embeddings endpoint is `provider/model`")
    return value


class RouteTarget(Ask):
    """One model that a route may lead to."""

    provider: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    model: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    weight: Annotated[float, Field(gt=0, le=1_000_000)] = 1.0
    resumes: Annotated[bool, AfterValidator(_unmade)] = False
    """Whether it goes on with a final assistant message, so that a stream that broke can be resumed there."""


class RouteCache(Ask):
    """Which answers are given again; off unless asked for."""

    exact: bool = False
    semantic: bool = False
    ttl_s: Annotated[float, Field(gt=0, le=30 * 86_400)] = 300.0
    bytes_max: Annotated[int, Field(ge=1_024, le=8 * 1024**3)] = 64 * 1024 * 1024
    threshold: Annotated[float, Field(gt=0, le=1)] = 0.95
    embeddings: Annotated[Name, AfterValidator(_meaning)] = LOCAL
    """`local`, or `provider/model` of an embeddings endpoint."""
    tools: bool = False
    personal: bool = False
    sample: Share = 0.02


class RouteEscalation(Ask):
    """When a cheap answer is not good enough."""

    threshold: Share = 0.5
    confidence: Name = "words"
    model: dict[str, Any] | None = None


class GatewayRouteAsk(Ask):
    """What a route shall be."""

    targets: Annotated[list[RouteTarget], Field(min_length=1, max_length=32)]
    strategy: Strategy = "order"
    tries: Annotated[int, Field(ge=1, le=32)] = 3
    """Targets tried at most, the first included."""
    retry_ratio: Share = 0.2
    """Retries for each first try, over time."""
    sticky: bool = True
    hedge_ms: Annotated[int, Field(ge=0, le=60_000)] = 0
    """After so long without a first byte a second target is asked too; 0 never does."""
    cache: RouteCache | None = None
    escalate: RouteEscalation | None = None
    by: Name = Field(min_length=1)


class GatewayRoute(Wire):
    """A name that clients use as a model, and what it stands for."""

    alias: str
    targets: list[RouteTarget]
    strategy: Strategy
    tries: int
    retry_ratio: float
    sticky: bool
    hedge_ms: int
    cache: RouteCache | None
    escalate: RouteEscalation | None
    problem: str
    """Why it cannot be used whole now; empty when it can."""
    updated_at: datetime
    by: str
