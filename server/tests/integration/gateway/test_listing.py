"""The list of models: what a key may call, by the names that clients use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from holdfast_server.action.llm.config import Key, Provider, Route, Target, digest_key

SECRET = "hf-" + "a" * 46
ROUTE = Route("fast", (Target("acme", "acme-1"),))
PROVIDERS = (
    Provider("acme", "http://127.0.0.1:9", models=("acme-*", "named"), known=("acme-1", "acme-2", "hidden")),
    Provider("other", "http://127.0.0.1:9", models=("*",), known=("acme-1", "other-1")),
    Provider("silent", "http://127.0.0.1:9", models=("silent-*",)),
)


@pytest.mark.parametrize(
    ("globs", "names"),
    [
        ((), {"fast", "named", "acme-1", "acme-2", "other-1"}),
        (("acme-*",), {"acme-1", "acme-2"}),
        (("other/*", "fast"), {"fast", "other-1"}),
        (("none",), set()),
    ],
)
async def test_a_key_is_told_what_it_may_call(
    run_worker: Callable[..., Any], globs: tuple[str, ...], names: set[str]
) -> None:
    key = Key("key_1", digest_key(SECRET), "bot", models=globs)
    async with run_worker(*PROVIDERS, routes=(ROUTE,), keys=[key]) as worker, worker.client() as client:
        listed = (await client.get("/v1/models")).json()["data"]
        gemini = (await client.get("/v1beta/models")).json()["models"]
        one = await client.get("/v1/models/acme-1")
        other = await client.get("/v1beta/models/acme-1")
    assert {entry["id"] for entry in listed} == names
    assert {entry["name"] for entry in gemini} == {f"models/{name}" for name in names}
    assert one.status_code == (200 if "acme-1" in names else 404)
    assert other.status_code == one.status_code
    assert len(listed) == len(names)


async def test_the_first_that_has_a_model_owns_it(run_worker: Callable[..., Any]) -> None:
    async with run_worker(*PROVIDERS, routes=(ROUTE,)) as worker, worker.client() as client:
        listed = (await client.get("/v1/models")).json()["data"]
    owners = {entry["id"]: entry["owned_by"] for entry in listed}
    assert (owners["fast"], owners["acme-1"], owners["other-1"]) == ("holdfast", "acme", "other")
