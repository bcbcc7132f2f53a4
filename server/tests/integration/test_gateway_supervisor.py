"""The gateway as processes: reloaded while it serves, restarted if it dies, deciding with nobody there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from holdfast_server.commands import serve

RULES = '@id("models") permit (principal, action == Action::"holdfast:model", resource);'
SECRET = "sk-provider-0123456789abcdef"
ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "small",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9},
}
WITHIN_S = 30
CLIENT = httpx.Client(trust_env=False, timeout=20)


class Upstream(ThreadingHTTPServer):
    """Answers every call alike and remembers with whose credential it came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.credentials: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        assert isinstance(self.server, Upstream)
        self.server.credentials.append(self.headers.get("authorization", ""))
        body = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # named by the base class
        """Nothing: a test that fails says enough."""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    server = Upstream()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "rules.cedar").write_text(RULES)
    (folder / "agents.yaml").write_text('agents: {"*": {}}\n')
    return folder


def eventually(true: Callable[[], Any], within_s: float = WITHIN_S) -> Any:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def ready(server: Any) -> Any:
    """The status, once a worker serves."""
    status = server.http.get("/v1/gateway").json()
    return status if status["url"] and status["workers"][0]["state"] == "ready" else None


def prepare(server: Any, upstream: Upstream) -> dict[str, Any]:
    """A provider and a key."""
    provider = {"base_url": upstream.url, "secret": SECRET, "models": ["small"], "by": "ann"}
    assert server.http.put("/v1/gateway/providers/acme", json=provider).status_code == 200
    key = {"name": "ci", "agent": "refunds", "by": "ann"}
    return server.http.post("/v1/gateway/keys", json=key).json()


def call(url: str, secret: str, model: str = "acme/small") -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": "May I?"}], "max_tokens": 8}
    headers = {"authorization": f"Bearer {secret}"}
    return CLIENT.post(f"{url}/v1/chat/completions", json=body, headers=headers)


def told(url: str, secret: str, model: str = "acme/small") -> int:
    """The status of a call; 0 while nobody listens."""
    try:
        return call(url, secret, model).status_code
    except httpx.TransportError:
        return 0


def test_a_gateway_is_reloaded_restarted_and_ended_with_its_server(
    up: Callable[..., Any], policies: Path, upstream: Upstream
) -> None:
    server = up(None, "--policies", str(policies), HOLDFAST_GATEWAY__PORT="0")
    key = prepare(server, upstream)
    status = eventually(lambda: ready(server))
    url, worker = status["url"], status["workers"][0]

    # It serves by what people said, with the provider's secret in place of the key.
    eventually(lambda: told(url, key["secret"]) == 200)
    answer = call(url, key["secret"])
    assert answer.json() == ANSWER
    assert answer.headers["x-holdfast-step"]
    assert set(upstream.credentials) == {f"Bearer {SECRET}"}
    assert CLIENT.get(f"{url}/ready").status_code == 200

    # What changes is in force at once.
    assert told(url, key["secret"], "fast") == 404
    route = {"targets": [{"provider": "acme", "model": "small"}], "by": "ann"}
    server.http.put("/v1/gateway/routes/fast", json=route)
    eventually(lambda: told(url, key["secret"], "fast") == 200, within_s=5)
    kill = server.http.post("/v1/kills", json={"scope": "agent", "target": "refunds", "by": "ann"}).json()
    eventually(lambda: told(url, key["secret"]) == 403, within_s=5)
    server.http.request("DELETE", f"/v1/kills/{kill['id']}", json={"by": "ann"})
    eventually(lambda: told(url, key["secret"]) == 200, within_s=5)
    (policies / "rules.cedar").write_text(RULES.replace("permit", "forbid"))
    eventually(lambda: told(url, key["secret"]) == 403, within_s=10)
    (policies / "rules.cedar").write_text(RULES)
    eventually(lambda: told(url, key["secret"]) == 200, within_s=10)

    # A worker that is killed is another one soon, and nothing it recorded is lost.
    last = call(url, key["secret"]).headers
    os.kill(worker["pid"], signal.SIGKILL)
    fresh = eventually(lambda: (now := ready(server)) and now["workers"][0]["pid"] != worker["pid"] and now)
    assert fresh["workers"][0]["restarts"] == 1
    assert fresh["url"] == url
    eventually(lambda: told(url, key["secret"]) == 200)
    eventually(lambda: last["x-holdfast-step"] in steps_of(server, last["x-holdfast-run"]))

    played = {"agent": "refunds", "route": "fast", "body": {"messages": [{"role": "user", "content": "?"}]}}
    shown = server.http.post("/v1/gateway/playground", json=played).json()
    assert (shown["status"], shown["body"]["choices"][0]["finish_reason"]) == (200, "stop")
    assert eventually(lambda: server.http.get(f"/v1/gateway/keys/{key['id']}").json()["last_used_at"])

    server.http.post(f"/v1/gateway/keys/{key['id']}/revoke", json={"by": "ann"})
    eventually(lambda: told(url, key["secret"]) == 401, within_s=5)
    assert server.stop() == 0
    assert told(url, key["secret"]) == 0


def steps_of(server: Any, run: str) -> set[str]:
    """The steps that the server knows of a run."""
    page = server.http.get(f"/v1/runs/{run}/steps").json()
    return {step["id"] for step in page.get("items", [])}


def test_a_gateway_that_nobody_wants_says_so(tmp_path: Path) -> None:
    words = ["--role", "gateway", "--data", str(tmp_path), "--gateway-port", "-1"]
    refused = CliRunner().invoke(serve, words)
    assert (refused.exit_code, "gateway.port is -1" in refused.output) == (2, True)


def test_a_gateway_alone_goes_on_without_its_server(
    up: Callable[..., Any], policies: Path, upstream: Upstream, tmp_path: Path
) -> None:
    server = up(None, "--policies", str(policies))
    key = prepare(server, upstream)
    data = tmp_path / "data"
    command = [sys.executable, "-m", "holdfast_server", "serve", "--role", "gateway", "--data", str(data)]
    environ = {**os.environ, "HOLDFAST_GATEWAY__DRAIN_S": "2"}
    alone = subprocess.Popen([*command, "--server", server.url, "--gateway-port", "0"], env=environ)
    try:
        url = eventually(lambda: ready(server))["url"]
        eventually(lambda: told(url, key["secret"]) == 200)
        server.kill()
        assert told(url, key["secret"]) == 200
        assert told(url, key["secret"][:-1] + "x") == 401
        alone.send_signal(signal.SIGTERM)
        assert alone.wait(WITHIN_S) == 0
        assert told(url, key["secret"]) == 0
    finally:
        alone.kill()
        alone.wait()
