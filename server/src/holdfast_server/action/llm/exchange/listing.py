"""The list of models that a key may use, in the words of each API."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from holdfast_server.action.llm.config import Provider
from holdfast_server.action.llm.exchange.admitting import is_named
from holdfast_server.action.llm.exchange.apis import Path
from holdfast_server.action.llm.exchange.house import House
from holdfast_server.action.llm.exchange.identity import Caller
from holdfast_server.action.llm.exchange.refusing import JSON, Refusal
from holdfast_server.action.llm.seam import Reply

CREATED: Final = 1_700_000_000
"""Nobody knows when; clients want a number."""


def list_models(house: House, caller: Caller, path: Path) -> Reply:
    """The aliases of routes, and the models that providers have by name; a pattern is no name."""
    globs = caller.key.models
    found = [
        (name, owner)
        for name, owner in _names(house)
        if not globs or is_named(name, globs) or is_named(f"{owner}/{name}", globs)
    ]
    if path.model:
        one = next((one for one in found if one[0] == path.model), None)
        if one is None:
            raise Refusal(404, "model_not_found", f"The model {path.model[:200]} does not exist here.")
        return Reply(200, [JSON], msgspec.json.encode(_model(*one)))
    if path.api == "gemini":
        models = [{"name": f"models/{name}", "displayName": name} for name, _ in found]
        return Reply(200, [JSON], msgspec.json.encode({"models": models}))
    body = {"object": "list", "data": [_model(*one) for one in found], "has_more": False}
    return Reply(200, [JSON], msgspec.json.encode(body))


def _names(house: House) -> list[tuple[str, str]]:
    named = [(alias, "holdfast") for alias in house.router.aliases]
    providers: list[Provider] = [outlet.provider for outlet in house.outlets.values()]
    plain = [(model, one.name) for one in providers for model in one.models if not set(model) & set("*?[")]
    return list(dict(named + plain).items())


def _model(name: str, owner: str) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "type": "model",
        "created": CREATED,
        "created_at": "2023-11-14T22:13:20Z",
        "owned_by": owner,
        "display_name": name,
    }
