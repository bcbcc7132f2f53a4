"""A person at the console names a provider, makes a key, and sees what a client of it does."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e
RULES = '@id("models") permit (principal, action == Action::"holdfast:model", resource);'
SAID = "Forty-two crates."
SECRET = "sk-provider-0123456789-tail"
READY_S = 120


class Provider(BaseHTTPRequestHandler):
    """Answers every chat alike, to those who know its secret."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer({"object": "list", "data": [{"id": "gpt-4o", "object": "model"}]})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        message = {"role": "assistant", "content": SAID}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        usage = {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14}
        self._answer({"id": "c1", "model": asked["model"], "choices": choices, "usage": usage})

    def _answer(self, body: Any) -> None:
        known = self.headers.get("authorization") == f"Bearer {SECRET}"
        raw = json.dumps(body if known else {"error": {"message": "who are you?"}}).encode()
        self.send_response(200 if known else 401)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # named by the base class
        """Nothing: a test that fails says enough."""


@pytest.fixture
def provider() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def console(tmp_path: Path) -> Iterator[str]:
    """`holdfast up` with a gateway, both on free ports."""
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "rules.cedar").write_text(RULES)
    (policies / "agents.yaml").write_text('agents: {"*": {}}\n')
    ports = ("--port", "0", "--otlp-port", "-1", "--data", str(tmp_path / "server"))
    process = subprocess.Popen(
        [sys.executable, "-m", "holdfast_server", *ports, "--policies", str(policies), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "HOLDFAST_STORES__SPANS": "memory://", "HOLDFAST_GATEWAY__PORT": "0"},
    )
    assert process.stdout is not None
    try:
        url = json.loads(process.stdout.readline())["url"]
        _wait_for_gateway(url)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def _wait_for_gateway(url: str) -> None:
    end = time.monotonic() + READY_S
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        while not client.get("/v1/gateway").json()["url"]:
            assert time.monotonic() < end, "no gateway told the server of itself"
            time.sleep(0.05)


def test_a_key_made_at_the_console_opens_the_gateway_and_its_calls_are_seen(
    console: str, provider: str, page: Page
) -> None:
    page.goto(f"{console}/gateway/providers")
    page.get_by_role("button", name=re.compile("Add a provider")).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("depot")
    dialog.get_by_label("Base URL").fill(provider)
    dialog.get_by_label("Authenticates by").select_option("bearer")
    dialog.get_by_label("Secret").fill(SECRET)
    dialog.get_by_label("Your name").fill("Ada")
    page.keyboard.press("Control+Enter")
    pane = page.get_by_role("region", name="Provider depot")
    expect(pane).to_contain_text("••••tail")
    pane.get_by_role("button", name="Check").click()
    expect(page.get_by_role("region", name="Checked just now")).to_contain_text("gpt-4o")

    page.goto(f"{console}/gateway/keys")
    page.get_by_role("button", name=re.compile("Make a key")).first.click()
    dialog.get_by_label("Name", exact=True).fill("Counting desk")
    dialog.get_by_label("Acts as agent").fill("counter")
    dialog.get_by_label("May spend").fill("5")
    page.keyboard.press("Control+Enter")
    once = page.get_by_role("region", name="The key")
    secret = once.get_by_label("The key", exact=True).text_content() or ""
    assert re.fullmatch(r"hf-\w{46}", secret)
    base = page.get_by_role("button", name=re.compile("Copy base URL")).text_content() or ""

    # The client that the key was made for: refused with another one, answered with this.
    body = {"model": "depot/gpt-4o", "messages": [{"role": "user", "content": "How many?"}]}
    with httpx.Client(base_url=base.removesuffix("Copied"), trust_env=False, timeout=30) as client:
        wrong = client.post("/v1/chat/completions", json=body, headers={"authorization": "Bearer hf-no"})
        assert wrong.status_code == 401
        right = client.post("/v1/chat/completions", json=body, headers={"authorization": f"Bearer {secret}"})
    assert right.status_code == 200, right.text
    assert right.json()["choices"][0]["message"]["content"] == SAID

    page.goto(f"{console}/gateway/calls?q=counting+desk")
    row = page.get_by_role("grid", name="Calls").get_by_role("row", name=re.compile("gpt-4o"))
    expect(row).to_contain_text("Counting desk")

    page.goto(f"{console}/gateway/playground?route=depot/gpt-4o")
    page.get_by_label("As", exact=True).select_option("Counting desk, as counter")
    page.keyboard.press("Control+Enter")
    answer = page.get_by_role("region", name="Answer")
    expect(answer).to_contain_text(SAID)
    expect(answer.get_by_role("region", name="Headers")).to_contain_text("x-holdfast-decision")
    answer.get_by_role("link", name="See the step").click()
    expect(page.get_by_role("region", name=re.compile("^Step .*gpt-4o"))).to_contain_text("allow")
