"""A worker that is killed in the middle of a stream: its run is lost, and what the call held is settled."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

RULES = '@id("models") permit (principal, action == Action::"holdfast:model", resource);'
BUDGETS = "budgets:\n  - {scope: org, usd: 100, window: month}\nagents: {'*': {}}\n"
PRICES = '[[price]]\nmodel = "small"\ninput = 1.0\noutput = 2.0\n'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
EVENT = (
    b'data: {"id":"1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"So"}}]}\n\n'
)
LOST_AFTER_S = 12
"""Longer than from one sign of life of a worker that has nothing to tell to the next."""
WITHIN_S = 60


@pytest.fixture
def upstream() -> Iterator[str]:
    """Begins a stream for whoever asks, and never ends it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                held.append(client)
                client.recv(65_536)
                client.sendall(HEAD + b"%x\r\n%s\r\n" % (len(EVENT), EVENT))

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        for client in held:
            client.close()


def eventually(true: Callable[[], Any]) -> Any:
    end = time.monotonic() + WITHIN_S
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def test_a_stream_whose_worker_is_killed_leaves_a_lost_run_and_no_hold(
    up: Callable[..., Any], tmp_path: Path, upstream: str
) -> None:
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "rules.cedar").write_text(RULES)
    (policies / "budgets.yaml").write_text(BUDGETS)
    (tmp_path / "prices.toml").write_text(PRICES)
    server = up(
        None,
        *("--policies", str(policies)),
        HOLDFAST_GATEWAY__PORT="0",
        HOLDFAST_PRICES=str(tmp_path / "prices.toml"),
        HOLDFAST_RUNS__LOST_AFTER_S=str(LOST_AFTER_S),
    )
    ask = server.http

    def budget() -> dict[str, Any]:
        return ask.get("/v1/budgets").json()["items"][0]

    provider = {"base_url": upstream, "secret": "sk-x", "models": ["small"], "by": "ann"}
    assert ask.put("/v1/gateway/providers/acme", json=provider).status_code == 200
    key = {"name": "ci", "agent": "refunds", "by": "ann"}
    secret = ask.post("/v1/gateway/keys", json=key).json()["secret"]
    status = eventually(lambda: (now := ask.get("/v1/gateway").json())["url"] and now)
    worker = status["workers"][0]["pid"]
    body = {
        "model": "small",
        "stream": True,
        "max_tokens": 64,
        "messages": [{"role": "user", "content": "?"}],
    }
    headers = {"authorization": f"Bearer {secret}"}
    url = f"{status['url']}/v1/chat/completions"

    with httpx.Client(trust_env=False, timeout=WITHIN_S) as client:
        eventually(lambda: client.get(f"{status['url']}/v1/models", headers=headers).status_code == 200)
        with client.stream("POST", url, json=body, headers=headers) as answer:
            run = answer.headers["x-holdfast-run"]
            chunks = answer.iter_bytes()
            assert b"So" in next(chunks)
            assert eventually(lambda: ask.get(f"/v1/runs/{run}").json().get("state") == "running")
            assert budget()["held"] > 0
            os.kill(worker, signal.SIGKILL)

    # Nobody knows how much was produced, so what the call held counts as used: 23 tokens in, 64 out.
    settled = eventually(lambda: (now := budget())["held"] == 0 and now)
    assert settled["used"] == pytest.approx((23 * 1.0 + 64 * 2.0) / 1e6)
    assert settled["holders"] == []
    lost = eventually(lambda: (now := ask.get(f"/v1/runs/{run}").json())["state"] == "lost" and now)
    assert lost["error"] == "its process is gone"
    assert lost["model_calls"] == 1
    assert lost["title"] == "?"
