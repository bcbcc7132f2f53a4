"""The server is killed in the middle of taking things in, ten times: what it acknowledged is there, once.

Two senders, one of spans and one of records, never stop; each remembers only what was acknowledged, and sends
again what was not, as exporters and the SDK do.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from holdfast.record import DecisionRecord, Dropped, Envelope, Process, ShippedRecord, encode_leaf
from holdfast.record.ledger import verify

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(500)]

KILLS = 10
SPANS = 20
LARGE = 5_000
"""Spans of a trace that is counted in many steps."""
RECORDS = 10
MORE = 3
"""What each sender gets acknowledged between two kills."""
PROTOBUF = {"content-type": "application/x-protobuf"}


class Server:
    """`holdfast up` on one data folder, started again and again on a port of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.url = ""
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "holdfast_server", "--port", "0", "--otlp-port", "-1", "--json"]
        self.process = subprocess.Popen(
            [*command, "--data", str(self.data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=self.data.parent,
            env={**os.environ, "HOLDFAST_STORES__SPANS": "chdb://"},
        )
        assert self.process.stdout is not None
        self.url = json.loads(self.process.stdout.readline())["url"]

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.communicate(timeout=30)

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        self.process.communicate(timeout=60)
        return self.process.returncode


class Sender(threading.Thread):
    """Sends one thing after the other for as long as the test runs; what got no answer is sent again."""

    def __init__(self, server: Server, make: Callable[[], tuple[str, str, bytes, dict[str, str]]]) -> None:
        super().__init__(daemon=True)
        self.acknowledged: list[str] = []
        self.done = threading.Event()
        self._server, self._make = server, make

    def run(self) -> None:
        with httpx.Client(timeout=5) as client:
            while not self.done.is_set():
                name, path, body, headers = self._make()
                while not self._send(client, path, body, headers):
                    if self.done.is_set():
                        return
                    time.sleep(0.02)
                self.acknowledged.append(name)

    def _send(self, client: httpx.Client, path: str, body: bytes, headers: dict[str, str]) -> bool:
        try:
            return client.post(self._server.url + path, content=body, headers=headers).status_code == 200
        except httpx.HTTPError:
            return False


def make_spans(spans: int = SPANS) -> tuple[str, str, bytes, dict[str, str]]:
    """One trace in one request; its name is the trace id."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    trace, now = secrets.token_bytes(16), time.time_ns()
    for place in range(spans):
        span = scope.spans.add(trace_id=trace, span_id=secrets.token_bytes(8), name=f"step {place}")
        span.start_time_unix_nano, span.end_time_unix_nano = now + place, now + place + 1
        if place:
            span.parent_span_id = scope.spans[0].span_id
    return trace.hex(), "/v1/traces", request.SerializeToString(), PROTOBUF


class Records:
    """One log of decisions, shipped in envelopes; an envelope's name is the run it is about."""

    def __init__(self) -> None:
        self.log, self.index = secrets.token_hex(8), 0

    def __call__(self) -> tuple[str, str, bytes, dict[str, str]]:
        run = secrets.token_hex(16)
        records = tuple(self._record(run, place) for place in range(RECORDS))
        envelope = Envelope(Process("p", 1, "h", "t", 1), Dropped(), records)
        return run, "/v1/records", msgspec.json.encode(envelope), {"content-type": "application/json"}

    def _record(self, run: str, place: int) -> ShippedRecord:
        known: dict[str, Any] = dict.fromkeys(DecisionRecord.__struct_fields__, "")
        known |= {
            "at_ns": time.time_ns(),
            "log": self.log,
            "step": secrets.token_hex(8),
            "run": run,
            "trace": run,
        }
        known |= {"session": "s", "agent": "a", "kind": "tool" if place else "start", "target": "t", "v": 1}
        known |= {"verdict": "allow", "hold_micro_usd": 0, "enforced": True}
        lists = ("chain", "rules", "errors", "labels", "unendorsed", "leases", "would")
        known |= dict.fromkeys(lists, ())
        self.index += 1
        return ShippedRecord.of(self.log, self.index - 1, encode_leaf(DecisionRecord(**known)))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data")
    made.start()
    yield made
    made.kill()


def test_ten_kills_lose_nothing_that_was_acknowledged(server: Server) -> None:
    spans, records = Sender(server, make_spans), Sender(server, Records())
    spans.start()
    records.start()
    for place in range(KILLS):
        _wait_for_more(spans, records)
        time.sleep(0.01 * place)
        server.kill()
        server.start()
    _wait_for_more(spans, records)
    for sender in (spans, records):
        sender.done.set()
        sender.join(timeout=30)

    with httpx.Client(base_url=server.url, timeout=30) as client:
        _wait_stored(client)
        for trace in spans.acknowledged:
            page = client.get(f"/v1/runs/{trace}/steps", params={"limit": 1000}).json()
            assert [step["name"] for step in page["items"]] == [f"step {place}" for place in range(SPANS)]
            assert client.get(f"/v1/runs/{trace}").json()["steps"] == SPANS
        for run in records.acknowledged:
            shown = client.get(f"/v1/runs/{run}").json()
            assert (shown["steps"], shown["verdicts"]["allow"]) == (RECORDS - 1, RECORDS)
        report = client.post("/v1/ledger/verify").json()
        assert report["ok"], report
    assert server.stop() == 0
    assert verify(server.data / "ledger" / "server").ok


def test_a_kill_in_the_middle_of_a_block_counts_every_span_once(server: Server) -> None:
    requests = [make_spans(LARGE) for _ in range(3)]
    with httpx.Client(base_url=server.url, timeout=30) as client:
        for _, path, body, headers in requests:
            assert client.post(path, content=body, headers=headers).status_code == 200
    counted = _wait_while_counting(server.data / "control.db")
    server.kill()
    assert 0 < counted < LARGE * len(requests)
    server.start()

    with httpx.Client(base_url=server.url, timeout=30) as client:
        _wait_stored(client)
        for trace, *_ in requests:
            run = client.get(f"/v1/runs/{trace}").json()
            counts = run["completeness"]
            assert (run["steps"], counts["stored"], counts["accepted"]) == (LARGE, LARGE, LARGE)
            assert len(client.get(f"/v1/runs/{trace}/steps", params={"limit": 1000}).json()["items"]) == 1000


def _wait_while_counting(control: Path) -> int:
    """Wait until some of a block is counted, and not yet all of it; returns how many spans."""
    end = time.monotonic() + 60
    with closing(sqlite3.connect(f"file:{control}?mode=ro", uri=True)) as connection:
        while time.monotonic() < end:
            places = dict(connection.execute("SELECT name, place FROM cursors").fetchall())
            counted: int = places.get("journal.counted", 0)
            if counted and places["journal.planned"] > places.get("journal", 0):
                return counted
            time.sleep(0.001)
    raise AssertionError("no block was counted")


def _wait_for_more(*senders: Sender) -> None:
    wanted = [len(sender.acknowledged) + MORE for sender in senders]
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if all(len(sender.acknowledged) >= more for sender, more in zip(senders, wanted, strict=True)):
            return
        time.sleep(0.005)
    raise AssertionError("nothing is acknowledged any more")


def _wait_stored(client: httpx.Client) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        health = client.get("/v1/health").json()
        if health["ready"] and not health["spans"]["pending"]:
            return
        time.sleep(0.1)
    raise AssertionError("what was accepted was not stored in time")
