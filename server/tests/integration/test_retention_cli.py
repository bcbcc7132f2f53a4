"""`holdfast retention` against a real server: a dry sweep deletes nothing, a hold outlasts a real one."""

from __future__ import annotations

import secrets
import time

from click.testing import CliRunner

from holdfast.cli.group import holdfast

PROTOBUF = {"content-type": "application/x-protobuf"}
DAY_NS = 86_400 * 10**9


def test_a_dry_sweep_deletes_nothing_and_a_hold_outlasts_a_real_one(up, trace_request):
    server = up()
    held, free = (send_old(server, trace_request) for _ in range(2))

    def ask(*words: str) -> str:
        said = CliRunner().invoke(holdfast, ["retention", *words, "--server", server.url])
        assert said.exit_code == 0, said.output
        return said.output

    def kept() -> list[str]:
        return [run for run in (held, free) if server.http.get(f"/v1/runs/{run}").status_code == 200]

    ask("hold", "run", held, "--reason", "case 4711", "--by", "ann")
    ask("set", "span", "30", "--by", "ann")
    would = ask("sweep", "--dry")
    assert "Would delete:\n  spans of 1 days" in would
    assert "1 runs" in would
    assert kept() == [held, free]

    assert "1 runs" in ask("sweep")
    assert kept() == [held]
    assert held in ask("show")

    (hold,) = server.http.get("/v1/retention").json()["holds"]
    ask("release", hold["id"], "--by", "ann")
    ask("sweep")
    assert kept() == []


def send_old(server, trace_request) -> str:
    trace = secrets.token_bytes(16)
    body = trace_request(3, trace=trace, end_ns=time.time_ns() - 40 * DAY_NS).SerializeToString()
    assert server.http.post("/v1/traces", content=body, headers=PROTOBUF).status_code == 200
    server.wait_stored()
    return trace.hex()
