"""What is sent to a provider: the client's request, with nothing changed but what has to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from holdfast_server.action.llm.config import Api, Provider
from holdfast_server.action.llm.exchange.asking import Question
from holdfast_server.action.llm.exchange.identity import Said, without_key
from holdfast_server.action.llm.seam import Headers, Send, Upstream

IDENTITY: Final = (b"accept-encoding", b"identity")
"""Answers are read as they pass."""
HEADERS: Final[Mapping[str, bytes]] = {
    "bearer": b"authorization",
    "x-api-key": b"x-api-key",
    "api-key": b"api-key",
    "x-goog-api-key": b"x-goog-api-key",
}
REPORTS_WHEN_ASKED: Final = frozenset({"chat", "completions"})
"""APIs whose streams say what they used only when that was asked for."""
SPOKEN: Final[dict[Api, Headers]] = {"messages": [(b"anthropic-version", b"2023-06-01")]}
"""What an API wants said beside the body, where its client spoke another one."""
HIDDEN: Final = b"..."
SECRET_MIN: Final = 8
"""Bytes of a credential that is looked for: shorter ones are words."""
_COUNT: Final = b'"stream_options":{"include_usage":true}'
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


class Outlet:
    """One provider, as requests are sent to it."""

    __slots__ = ("_auth", "_headers", "_names", "_prefix", "_secret", "provider", "upstream")

    def __init__(self, provider: Provider) -> None:
        address = urlsplit(provider.base_url)
        tls = address.scheme == "https"
        self.provider = provider
        self.upstream = Upstream(
            provider.name,
            address.hostname or "",
            address.port or (443 if tls else 80),
            tls,
            ca_file=provider.ca_file,
            connect_s=provider.connect_s,
            first_byte_s=provider.first_byte_s,
            idle_s=provider.idle_s,
            connections_max=provider.connections_max,
        )
        self._prefix = address.path.rstrip("/").encode()
        self._headers = [(name.encode(), value.encode()) for name, value in provider.headers.items()]
        self._names = frozenset(name.lower() for name, _ in self._headers)
        self._auth = _auth(provider)
        self._secret = provider.secret.encode()

    def without_secret(self, body: bytes) -> bytes:
        """An error in a provider's words, without the credential that some of them repeat."""
        secret = self._secret
        return body.replace(secret, HIDDEN) if len(secret) >= SECRET_MIN and secret in body else body

    def send(self, method: bytes, target: bytes, said: Said, body: bytes, more: Headers) -> Send:
        """A request with the provider's own address and credential, and perhaps more headers."""
        headers = said.sent.get(self)
        if headers is None or more:
            headers = self._head(said, more)
            if not more:
                said.sent[self] = headers
        return Send(self.upstream, method, self._prefix + target, headers, body)

    def _head(self, said: Said, more: Headers) -> Headers:
        headers = said.headers + more
        if self._names:
            headers = [pair for pair in headers if pair[0].lower() not in self._names] + self._headers
        credentials = said.credentials if self.provider.auth == "client" else self._auth
        return [*headers, *credentials, IDENTITY]


def _auth(provider: Provider) -> Headers:
    name = HEADERS.get(provider.auth)
    if name is None or not provider.secret:
        return []
    return [
        (name, f"Bearer {provider.secret}".encode() if name == b"authorization" else provider.secret.encode())
    ]


def target_of(target: bytes, question: Question, model: str) -> bytes:
    """The path and query of a request as they go on: without our key, and with the model's own name."""
    target = without_key(target)
    return target.replace(question.model.encode(), model.encode(), 1) if question.api == "gemini" else target


def word(body: bytes, question: Question, *, model: str, limit: int | None, counts: bool) -> bytes:
    """The body as it is sent: the same bytes, unless something in it has to change.

    Args:
        body: as it came.
        question: what it asks.
        model: as the provider calls it.
        limit: how long the answer may be, where the request does not say and a budget does.
        counts: whether a stream is to end with its usage though the client did not ask for that.
    """
    named = question.api != "gemini" and model != question.model
    if named or (counts and question.has_options) or (limit is not None and question.api == "gemini"):
        return _rewritten(body, question, model if named else "", limit, counts=counts)
    if limit is None and not counts:
        return body
    parts = [_COUNT] if counts else []
    if limit is not None:
        parts.append(f'"{question.limit_name}":{limit}'.encode())
    # What is added stands last, so that every byte before it is the client's.
    return body[: body.rindex(b"}")] + b"," + b",".join(parts) + b"}"


def _rewritten(body: bytes, question: Question, model: str, limit: int | None, *, counts: bool) -> bytes:
    """The body with other values in its outermost object; every value that stays keeps its bytes."""
    fields: dict[str, Any] = dict(_fields(body))
    if model:
        fields["model"] = model
    if counts:
        options = fields.get("stream_options")
        known: Any = msgspec.json.decode(options) if isinstance(options, msgspec.Raw) else None
        fields["stream_options"] = {**(known or {}), "include_usage": True}
    if limit is not None and question.api == "gemini":
        config = fields.get("generationConfig")
        known = msgspec.json.decode(config) if isinstance(config, msgspec.Raw) else None
        fields["generationConfig"] = {**(known or {}), question.limit_name: limit}
    elif limit is not None:
        fields[question.limit_name] = limit
    return _encode(fields)
