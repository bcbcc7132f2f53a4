"""`holdfast up` as a process: starting, stopping, one folder for one process, nothing lost between."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROTOBUF = {"content-type": "application/x-protobuf"}


@pytest.fixture(scope="module")
def server(up_for_all):
    """One that runs all the while, for those who only look at it."""
    return up_for_all()


def test_it_stops_cleanly_and_everything_is_there_again(up, make_agent, trace_request):
    server = up(spans="chdb://", otlp=True)
    agent = make_agent()
    agent.begin("before the restart")
    assert server.http.post("/v1/records", json=agent.envelope()).json()["accepted"] == 1
    body = trace_request(4).SerializeToString()
    url = f"http://127.0.0.1:{server.otlp_port}/v1/traces"
    assert server.http.post(url, content=body, headers=PROTOBUF).status_code == 200
    assert server.stop() == 0

    again = up(spans="chdb://")
    again.wait_stored()
    runs = again.http.get("/v1/runs").json()["items"]
    assert {run["title"] for run in runs} >= {"before the restart"}
    foreign = next(run for run in runs if not run["governed"])
    assert len(again.http.get(f"/v1/runs/{foreign['id']}/steps").json()["items"]) == 4
    assert again.http.post("/v1/ledger/verify").json()["ok"]
    assert again.stop() == 0


def test_what_a_kill_interrupted_is_stored_at_the_next_start(up, trace_request):
    server = up(spans="chdb://")
    bodies = [trace_request(5).SerializeToString() for _ in range(20)]
    for body in bodies:
        assert server.http.post("/v1/traces", content=body, headers=PROTOBUF).status_code == 200
    server.kill()
    again = up(spans="chdb://")
    again.wait_stored()
    runs = again.http.get("/v1/runs", params={"limit": 100}).json()["items"]
    assert sorted(run["steps"] for run in runs) == [5] * 20
    for run in runs:
        assert len(again.http.get(f"/v1/runs/{run['id']}/steps").json()["items"]) == 5


def test_a_second_process_on_the_folder_is_refused_and_told_who_holds_it(server):
    second = subprocess.run(
        [
            sys.executable,
            "-m",
            "holdfast_server",
            "--port",
            "0",
            "--otlp-port",
            "-1",
            "--data",
            str(server.data),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 2
    assert f"process {server.process.pid} already serves" in second.stderr
    assert server.health()["status"] == "ok"


def test_a_taken_port_is_said(server, tmp_path):
    port = server.url.rpartition(":")[2]
    second = subprocess.run(
        [sys.executable, "-m", "holdfast_server", "--port", port, "--data", str(tmp_path / "other")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (second.returncode, f"port {port}" in second.stderr) == (2, True)


def test_a_typo_in_a_policy_refuses_to_start_with_its_place(tmp_path):
    (tmp_path / "p.yaml").write_text("pack: x\nrules:\n  - alow_agents: {}\n")
    started = subprocess.run(
        [
            *(sys.executable, "-m", "holdfast_server", "--port", "0", "--otlp-port", "-1"),
            *("--data", str(tmp_path / "data"), "--policies", str(tmp_path / "p.yaml")),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode == 2
    assert "p.yaml:3" in started.stderr
    assert "Traceback" not in started.stderr


def test_the_page_says_what_to_do_or_is_the_console(server):
    page = server.http.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert server.http.get("/runs/somewhere").status_code == 200
    assert server.http.get("/openapi.json").json()["info"]["title"] == "Holdfast"
    assert server.http.get("/../../etc/passwd").headers["content-type"].startswith("text/html")
