"""A store that dies in the middle of deciding: what cannot be written down does not run."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import holdfast

SCRIPT = """
import resource, shutil, sys
from pathlib import Path
import holdfast

data = Path("data")
Path("rules.yaml").write_text(
    "agents: {'*': {}}\\nrules: [{allow_agents: {}}, {allow_tools: {tools: ['*']}}]\\n"
    "detectors: {identical_calls: off, cycles: off}\\nbudgets: []\\n"
)
holdfast.init(policies="rules.yaml", data=data, integrations=False)
ran = 0

@holdfast.tool(effect=EFFECT, reversible=REVERSIBLE, labels=())
def act(n: int) -> str:
    global ran
    ran += 1
    return "done"

act(0)
BREAK
before = ran
refused = 0
for n in range(1, CALLS):
    try:
        act(n)
    except holdfast.Refused:
        refused += 1
        break
print(ran - before, refused)
sys.stdout.flush()
import os
os._exit(0)
"""


def run(folder: Path, *, effect: str, reversible: bool, breaking: str, calls: int) -> tuple[int, int]:
    """Break the store in a process of its own; returns how many calls ran after that, and were refused."""
    code = SCRIPT.replace("EFFECT", repr(effect)).replace("REVERSIBLE", repr(reversible))
    code = code.replace("BREAK", textwrap.dedent(breaking)).replace("CALLS", str(calls))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=100, check=True
    )
    ran, refused = done.stdout.split()
    return int(ran), int(refused)


def test_a_ledger_that_was_removed_stops_what_cannot_be_undone_at_once(tmp_path: Path) -> None:
    # A thread of the ledger may write beside us: taken away again until it is gone.
    gone = """
    while (data / "ledger").exists():
        shutil.rmtree(data / "ledger", ignore_errors=True)
    """
    assert run(tmp_path, effect="destroy", reversible=False, breaking=gone, calls=3) == (0, 1)


def test_a_full_disk_stops_everything_once_the_segment_is_full(tmp_path: Path) -> None:
    full = "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))"
    ran, refused = run(tmp_path, effect="write", reversible=True, breaking=full, calls=40_000)
    assert refused == 1
    assert ran > 0


def test_a_ledger_that_cannot_grow_stops_everything(tmp_path: Path) -> None:
    blocked = """
    [log] = (data / "ledger").iterdir()
    (log / "segments").rename(log / "elsewhere")
    (log / "segments").write_text("not a folder")
    """
    _, refused = run(tmp_path, effect="write", reversible=True, breaking=blocked, calls=40_000)
    assert refused == 1


def test_without_a_ledger_nothing_begins(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises((holdfast.Misconfigured, OSError, holdfast.Unavailable)):
        holdfast.init(data=tmp_path / "data", integrations=False)
    holdfast.shutdown()
    assert resource.getrlimit(resource.RLIMIT_FSIZE)


class Server:
    """`holdfast up` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "server"
        command = [sys.executable, "-m", "holdfast_server", "--port", "0", "--otlp-port", "-1", "--json"]
        self.process = subprocess.Popen(
            [*command, "--data", str(self.data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=folder,
            env={**os.environ, "HOLDFAST_STORES__SPANS": "memory://"},
        )
        assert self.process.stdout is not None
        self.url = json.loads(self.process.stdout.readline())["url"]
        self.http = httpx.Client(base_url=self.url, timeout=30)

    def kill(self) -> None:
        self.http.close()
        self.process.kill()
        self.process.communicate(timeout=30)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path)
    yield started
    started.kill()


def test_a_server_killed_between_question_and_answer_is_silence(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDFAST_GUARD__APPROVAL_TTL_S", "3")
    holdfast.init(server=server.url, data=tmp_path / "data", integrations=False)
    ran: list[int] = []

    @holdfast.tool(effect="destroy")
    def wipe() -> str:
        ran.append(1)
        return "gone"

    def kill_when_asked() -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if server.http.get("/v1/approvals").json()["items"]:
                break
            time.sleep(0.05)
        server.kill()

    killer = threading.Thread(target=kill_when_asked)
    killer.start()
    try:
        with pytest.raises(holdfast.Refused):
            wipe()
    finally:
        killer.join()
        holdfast.shutdown()
    assert ran == []


CONTRACT = {"tool": "wipe", "parameters": {"type": "object", "properties": {}}, "effect": "destroy"}
QUESTION: dict[str, Any] = {"target": "wipe", "actor": {"agent": "clerk"}, "session": "s1"}


def test_a_locked_control_database_spends_no_approval(server: Server) -> None:
    http = server.http
    http.post("/v1/registry", json={"tools": [CONTRACT]}).raise_for_status()
    asked = http.post("/v1/decisions", json=QUESTION).json()
    about = {name: asked[name] for name in ("step", "run", "digest", "roles", "arguments", "target")}
    approval = http.post("/v1/approvals", json=about | {"session": "s1", "agent": "clerk"}).json()["id"]
    http.post(f"/v1/approvals/{approval}/answer", json={"verdict": "approve", "by": "ann"}).raise_for_status()
    lock = sqlite3.connect(server.data / "control.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    try:
        refused = http.post("/v1/decisions", json=QUESTION | {"approval": approval})
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    allowed = http.post("/v1/decisions", json=QUESTION | {"approval": approval})
    assert allowed.json()["verdict"] == "allow"


def test_a_server_whose_journal_is_gone_allows_nothing_that_cannot_be_undone(server: Server) -> None:
    http = server.http
    tool = CONTRACT | {"effect": "write", "reversible": False}
    http.post("/v1/registry", json={"tools": [tool]}).raise_for_status()
    shutil.rmtree(server.data / "ledger")
    refused = http.post("/v1/decisions", json=QUESTION)
    assert refused.status_code >= 500
    assert "verdict" not in refused.json()
