"""Requests to the server's API, tolerant of whatever comes back: an answer, or None and no exception."""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import msgspec

from holdfast.client.trust import trust
from holdfast.client.wire import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, Endpoint

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

ANSWER_BYTES_MAX: Final = 8 * 1024 * 1024
STREAM_SILENCE_S: Final = 15.0
"""The server pings every five seconds; three missed pings are a lost line."""
BACKOFF_S: Final = (0.25, 10.0)

_log = logging.getLogger(__name__)


class Reply(NamedTuple):
    """An answer that came whole and in time."""

    status: int
    etag: str
    body: bytes

    def read(self, shape: type[T]) -> T | None:
        """The body as this shape; None when it is anything else."""
        try:
            return msgspec.json.decode(self.body, type=shape)
        except msgspec.DecodeError as error:
            _log.warning(
                "holdfast: the server answered %d with something else than expected: %s", self.status, error
            )
            return None


class Calls:
    """The HTTP client of a link; every method may be called from any thread."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._opening = threading.Lock()
        self._client: httpx.Client | None = None
        self._stream: httpx.Response | None = None
        self._spread = random.Random()  # noqa: S311  # spreads retries, guards nothing
        self._closed = False
        self._failures = 0
        self._retry_at = 0.0

    @property
    def pause_s(self) -> float:
        """How long to leave an unreachable server alone."""
        return max(0.0, self._retry_at - time.monotonic())

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        wait_s: float = 0.0,
    ) -> Reply | None:
        """Ask once; None when the server cannot be reached, or was found away a moment ago.

        Args:
            method: of HTTP.
            path: below the server's address.
            body: encoded as JSON.
            headers: besides the usual ones.
            wait_s: how much longer than usual the server may take on purpose (a long poll).
        """
        if self.pause_s > 0:
            return None
        try:
            reply = self._exchange(method, path, body, headers or {}, wait_s)
        except Exception as error:  # noqa: BLE001  # whatever broke it, there is no answer
            # httpx raises its own errors, OSError, ValueError and h11's: all of them mean that there is no
            # answer.
            self._failed()
            _log.debug("holdfast: %s %s: %r", method, path, error, exc_info=True)
            return None
        if reply.status >= 500:
            self._failed()
            return None
        self._failures = 0
        return reply

    @contextlib.contextmanager
    def stream(self, path: str) -> Generator[Iterator[bytes]]:
        """Open an endless answer; leaving the block, or `close`, ends it."""
        import httpx

        timeout = httpx.Timeout(STREAM_SILENCE_S, connect=CONNECT_TIMEOUT_S)
        with self._open().stream("GET", path, timeout=timeout) as response:
            kind = response.headers.get("content-type", "")
            if response.status_code != 200 or not kind.startswith("text/event-stream"):
                raise ValueError(f"no event stream but {response.status_code} {kind!r}")
            self._stream = response
            self._failures, self._retry_at = 0, 0.0
            try:
                yield response.iter_bytes()
            finally:
                self._stream = None

    def lost(self) -> None:
        """The stream broke: leave the server alone for a moment."""
        self._failed()

    def interrupt(self) -> None:
        """End the stream that a thread is reading, and begin nothing new."""
        import socket

        self._closed = True
        stream = self._stream
        if stream is not None:
            with contextlib.suppress(Exception):
                network = stream.extensions["network_stream"]
                network.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let the connections go, once their threads are done with them."""
        with self._opening:
            self._closed = True
            client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):
                client.close()

    def _exchange(self, method: str, path: str, body: Any, headers: dict[str, str], wait_s: float) -> Reply:
        import httpx

        timeout = httpx.Timeout(READ_TIMEOUT_S + wait_s, connect=CONNECT_TIMEOUT_S)
        until = time.monotonic() + READ_TIMEOUT_S + wait_s + CONNECT_TIMEOUT_S
        content = None if body is None else msgspec.json.encode(body)
        if content is not None:
            headers = {"content-type": "application/json", **headers}
        with self._open().stream(method, path, content=content, headers=headers, timeout=timeout) as response:
            collected = bytearray()
            for chunk in response.iter_bytes():
                collected += chunk
                if len(collected) > ANSWER_BYTES_MAX or time.monotonic() > until:
                    raise ValueError("the answer is too long, or takes too long")
            return Reply(response.status_code, response.headers.get("etag", ""), bytes(collected))

    def _open(self) -> httpx.Client:
        import httpx

        with self._opening:
            if self._closed:
                raise ConnectionAbortedError("the link is closed")
            if self._client is None:
                url, headers = self._endpoint.url, self._endpoint.headers
                self._client = httpx.Client(base_url=url, headers=headers, trust_env=False, verify=trust(url))
            return self._client

    def _failed(self) -> None:
        self._failures += 1
        low, high = BACKOFF_S
        pause = min(high, low * 2 ** min(self._failures, 16))
        self._retry_at = time.monotonic() + pause * self._spread.uniform(0.5, 1.0)
