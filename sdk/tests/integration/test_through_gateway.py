"""A governed agent before a gateway: it is told whose call it is, and the call is paid there alone."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from holdfast.guard import Guard

httpx = pytest.importorskip("httpx")

pytestmark = pytest.mark.integration

STEP = "a" * 16
ANSWER = {
    "id": "chatcmpl-1",
    "model": "gpt-4o-mini",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1_000, "completion_tokens": 1_000},
}
BODY = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}


class Gateway(http.server.ThreadingHTTPServer):
    """Answers like a gateway of ours, and keeps the headers it was sent."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server: Any = self.server
        server.seen.append({name.lower(): value for name, value in self.headers.items()})
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.send_header("x-holdfast-step", STEP)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    server = Gateway()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(("key", "ours"), [("hf-" + "a" * 46, True), ("sk-somebody", False)])
def test_a_call_through_a_gateway_is_told_of_and_costs_nothing_here(
    govern: Any, gateway: Gateway, key: str, ours: bool
) -> None:
    guard: Guard = govern()
    url = f"http://127.0.0.1:{gateway.server_port}/v1/chat/completions"
    with httpx.Client() as client:
        client.post(url, json=BODY, headers={"authorization": f"Bearer {key}"})
    seen = gateway.seen[0]
    records = [json.loads(leaf) for _, leaf in guard.journal.ledger.read(0, 100)]
    asked = next(one for one in records if one["type"] == "decision" and one["kind"] == "model")
    ended = next(one for one in records if one["type"] == "outcome" and one["step"] == asked["step"])
    told = {name: seen.get(f"x-holdfast-{name}") for name in ("run", "session", "step")}
    if ours:
        assert told == {name: asked[name] for name in told}
        assert seen["traceparent"].split("-")[2] == asked["step"]
        assert (ended["cost_micro_usd"], ended["tokens_in"], ended["tokens_out"]) == (0, 0, 0)
    else:
        assert set(told.values()) == {None}
        assert ended["cost_micro_usd"] > 0
