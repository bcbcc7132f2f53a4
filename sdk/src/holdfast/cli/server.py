"""The server as commands ask it: REST in, plain data or one of our errors out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast
from urllib.parse import quote, urlsplit

import click
import msgspec

from holdfast import settings
from holdfast.client.trust import trust
from holdfast.errors import (
    Conflict,
    HoldfastError,
    Invalid,
    Misconfigured,
    NotFound,
    NotPermitted,
    RequestError,
    Unavailable,
)

if TYPE_CHECKING:
    import httpx

DEFAULT_URL: Final = "http://127.0.0.1:7420"
"""Where `holdfast up` listens unless it is told otherwise."""
NO_CONTENT: Final = 204
CONNECT_TIMEOUT_S: Final = 3.0
READ_TIMEOUT_S: Final = 30.0
ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024
PAGE_ITEMS: Final = 500
"""Asked for at a time, below what a server gives at most."""

_ERRORS: Final[dict[int, type[HoldfastError]]] = {
    400: Invalid,
    401: NotPermitted,
    403: NotPermitted,
    404: NotFound,
    409: Conflict,
    413: Invalid,
    415: Invalid,
    422: Invalid,
}

P = ParamSpec("P")
R = TypeVar("R")
Query = Mapping[str, Any]


class Server:
    """One server; every method raises `Unavailable` when there is none."""

    def __init__(self, url: str, *, key: str = "", transport: httpx.BaseTransport | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Misconfigured(f"{url!r} is not the address of a server", hint="Use http://host:port.")
        self.url = url.rstrip("/")
        self._key = key
        self._transport = transport

    def get(self, path: str, query: Query | None = None) -> dict[str, Any]:
        """One thing."""
        return self.ask("GET", path, query=query)

    def page(self, path: str, query: Query | None = None, *, limit: int) -> dict[str, Any]:
        """Up to `limit` things, over as many pages as it takes: `{"items": […], "next": cursor or null}`."""
        items: list[Any] = []
        cursor: str | None = None
        while True:
            wanted = min(limit - len(items), PAGE_ITEMS)
            asked = {**(query or {}), "limit": wanted, **({"cursor": cursor} if cursor else {})}
            answer = self.get(path, asked)
            found: list[Any] = answer.get("items") or []
            items += found
            cursor = answer.get("next")
            if not cursor or not found or len(items) >= limit:
                return {"items": items, "next": cursor}

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Mapping[str, Any] | None = None,
        patience_s: float = READ_TIMEOUT_S,
    ) -> dict[str, Any]:
        """Send one request and read the JSON object it answers; nothing to say is an empty one.

        Raises:
            Unavailable: nobody answers there, or somebody who is not a Holdfast server.
            RequestError: the server says what is wrong with the request.
        """
        status, content, _ = self._send(method, path, query, json=body, patience_s=patience_s)
        if status == NO_CONTENT:
            return {}
        try:
            answer = msgspec.json.decode(content)
        except msgspec.DecodeError:
            answer = None
        if not isinstance(answer, dict):
            raise Unavailable(f"{self.url} answered {status} with something else than a Holdfast server does")
        told = cast("dict[str, Any]", answer)
        if status >= 400:
            raise _error(status, told, self.url)
        return told

    def table(self, path: str, query: Query | None = None, *, limit: int) -> str:
        """The CSV of up to `limit` things, over as many pages as it takes, under one head."""
        lines: list[str] = []
        cursor, left = "", limit
        while left > 0:
            asked = {**(query or {}), "format": "csv", "limit": min(left, PAGE_ITEMS), "cursor": cursor}
            status, content, headers = self._send("GET", path, asked)
            if status >= 400:
                raise _problem(status, content, self.url)
            head, *rows = content.decode().splitlines(keepends=True)
            lines += rows if lines else [head, *rows]
            left, cursor = left - len(rows), headers.get("x-next-cursor", "")
            if not cursor or not rows:
                break
        return "".join(lines)

    def upload(self, path: str, content: bytes, *, kind: str, query: Query | None = None) -> dict[str, Any]:
        """Send a file as it is, compressed on the way.

        Raises:
            Unavailable: nobody answers there.
            RequestError: the server says what is wrong with the file.
        """
        import gzip

        headers = {"content-type": kind, "content-encoding": "gzip"}
        status, answer, _ = self._send("POST", path, query, content=gzip.compress(content), headers=headers)
        if status >= 400:
            raise _problem(status, answer, self.url)
        return cast("dict[str, Any]", msgspec.json.decode(answer))

    def _send(
        self,
        method: str,
        path: str,
        query: Query | None,
        *,
        headers: Mapping[str, str] | None = None,
        patience_s: float = READ_TIMEOUT_S,
        **body: Any,
    ) -> tuple[int, bytes, Mapping[str, str]]:
        import httpx

        timeout = httpx.Timeout(patience_s, connect=CONNECT_TIMEOUT_S)
        held = {"authorization": f"Bearer {self._key}"} if self._key else {}
        try:
            with (
                httpx.Client(
                    base_url=self.url,
                    headers={**held, **(headers or {})},
                    timeout=timeout,
                    trust_env=False,
                    verify=trust(self.url),
                    transport=self._transport,
                ) as client,
                client.stream(method, path, params=_present(query), **body) as response,
            ):
                content = bytearray()
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > ANSWER_BYTES_MAX:
                        raise Unavailable(f"{self.url} answered with more than {ANSWER_BYTES_MAX} bytes")
                return response.status_code, bytes(content), response.headers
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            hint = "Is it running? `holdfast up` starts one; --server or the settings say where."
            raise Unavailable(f"no server answers at {self.url}: {error}", hint=hint) from error


def asks_server(command: Callable[P, R]) -> Callable[..., R]:
    """Give a command `--server` and hand it the server as its first argument."""

    @click.option(
        "--server",
        "url",
        metavar="URL",
        help=f"Ask this server; otherwise the one in the settings, or {DEFAULT_URL}.",
    )
    @functools.wraps(command)
    def asking(*args: Any, url: str | None, **kwargs: Any) -> R:
        known = settings.load()
        # Whoever runs a command from Python may hand in the transport as the context's object.
        transport: httpx.BaseTransport | None = click.get_current_context().find_root().obj
        server = Server(url or known.server or DEFAULT_URL, key=known.access.key, transport=transport)
        return cast("Callable[..., R]", command)(server, *args, **kwargs)

    return asking


def segment(text: str) -> str:
    """Text as one segment of a path, whatever stands in it."""
    return quote(text, safe="")


def _present(query: Query | None) -> dict[str, Any]:
    return {key: value for key, value in (query or {}).items() if value not in (None, "", ())}


def _problem(status: int, content: bytes, url: str) -> HoldfastError:
    try:
        told = msgspec.json.decode(content)
    except msgspec.DecodeError:
        told = {}
    return _error(status, cast("dict[str, Any]", told) if isinstance(told, dict) else {}, url)


def _error(status: int, problem: Mapping[str, Any], url: str) -> HoldfastError:
    detail = str(problem.get("detail") or problem.get("title") or f"the server answered {status}")
    hint = str(problem.get("hint") or "")
    if status == 429 or status >= 500:
        return Unavailable(f"{url} could not answer: {detail}", hint=hint)
    if status == 401 and not hint:
        hint = "Set HOLDFAST_ACCESS__KEY to the server's access key."
    return _ERRORS.get(status, RequestError)(detail, hint=hint)
