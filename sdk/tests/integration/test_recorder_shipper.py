"""Ledger records against a real HTTP server: every one arrives, whatever happens to server and agent."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.client import Endpoint, Limits, Shipper, cursors, identify
from holdfast.record import Process
from holdfast.record.ledger import LocalLedger
from holdfast.testing.sink import Request, Response, Sink, accept

QUICK = Limits(interval_s=0.01, backoff_s=(0.01, 0.05), slice_max=64)
ME = identify()


def me() -> Process:
    return ME


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


def shipper(sink: Sink, data: Path, limits: Limits = QUICK) -> Shipper:
    return Shipper(Endpoint(sink.url), me, data=data, limits=limits)


def places(sink: Sink) -> list[tuple[str, int]]:
    return list(dict.fromkeys((record["log"], record["index"]) for record in sink.records()))


def leaves(sink: Sink) -> dict[tuple[str, int], bytes]:
    return {(one["log"], one["index"]): base64.b64decode(one["leaf"]) for one in sink.records()}


def append(ledger: LocalLedger, ship: Shipper | None, count: int, **payload: Any) -> list[tuple[str, int]]:
    made: list[tuple[str, int]] = []
    for _ in range(count):
        leaf = b'{"type":"decision","n":%d}' % ledger.size
        receipt = ledger.append(leaf)
        made.append((receipt.log, receipt.index))
        if ship is not None:
            ship.ship(receipt.log, receipt.index, leaf, payload)
    return made


def test_records_arrive_once_in_order_with_their_payload_redacted(sink: Sink, tmp_path: Path) -> None:
    ledger, ship = LocalLedger(tmp_path), shipper(sink, tmp_path)
    made = append(ledger, ship, 300, arguments={"to": "a", "password": "hunter2"})
    assert ship.flush(20)
    ship.close()
    ledger.close()
    assert [(one["log"], one["index"]) for one in sink.records()] == made
    assert leaves(sink)[made[7]] == b'{"type":"decision","n":7}'
    assert sink.records()[0]["payload"] == {"arguments": {"to": "a", "password": "[redacted:field]"}}
    envelope = sink.requests[0].json()
    assert envelope["process"]["id"] == ME.id
    assert envelope["dropped"] == {"spans": 0, "records": 0}


def test_nothing_recorded_is_lost_while_the_server_is_away(sink: Sink, tmp_path: Path) -> None:
    ledger, ship = LocalLedger(tmp_path), shipper(sink, tmp_path)
    made = append(ledger, ship, 10, n=1)
    assert ship.flush(20)
    sink.away()
    made += append(ledger, ship, 500, n=2)
    assert sink.wait_for(lambda: any((tmp_path / "spool").rglob("*.spool")))
    sink.back()
    made += append(ledger, ship, 10, n=3)
    assert ship.flush(20)
    ship.close()
    ledger.close()
    assert places(sink) == made
    assert all(one["payload"] for one in sink.records())


@pytest.mark.parametrize(
    "nonsense",
    [
        Response(200, b"<html>", "text/html"),
        Response(200, b'{"hello":1}'),
        Response(200, b"[]"),
        Response(503, b""),
        Response(302, b"", headers={"location": "http://127.0.0.1:9/"}),
    ],
)
def test_only_the_servers_own_yes_counts_as_one(sink: Sink, tmp_path: Path, nonsense: Response) -> None:
    tried: list[Request] = []

    def answer(request: Request) -> Response:
        tried.append(request)
        return nonsense

    sink.answer = answer
    ledger, ship = LocalLedger(tmp_path), shipper(sink, tmp_path)
    made = append(ledger, ship, 20)
    assert sink.wait_for(lambda: len(tried) > 2)
    sink.requests.clear()
    sink.answer = accept
    assert ship.flush(20)
    ship.close()
    ledger.close()
    assert places(sink) == made


def test_what_the_spool_could_not_hold_is_shipped_from_the_ledger(
    sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cursors, "GAP_AGE_S", 0.05)
    limits = Limits(interval_s=0.01, backoff_s=(0.01, 0.05), slice_max=16, spool_bytes_max=1500)
    ledger, ship = LocalLedger(tmp_path), shipper(sink, tmp_path, limits)
    sink.away()
    made = append(ledger, ship, 400, n=1)
    assert sink.wait_for(lambda: ship.dropped > 0)
    sink.back()
    made += append(ledger, ship, 5, n=2)
    assert sink.wait_for(lambda: sorted(places(sink)) == made)
    assert ship.flush(20)
    ship.close()
    ledger.close()
    without = [one for one in sink.records() if not one["payload"]]
    assert len(without) >= ship.dropped > 0
    assert sink.requests[-1].json()["dropped"]["records"] == ship.dropped


AGENT = """
import os, sys
from pathlib import Path
from holdfast.client import Endpoint, Shipper, identify
from holdfast.record.ledger import LocalLedger
me, data = identify(), Path(sys.argv[2])
ledger = LocalLedger(data)
shipper = Shipper(Endpoint(sys.argv[1]), lambda: me, data=data)
while True:
    leaf = b'{"type":"decision","n":%d}' % ledger.size
    receipt = ledger.append(leaf)
    shipper.ship(receipt.log, receipt.index, leaf, {"n": receipt.index})
    os.write(1, f"{receipt.log} {receipt.index}\\n".encode())
"""


@pytest.mark.chaos
@pytest.mark.parametrize("there", [True, False], ids=["server there", "server away"])
def test_what_a_killed_agent_recorded_is_shipped_by_the_next_one(
    sink: Sink, tmp_path: Path, *, there: bool
) -> None:
    if not there:
        sink.away()
    acknowledged: list[tuple[str, int]] = []
    for _ in range(2):
        agent = subprocess.Popen(
            [sys.executable, "-c", AGENT, sink.url, str(tmp_path)], stdout=subprocess.PIPE
        )
        assert agent.stdout is not None
        first = agent.stdout.readline()
        time.sleep(0.25)
        agent.send_signal(signal.SIGKILL)
        lines = (first + agent.stdout.read()).split(b"\n")[:-1]
        agent.wait()
        agent.stdout.close()
        acknowledged += [(line.split()[0].decode(), int(line.split()[1])) for line in lines]
    if not there:
        sink.back()
    ship = shipper(sink, tmp_path)
    ship.start()
    assert sink.wait_for(lambda: set(acknowledged) <= set(places(sink)))
    assert ship.flush(20)
    ship.close()
    found = leaves(sink)
    assert all(found[place] == b'{"type":"decision","n":%d}' % place[1] for place in acknowledged)

    sink.requests.clear()
    again = shipper(sink, tmp_path)
    again.start()
    time.sleep(0.1)
    again.close()
    assert not sink.requests, "what the server has is not shipped again"


def test_the_log_of_a_living_process_is_left_to_it(sink: Sink, tmp_path: Path) -> None:
    ledger = LocalLedger(tmp_path)
    append(ledger, None, 3)
    ship = shipper(sink, tmp_path)
    ship.start()
    time.sleep(0.1)
    ship.close()
    assert places(sink) == []
    ledger.close()


def test_a_large_page_travels_in_bodies_that_the_server_takes(sink: Sink, tmp_path: Path) -> None:
    ledger, ship = LocalLedger(tmp_path), shipper(sink, tmp_path, Limits(interval_s=0.2))
    made = append(ledger, ship, 200, arguments={"text": os.urandom(20_000).hex()})
    assert ship.flush(20)
    ship.close()
    ledger.close()
    assert places(sink) == made
    assert max(len(body) for body in sink.bodies("/v1/records")) <= 4 * 1024 * 1024
    assert len(sink.requests) > 1
