"""What may be asked of a route."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from holdfast_server.action.llm.desk.route import GatewayRouteAsk

ROUTE: dict[str, Any] = {"targets": [{"provider": "openai", "model": "gpt-5"}], "by": "ann"}


def test_a_route_needs_no_more_than_a_target() -> None:
    assert GatewayRouteAsk(**ROUTE).cache is None


@pytest.mark.parametrize("embeddings", ["local", "openai/text-embedding-3-small", "eu/meta/embed"])
def test_meaning_is_compared_here_or_by_an_endpoint(embeddings: str) -> None:
    asked = GatewayRouteAsk(**ROUTE, cache={"semantic": True, "embeddings": embeddings})
    assert asked.cache is not None
    assert asked.cache.embeddings == embeddings


@pytest.mark.parametrize("embeddings", ["", "openai", "openai/", "/model"])
def test_an_endpoint_is_a_provider_and_its_model(embeddings: str) -> None:
    with pytest.raises(ValidationError, match="provider/model"):
        GatewayRouteAsk(**ROUTE, cache={"semantic": True, "embeddings": embeddings})


@pytest.mark.parametrize(
    "more",
    [
        {"targets": [{"provider": "openai", "model": "gpt-5", "resumes": True}]},
    ],
)
def test_what_would_do_nothing_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="yet"):
        GatewayRouteAsk(**{**ROUTE, **more})
