"""One connection to the server, for what background threads post: limits on everything, no dependency.

`http.client` costs a tenth of what httpx does in import time, and nothing here needs more than a POST.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from holdfast.errors import Misconfigured, Unavailable

if TYPE_CHECKING:
    import http.client

CONNECT_TIMEOUT_S: Final = 2.0
READ_TIMEOUT_S: Final = 5.0
ANSWER_BYTES_MAX: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the server is, and the key it wants."""

    url: str
    access_key: str = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Misconfigured(f"{self.url!r} is not the address of a server", hint="Use http://host:port.")

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"authorization": f"Bearer {self.access_key}"} if self.access_key else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    content_type: str
    retry_after_s: float | None
    body: bytes


class Wire:
    """A kept-alive connection; used by one thread at a time."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._parts = urlsplit(endpoint.url)
        self._connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Send a body and read the answer.

        Raises:
            Unavailable: no whole answer came in time; the server may or may not have kept the body.
        """
        import http.client

        kept = self._connection is not None
        try:
            return self._exchange(path, body, headers)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
            # A server may close an idle connection at any time; once, on a fresh one, is not a failure.
            self.close()
            if not kept:
                raise Unavailable(f"the server hung up: {error}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise Unavailable(f"the server did not answer: {error!r}") from error
        try:
            return self._exchange(path, body, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise Unavailable(f"the server did not answer: {error!r}") from error

    def abort(self) -> None:
        """End an exchange that another thread waits for."""
        import socket

        connection = self._connection
        if connection is not None:
            with contextlib.suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let the connection go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()

    def _exchange(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        connection = self._connection or self._connect()
        connection.request(
            "POST", self._parts.path.rstrip("/") + path, body, {**self._endpoint.headers, **headers}
        )
        response = connection.getresponse()
        content = _read(response)
        if response.will_close:
            self.close()
        return Answer(
            response.status,
            response.getheader("content-type", ""),
            _seconds(response.getheader("retry-after")),
            content,
        )

    def _connect(self) -> http.client.HTTPConnection:
        import http.client

        secure = self._parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        host = self._parts.hostname
        assert host is not None, "an Endpoint has a host"
        connection = kind(host, self._parts.port, timeout=CONNECT_TIMEOUT_S)
        connection.connect()
        connection.sock.settimeout(READ_TIMEOUT_S)
        self._connection = connection
        return connection


def _read(response: http.client.HTTPResponse) -> bytes:
    """The body, within a size and a time; a server that drips or floods is as good as none."""
    until = time.monotonic() + READ_TIMEOUT_S
    content = bytearray()
    while chunk := response.read1(16 * 1024):
        content += chunk
        if len(content) > ANSWER_BYTES_MAX:
            raise ValueError("the answer is too long")
        if time.monotonic() > until:
            raise TimeoutError("the answer takes too long")
    # read1 leaves a response of known length open at its end, and the connection with it.
    response.close()
    return bytes(content)


def _seconds(text: str | None) -> float | None:
    """A Retry-After in seconds, at most a minute; a date is not worth parsing here."""
    return min(float(text), 60.0) if text and text.isascii() and text.isdigit() else None
