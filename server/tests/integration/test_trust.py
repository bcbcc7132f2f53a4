"""A server behind TLS whose certificate a company signs itself: agents and the command line trust it, too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from server.tests.integration.authority import DAY, NOW, Authority

from holdfast.cli.server import Server
from holdfast.client.calls import Calls
from holdfast.client.wire import Endpoint
from holdfast.errors import Unavailable

BODY = b'{"here":true}'


class Front(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        pass


def listen(authority: Authority) -> HTTPServer:
    front = HTTPServer(("127.0.0.1", 0), Front)
    front.socket = authority.context.wrap_socket(front.socket, server_side=True)
    threading.Thread(target=front.serve_forever, daemon=True).start()
    return front


@pytest.fixture(params=[NOW + DAY, NOW - DAY], ids=["valid", "expired"])
def signed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path, bool]]:
    authority = Authority(tmp_path, ends=request.param)
    front = listen(authority)
    yield f"https://127.0.0.1:{front.server_port}", authority.file, request.param > NOW
    front.shutdown()
    front.server_close()


@pytest.mark.parametrize("named", [True, False])
def test_who_is_signed_by_a_named_authority_is_trusted_and_nobody_else(
    signed: tuple[str, Path, bool], named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, authority, valid = signed
    if named:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    calls, asked = Calls(Endpoint(url)), Server(url)
    reply = calls.request("GET", "/v1/health")
    if named and valid:
        assert reply is not None
        assert reply.body == BODY
        assert asked.get("/v1/health") == {"here": True}
    else:
        assert reply is None
        with pytest.raises(Unavailable, match="certificate"):
            asked.get("/v1/health")
    calls.close()
