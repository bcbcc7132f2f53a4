"""Which requests are the same, and which may be answered by an answer that was given before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, cast
from urllib.parse import parse_qsl

import msgspec

from holdfast_server.action.llm.config import Api, CacheTerms, Route
from holdfast_server.action.llm.seam import Headers

CACHED: Final[frozenset[Api]] = frozenset(
    {"chat", "responses", "messages", "gemini", "embeddings", "completions"}
)
TEXT_MAX: Final = 1_000
"""Characters of a question that is compared by meaning: of a long text that meaning is too coarse."""
_BESIDE: Final = frozenset({"metadata", "prompt_cache_key", "prompt_cache_retention"})
"""About the request and not about the answer."""
_STATEFUL: Final = frozenset({"previous_response_id", "conversation", "background", "container"})
"""What goes on with something that the provider keeps is never the same twice."""
_TOOLS: Final = frozenset(
    {"tools", "functions", "mcp_servers", "web_search_options", "toolConfig", "tool_config"}
)
_SHAPING: Final = (b"anthropic-version", b"anthropic-beta", b"openai-beta")
"""Headers that change what an answer looks like."""
_AFRESH: Final = {b"x-holdfast-cache": (b"off",), b"cache-control": (b"no-cache", b"no-store")}
"""How a client says that it wants an answer of its own."""
_ANSWERS: Final = frozenset({"assistant", "model", "system", "developer", "tool"})


class Scope(NamedTuple):
    """Within which an answer is given again; across these nothing is shared."""

    project: str
    agent: str
    labels: frozenset[str]
    """Of the session: what it saw is a part of what may be shown to it."""
    rules: str
    """The hash of the bundle: what was judged by other rules is not judged."""


class Lookup(msgspec.Struct, frozen=True):
    """A request as a cache knows it."""

    route: str
    terms: CacheTerms
    exact: bytes
    """The digest of all that the answer hangs on."""
    frame: bytes = b""
    """The digest of all but the last thing said; empty for what is not compared by meaning."""
    text: str = ""
    """The last thing said."""


def read_lookup(
    route: Route,
    api: Api,
    *,
    target: bytes,
    body: bytes,
    headers: Headers,
    scope: Scope,
    personal: bool = False,
) -> Lookup | None:
    """What to look for; None when this request is asked afresh each time.

    Args:
        route: with the terms of its cache.
        api: the one the client speaks.
        target: the request's path and query.
        body: as the client sent it.
        headers: as the client sent them.
        scope: whose answers may be given.
        personal: whether personal data was found in it.
    """
    terms = route.cache
    if terms is None or not (terms.exact or terms.semantic) or api not in CACHED:
        return None
    if (personal and not terms.personal) or _asks_afresh(headers):
        return None
    asked = _read(body)
    if asked is None or any(asked.get(name) for name in _STATEFUL):
        return None
    if not terms.tools and any(asked.get(name) for name in _TOOLS):
        return None
    for name in _BESIDE & asked.keys():
        del asked[name]
    about = _about(route, api, target, headers, scope)
    exact = _digest(about, asked)
    text = _last_said(api, asked) if terms.semantic else ""
    # What was said last is taken out by now; what is left has to be the same.
    return Lookup(route.alias, terms, exact, _digest(about, asked) if text else b"", text)


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        found: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _asks_afresh(headers: Headers) -> bool:
    return any(said in value.lower() for name, value in headers for said in _AFRESH.get(name.lower(), ()))


def _about(route: Route, api: Api, target: bytes, headers: Headers, scope: Scope) -> list[Any]:
    path, _, query = target.partition(b"?")
    asked = [pair for pair in parse_qsl(query.decode("latin-1")) if pair[0] != "key"]
    shaping = sorted(
        (name.lower().decode("latin-1"), value.decode("latin-1"))
        for name, value in headers
        if name.lower() in _SHAPING
    )
    models = [(one.provider, one.model) for one in route.targets]
    whose = [scope.project, scope.agent, sorted(scope.labels), scope.rules]
    return [route.alias, models, api, path.decode("latin-1"), sorted(asked), shaping, whose]


def _digest(about: Sequence[Any], asked: Mapping[str, Any]) -> bytes:
    said = msgspec.json.encode((about, asked), order="deterministic")
    return hashlib.blake2b(said, digest_size=32).digest()


def _last_said(api: Api, asked: dict[str, Any]) -> str:
    """Take what a person said last out of a request; empty when it is more or other than one text."""
    match api:
        case "chat" | "messages":
            holder, name = _last_of(asked, "messages"), "content"
        case "responses" if isinstance(asked.get("input"), str):
            holder, name = asked, "input"
        case "responses":
            holder, name = _last_of(asked, "input"), "content"
        case "gemini":
            holder, name = _last_of(asked, "contents"), "parts"
        case _:
            return ""
    if holder is None:
        return ""
    if isinstance(holder[name], list):
        parts = cast("list[Any]", holder[name])
        if len(parts) != 1 or not isinstance(parts[0], dict):
            return ""
        holder, name = cast("dict[str, Any]", parts[0]), "text"
    text = holder.get(name)
    if not isinstance(text, str) or not 0 < len(text.strip()) <= TEXT_MAX:
        return ""
    holder[name] = None
    return text.strip()


def _last_of(asked: dict[str, Any], name: str) -> dict[str, Any] | None:
    """The last message, when a person said it."""
    said: object = asked.get(name)
    if not isinstance(said, list) or not said:
        return None
    last: object = cast("list[Any]", said)[-1]
    if not isinstance(last, dict):
        return None
    last = cast("dict[str, Any]", last)
    kept = last.get("parts" if name == "contents" else "content")
    return None if last.get("role") in _ANSWERS or kept is None else last
