"""The list of models that a key may use, in the words of each API."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from holdfast_server.action.llm.exchange.admitting import is_named
from holdfast_server.action.llm.exchange.apis import Path
from holdfast_server.action.llm.exchange.house import House
from holdfast_server.action.llm.exchange.identity import Caller
from holdfast_server.action.llm.exchange.refusing import JSON, Refusal
from holdfast_server.action.llm.seam import Reply

CREATED: Final = 1_700_000_000
"""Nobody knows when; clients want a number."""
PATTERN: Final = frozenset("*?[")
"""What makes a name one for many."""


def list_models(house: House, caller: Caller, path: Path) -> Reply:
    """What a key may call: aliases, models by name, and what providers named where they have patterns."""
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
        return _reply(_shown(path, *one))
    shown = [_shown(path, *one) for one in found]
    if path.api == "gemini":
        return _reply({"models": shown})
    return _reply({"object": "list", "data": shown, "has_more": False})


def _names(house: House) -> list[tuple[str, str]]:
    found = dict.fromkeys(house.router.aliases, "holdfast")
    for outlet in house.outlets.values():
        provider = outlet.provider
        named = [one for one in provider.models if PATTERN.isdisjoint(one)]
        named += [one for one in provider.known if is_named(one, provider.models)]
        for name in named:
            found.setdefault(name, provider.name)
    return list(found.items())


def _reply(body: dict[str, Any]) -> Reply:
    return Reply(200, [JSON], msgspec.json.encode(body))


def _shown(path: Path, name: str, owner: str) -> dict[str, Any]:
    if path.api == "gemini":
        return {"name": f"models/{name}", "displayName": name}
    return {
        "id": name,
        "object": "model",
        "type": "model",
        "created": CREATED,
        "created_at": "2023-11-14T22:13:20Z",
        "owned_by": owner,
        "display_name": name,
    }
