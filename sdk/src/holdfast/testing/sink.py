"""A server that stands in for Holdfast's: it keeps what it is sent, and can misbehave on purpose."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

DEADLINE_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Request:
    """What came in, its body unpacked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Response:
    """What goes out; an iterable body is streamed until it ends."""

    status: int = 200
    body: bytes | Iterable[bytes] = b"{}"
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


Answer = Callable[[Request], Response]


def accept(request: Request) -> Response:
    """Take spans and records as the server does."""
    if request.path == "/v1/traces":
        return Response(body=b"", content_type="application/x-protobuf")
    if request.path == "/v1/records":
        accepted = len(request.json()["records"])
        return Response(body=json.dumps({"accepted": accepted, "duplicate": 0}).encode())
    return Response(404, b'{"title":"not found"}', "application/problem+json")


class Sink:
    """Use as a context manager; `answer` may be replaced at any time, `away` and `back` pull the plug."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answer: Answer = accept
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self.back()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.away()

    @property
    def url(self) -> str:
        """Where it listens; the same before and after it was away."""
        return f"http://127.0.0.1:{self._port}"

    def back(self) -> None:
        """Listen."""
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_port
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def away(self) -> None:
        """Hang up on everybody and refuse new connections."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def bodies(self, path: str) -> list[bytes]:
        """What was posted to a path, in order."""
        return [request.body for request in self.requests if request.path == path]

    def records(self) -> list[dict[str, Any]]:
        """Every record that was shipped, in order."""
        return [record for body in self.bodies("/v1/records") for record in json.loads(body)["records"]]

    def wait_for(self, condition: Callable[[], bool]) -> bool:
        """Whether the condition comes true in time."""
        until = time.monotonic() + DEADLINE_S
        while time.monotonic() < until:
            if condition():
                return True
            time.sleep(0.005)
        return condition()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], sink: Sink) -> None:
        self.sink = sink
        self._open: set[Any] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self._open):
            self.shutdown_request(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is what tests do."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]  # the one server this handler is for

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name it overrides
        """Tests speak for themselves."""

    def _handle(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        body = gzip.decompress(raw) if self.headers.get("content-encoding") == "gzip" else raw
        request = Request(
            self.command, self.path, {key.lower(): value for key, value in self.headers.items()}, body
        )
        sink = self.server.sink
        response = sink.answer(request)
        if 200 <= response.status < 300:
            sink.requests.append(request)
        self.send_response(response.status)
        self.send_header("content-type", response.content_type)
        for key, value in response.headers.items():
            self.send_header(key, value)
        if isinstance(response.body, bytes):
            self.send_header("content-length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)
            return
        self.send_header("connection", "close")
        self.end_headers()
        for chunk in response.body:
            self.wfile.write(chunk)
            self.wfile.flush()
        self.close_connection = True
