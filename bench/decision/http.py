"""The same decision over HTTP: a server in a process of its own, one client that keeps its connection."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import msgspec
from bench.decision import workload

CALLS: Final = 2_000
WARM_UP: Final = 200
RUN_LENGTH: Final = 200
BATCH: Final = 100
BAR_P99_US: Final = 5_000.0
START_S: Final = 40


def measure() -> dict[str, Any]:
    """Time every call, each by itself and in batches, with 100 policies and both ledgers on disk."""
    with tempfile.TemporaryDirectory() as folder:
        policies = Path(folder) / "policies"
        policies.mkdir()
        (policies / "settings.yaml").write_text(workload.SETTINGS)
        (policies / "rules.cedar").write_text(workload.cedar())
        server = _start(Path(folder), policies)
        try:
            port = _port(server)
            return _measure(http.client.HTTPConnection("127.0.0.1", port, timeout=30))
        finally:
            server.terminate()
            server.wait(20)


def _measure(client: http.client.HTTPConnection) -> dict[str, Any]:
    tools = [msgspec.to_builtins(workload.contract(n)) for n in range(workload.TOOLS)]
    _post(client, "/v1/registry", {"agents": [], "tools": tools})
    calls = workload.calls(CALLS + WARM_UP, allowed_only=True)
    bodies = [_question(n, *call) for n, call in enumerate(calls)]
    took: list[int] = []
    verdicts: dict[str, int] = {}
    for n, body in enumerate(bodies):
        started = time.perf_counter_ns()
        answer = _post(client, "/v1/decisions", body)
        ended = time.perf_counter_ns()
        if n >= WARM_UP:
            took.append(ended - started)
            verdicts[answer["verdict"]] = verdicts.get(answer["verdict"], 0) + 1
    started = time.perf_counter_ns()
    for start in range(0, 1_000, BATCH):
        some = [{**body, "session": f"batch-{start}"} for body in bodies[start : start + BATCH]]
        _post(client, "/v1/decisions/batch", {"decisions": some})
    batched = (time.perf_counter_ns() - started) / 1_000
    return {"took_ns": took, "verdicts": verdicts, "batched_us_each": round(batched / 1_000, 1)}


def _question(n: int, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    session = f"session-{n // RUN_LENGTH}"
    return {"target": tool, "arguments": arguments, "actor": {"agent": "worker-1"}, "session": session}


def _post(client: http.client.HTTPConnection, path: str, body: dict[str, Any]) -> dict[str, Any]:
    client.request("POST", path, json.dumps(body), {"content-type": "application/json"})
    response = client.getresponse()
    text = response.read()
    if response.status >= 300:
        raise RuntimeError(f"{path} answered {response.status}: {text[:300]!r}")
    return json.loads(text)


def _start(folder: Path, policies: Path) -> subprocess.Popen[str]:
    ports = ("--port", "0", "--otlp-port", "-1", "--gateway-port", "-1")
    command = [sys.executable, "-m", "holdfast_server", *ports, "--data", str(folder / "data"), "--json"]
    environment = {**os.environ, "HOLDFAST_POLICIES": str(policies), "HOLDFAST_STORES__SPANS": "memory://"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder, env=environment
    )


def _port(server: subprocess.Popen[str]) -> int:
    assert server.stdout is not None
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        line = server.stdout.readline()
        if not line:
            raise RuntimeError(f"the server ended with {server.wait(5)}")
        if '"port"' in line or '"url"' in line:
            told = json.loads(line)
            return int(told.get("port") or str(told["url"]).rpartition(":")[2])
    raise RuntimeError("the server did not start in time")
