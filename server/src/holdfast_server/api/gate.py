"""Who may speak to the server at all: this machine, or whoever holds the access key.

Without a key the server listens on a loopback address only, and answers only to loopback names: a web page
that rebinds its own name to 127.0.0.1 is refused by its Host header. A browser may write only from a page
of this server.
"""

from __future__ import annotations

import hmac
from http.cookies import SimpleCookie
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast_server.api.errors import problem
from holdfast_server.settings import Access, Limits

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN: Final = frozenset({"/v1/health"})
"""Answered without a key, so that a load balancer can ask."""
OWN_LIMIT: Final = frozenset({"/v1/traces", "/v1/logs", "/v1/records", "/v1/gateway/spans"})
"""Routes that watch their bodies themselves."""
COOKIE: Final = "holdfast_access"
HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)


class Gate:
    """Refuses strangers before anything else happens."""

    def __init__(self, app: ASGIApp, *, access: Access, limits: Limits) -> None:
        self._app = app
        self._key = access.key
        self._hosts = LOOPBACK | {host.lower() for host in access.hosts}
        self._body_max = limits.body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refuse(scope, headers)
        if refusal:
            status, code, detail, hint = refusal
            extra = {"WWW-Authenticate": "Bearer"} if status == 401 else None
            await problem(status, code=code, detail=detail, hint=hint, headers=extra)(scope, receive, send)
            return
        if scope["path"] not in OWN_LIMIT:
            length = headers.get("content-length", "0")
            if not length.isdecimal() or int(length) > self._body_max:
                await self._too_large()(scope, receive, send)
                return
            receive = self._counted(receive)
        await self._app(scope, receive, _with_headers(send))

    def _refuse(self, scope: Scope, headers: Headers) -> tuple[int, str, str, str] | None:
        """Why a request is refused: status, code, reason, next step."""
        host = headers.get("host", "")
        if self._key is not None:
            if (
                scope["path"].startswith(("/v1/", "/metrics"))
                and scope["path"] not in OPEN
                and not self._holds_key(headers)
            ):
                return (
                    401,
                    "no_access",
                    "the access key is missing or wrong",
                    "Send Authorization: Bearer <access.key>.",
                )
        elif _name(host) not in self._hosts:
            return (
                *(403, "foreign_host", f"this server does not answer to the name {host[:200]}"),
                "Use 127.0.0.1, or set access.hosts.",
            )
        if scope["method"] not in SAFE and _foreign(headers, host):
            return 403, "foreign_origin", "another site may not write here", "Use the console of this server."
        return None

    def _holds_key(self, headers: Headers) -> bool:
        assert self._key is not None, "asked only where there is one"
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
            shown = cookie.value if cookie else ""
        return hmac.compare_digest(shown.encode(), self._key.encode())

    def _counted(self, receive: Receive) -> Receive:
        """The same body, cut off where it passes the limit: a length may be missing or a lie."""
        left = self._body_max

        async def count() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                return {"type": "http.disconnect"}
            return message

        return count

    def _too_large(self) -> ASGIApp:
        detail = f"the body is over {self._body_max} bytes"
        return problem(413, code="too_large", detail=detail, hint="Send less at once.")


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    return (urlsplit(f"//{host}").hostname or "") if host else ""


def _foreign(headers: Headers, host: str) -> bool:
    """Whether a browser says that the request comes from another site."""
    origin = headers.get("origin")
    if headers.get("sec-fetch-site", "none") in ("cross-site", "same-site"):
        return True
    return origin is not None and urlsplit(origin).netloc.lower() != host.lower()


def _with_headers(send: Send) -> Send:
    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *HEADERS]
        await send(message)

    return add
