"""What a server keeps for agents in processes of their own: rates, nested budgets, hand-offs taken once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.e2e
POLICY = """
agents: {"*": {}}
rules: [{allow_agents: {}}, {allow_tools: {tools: ["*"]}}]
tools: {work: {effect: read, output_labels: []}, look: {effect: read, output_labels: []}}
rates: [{of: tool, name: look, calls: 10, per_s: 300}]
budgets: [{scope: run, calls: 6, shared: true}, {scope: session, calls: 9, shared: true}]
detectors: {identical_calls: off, repeated_denials: off, spawns: off}
flow: {depth_max: 8}
"""
HEAD = """
import json, os, subprocess, sys, time
import holdfast

holdfast.init(server=os.environ["SERVER"], data=sys.argv[1], integrations=False)

@holdfast.tool(effect="read")
def work(n: int) -> int:
    return n

@holdfast.tool(effect="read")
def look(n: int) -> int:
    return n

def many(tool, times):
    done, refused = 0, ""
    for n in range(times):
        try:
            tool(n)
            done += 1
        except holdfast.Refused as error:
            refused = str(error)
    return done, refused
"""
LOOKER = """
@holdfast.agent("looker")
def go():
    return many(look, 12)

print(json.dumps(go()))
holdfast.shutdown()
"""
PARENT = """
@holdfast.agent("chief")
def go():
    mine, _ = many(work, 2)
    with holdfast.delegate("helper", input="the rest") as hand_off:
        with open(sys.argv[1] + "/keys/delegation.pub") as file:
            key = file.read().strip()
        with open("holdfast.toml", "w") as file:
            file.write('[guard]\\ndelegation_keys = ["' + key + '"]\\n')
        child = subprocess.run(
            [sys.executable, "-c", os.environ["CHILD"], sys.argv[2]],
            env={**os.environ, **hand_off.environ}, capture_output=True, text=True, timeout=60,
        )
        told = json.loads(child.stdout or json.dumps(child.stderr[-2000:]))
        hand_off.returned(told)
    more, refused = many(work, 4)
    return {"before": mine, "child": told, "after": more, "refused": refused}

with holdfast.session():
    print(json.dumps(go()))
holdfast.shutdown()
"""
CHILD = """
@holdfast.agent("helper")
def go():
    return many(work, 10)

with holdfast.accept():
    done, refused = go()
try:
    with holdfast.accept():
        again = "accepted"
except holdfast.Refused as error:
    again = str(error)
print(json.dumps({"done": done, "refused": refused, "again": again}))
holdfast.shutdown()
"""
TAKER = """
try:
    with holdfast.accept(sys.argv[2]):
        print("accepted")
except holdfast.Refused as error:
    print(error)
holdfast.shutdown()
"""
GIVER = """
@holdfast.agent("chief")
def go():
    with holdfast.delegate("helper") as hand_off:
        return hand_off.token

with holdfast.session():
    print(go())
holdfast.shutdown()
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A server with the policies above, in a process of its own."""
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "rules.yaml").write_text(POLICY)
    ports = ("--port", "0", "--otlp-port", "-1", "--data", str(tmp_path / "server"))
    process = subprocess.Popen(
        [sys.executable, "-m", "holdfast_server", *ports, "--policies", str(policies), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "HOLDFAST_STORES__SPANS": "memory://"},
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@pytest.fixture
def start(tmp_path: Path, url: str) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a program with an agent in it, in a process and a data folder of its own."""
    started: list[subprocess.Popen[str]] = []

    def begin(name: str, code: str, *words: str, **environ: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HEAD + code, str(tmp_path / name), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "SERVER": url, **environ},
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def told(process: subprocess.Popen[str]) -> Any:
    out, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    return json.loads(out)


@pytest.mark.timeout(300)
def test_a_rate_holds_for_all_processes_together(start: Any, url: str) -> None:
    began = time.monotonic()
    found = [told(one) for one in [start(f"p{n}", LOOKER) for n in range(3)]]
    assert time.monotonic() - began < 300, "all of it lies in one window"
    done = [times for times, _ in found]
    assert sum(done) == 10, "the limit is reached, and never passed"
    assert all("10 times in 300 s" in refused for times, refused in found if times < 12)


def test_what_a_child_in_another_process_uses_is_a_part_of_what_its_caller_may_use(
    start: Any, tmp_path: Path
) -> None:
    found = told(start("parent", PARENT, str(tmp_path / "child"), CHILD=HEAD + CHILD))
    # The hand-over is a call, too; who had leased the last one makes it.
    assert found["before"] + 1 + found["child"]["done"] + found["after"] == 6
    assert found["child"]["done"] in {2, 3}
    assert "run's budget is spent" in found["child"]["refused"]
    assert "accepted before" in found["child"]["again"]


def test_a_hand_off_is_accepted_once_whatever_the_data_folder(start: Any, url: str, tmp_path: Path) -> None:
    giver = start("giver", GIVER)
    token, errors = giver.communicate(timeout=60)
    assert giver.returncode == 0, errors
    key = (tmp_path / "giver" / "keys" / "delegation.pub").read_text().strip()
    (tmp_path / "holdfast.toml").write_text(f'[guard]\ndelegation_keys = ["{key}"]\n')
    takers = [start(name, TAKER, token.strip()) for name in ("one", "two")]
    answers = sorted(process.communicate(timeout=60)[0].strip() for process in takers)
    assert answers[0] == "accepted"
    assert "accepted before" in answers[1]
    other = {"nonce": "ab" * 16, "expires_ns": time.time_ns() + 10**10, "process": "p"}
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        statuses = [client.post("/v1/delegations/accept", json=other).status_code for _ in range(2)]
    assert statuses == [204, 409]
