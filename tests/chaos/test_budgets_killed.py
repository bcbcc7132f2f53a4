"""Eight processes call in parallel on one budget, one is killed: nobody overspends, nothing is lost."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from scripts.postgres import MISSING, Postgres, cluster, find_programs

PROCESSES, CALLS, THREADS = 8, 500, 25
COST_USD, LIMIT_USD = 0.01, 20.0
START_S, WORK_S = 120, 100

AGENT = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
import holdfast

holdfast.init(server=sys.argv[1], data=sys.argv[2], integrations=False)
done = os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

@holdfast.tool(effect="read")
def work(n: int) -> int:
    os.write(done, b".")
    return n

@holdfast.agent("refunds")
def act(n: int) -> bool:
    try:
        work(n)
    except holdfast.BudgetSpent as spent:
        return False
    return True

def one(n: int) -> bool:
    with holdfast.session():
        return act(n)

print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor({threads}) as pool:
    ran = sum(pool.map(one, range({calls})))
holdfast.shutdown()
print(ran, flush=True)
"""

POLICY = """
agents: {'*': {}}
rules: [allow_tools: {tools: [work]}, allow_agents: {}]
tools: {work: {effect: read, cost_usd: 0.01}}
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    if find_programs() is None:
        pytest.skip(MISSING)
    with cluster(durable=True) as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    control = "sqlite://"
    if request.param == "postgresql":
        control = request.getfixturevalue("postgres").make_database()
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "work.yaml").write_text(POLICY)
    ports = (
        "--port",
        "0",
        "--otlp-port",
        "-1",
        "--data",
        str(tmp_path / "server"),
        "--policies",
        str(policies),
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "holdfast_server", *ports, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "HOLDFAST_STORES__SPANS": "memory://", "HOLDFAST_STORES__CONTROL": control},
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


class Agents:
    """Processes that work, each in a data folder of its own."""

    def __init__(self, folder: Path, server: str) -> None:
        self._folder, self._server = folder, server
        self.started: list[subprocess.Popen[str]] = []

    def start(self, name: str) -> subprocess.Popen[str]:
        code = AGENT.format(threads=THREADS, calls=CALLS)
        words = [
            sys.executable,
            "-c",
            code,
            self._server,
            str(self._folder / name),
            str(self._folder / f"{name}.done"),
        ]
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self._folder
        )
        self.started.append(process)
        return process

    def done(self, name: str) -> int:
        """How often the tool really ran there."""
        path = self._folder / f"{name}.done"
        return path.stat().st_size if path.exists() else 0

    def go(self, processes: list[subprocess.Popen[str]]) -> None:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()


@pytest.fixture
def agents(tmp_path: Path, server: str) -> Iterator[Agents]:
    made = Agents(tmp_path, server)
    yield made
    for process in made.started:
        process.kill()
        process.communicate()


def wait_for(true: Callable[[], Any], within_s: float) -> Any:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def show(server: str, budget: str) -> dict[str, Any]:
    return httpx.get(f"{server}/v1/budgets/{budget}", trust_env=False, timeout=30).json()


@pytest.mark.chaos
@pytest.mark.timeout(400)
def test_nobody_overspends_though_one_is_killed(server: str, agents: Agents) -> None:
    body = {"scope": "org", "unit": "usd", "limit": LIMIT_USD, "by": "ann"}
    budget = httpx.post(f"{server}/v1/budgets", json=body, trust_env=False, timeout=30).json()["id"]
    names = [f"p{n}-{secrets.token_hex(2)}" for n in range(PROCESSES)]
    processes = [agents.start(name) for name in names]
    agents.go(processes)
    wait_for(lambda: agents.done(names[0]) >= 10, START_S)
    processes[0].send_signal(signal.SIGKILL)
    processes[0].wait()
    ran = []
    for process in processes[1:]:
        out, _ = process.communicate(timeout=WORK_S)
        ran.append(int(out.split()[-1]))
    # What every process says it ran is what ran, and all of it together is within the limit.
    assert ran == [agents.done(name) for name in names[1:]]
    total = sum(agents.done(name) for name in names)
    assert total * COST_USD <= LIMIT_USD + 1e-9
    found = show(server, budget)
    assert found["used"] + found["held"] <= LIMIT_USD + 1e-9
    assert total * COST_USD <= found["used"] + found["held"] + 1e-9
    # The dead process's ledger proves what it used; the rest comes back and is spent to the last call.
    last = agents.start(names[0])
    wait_for(lambda: not show(server, budget)["held"], START_S)
    agents.go([last])
    out, _ = last.communicate(timeout=WORK_S)
    assert int(out.split()[-1]) > 0
    found = wait_for(lambda: (now := show(server, budget))["held"] == 0 and now, 30)
    total = sum(agents.done(name) for name in names)
    # A call that was decided and killed before its tool ran counts as used: nobody can prove that it did not.
    assert total * COST_USD <= found["used"] + 1e-9
    assert found["used"] <= (total + THREADS) * COST_USD + 1e-9
    assert found["used"] <= LIMIT_USD + 1e-9
