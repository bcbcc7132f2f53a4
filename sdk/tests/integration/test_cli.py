"""The `holdfast` command as a shell runs it: input, output, exit codes; and with a real server beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.record.ledger import open_ledger

pytestmark = pytest.mark.integration

HOLDFAST = Path(sys.executable).with_name("holdfast")
NOBODY = "http://127.0.0.1:9"
LIMIT_S = 100

AGENT = """\
import holdfast

holdfast.init()


@holdfast.tool(effect="spend", labels=())
def refund(order: str, amount: float) -> str:
    return f"refunded {amount}"


@holdfast.agent("refunds", owner="support")
def answer(order: str) -> None:
    print(refund(order, 250.0))


answer("A-17")
"""


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    return {**kept, **more}


def run(folder: Path, *said: str, text: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [HOLDFAST, *said],
        cwd=folder,
        input=text,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


@pytest.mark.parametrize(
    ("action", "code", "verdict"),
    [
        ({"tool": "note", "contract": {"effect": "read"}}, 0, "allow"),
        ({"tool": "mail", "contract": {"effect": "send"}, "arguments": {"to": "a@example.org"}}, 3, "ask"),
        ({"tool": "unheard_of"}, 4, "deny"),
    ],
)
def test_a_script_reads_the_verdict_and_the_exit_code(
    tmp_path: Path, action: dict[str, Any], code: int, verdict: str
) -> None:
    done = run(tmp_path, "decide", text=json.dumps(action))
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (code, verdict)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("said", "text", "code", "told"),
    [
        (("decide",), "{", 2, "not JSON"),
        (("decide", "missing.json"), "", 2, "missing.json"),
        (("decide", "--policies", "missing"), '{"tool": "a"}', 2, "missing"),
        (("verify", "missing"), "", 2, "missing"),
        (("policy", "check", "missing.yaml"), "", 2, "missing.yaml"),
        (("runs", "--server", NOBODY), "", 6, NOBODY),
        (("agents", "--server", NOBODY), "", 6, NOBODY),
        (("approvals", "--server", NOBODY), "", 6, NOBODY),
        (("kills", "--server", NOBODY), "", 6, NOBODY),
        (("kill", "org", "--yes", "--server", NOBODY), "", 6, NOBODY),
        (("runs", "--server", "nonsense"), "", 2, "nonsense"),
        (("unheard-of",), "", 2, "unheard-of"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_a_code(
    tmp_path: Path, said: tuple[str, ...], text: str, code: int, told: str
) -> None:
    done = run(tmp_path, *said, text=text)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_tampered_ledger_is_found(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / ".holdfast", "a" * 16)
    for number in range(9):
        ledger.append(b'{"amount":%d}' % number)
    ledger.close()
    assert run(tmp_path, "verify", ".holdfast").returncode == 0
    [segment] = (ledger.folder / "segments").iterdir()
    segment.write_bytes(segment.read_bytes().replace(b'"amount":5', b'"amount":6'))
    done = run(tmp_path, "verify", ".holdfast", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["bad_index"] == 5


def test_the_doctor_opens_every_door_of_what_is_installed(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor", "--json")
    told = json.loads(done.stdout)
    checks = {check["about"]: check for check in told["checks"]}
    assert done.returncode == 0, [check for check in told["checks"] if check["state"] == "fail"]
    assert checks["httpx"]["told"].endswith(": governed")
    assert not any(tmp_path.iterdir()), "the doctor changes nothing"


def test_a_wrong_setting_fails_the_doctor_and_every_command_that_reads_it(tmp_path: Path) -> None:
    (tmp_path / "holdfast.toml").write_text("sever = 'http://127.0.0.1:7420'\n")
    assert run(tmp_path, "doctor").returncode == 1
    done = run(tmp_path, "runs")
    assert done.returncode == 2
    assert "Did you mean `server`?" in done.stderr


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_its_packages_the_command_says_how_to_get_them(tmp_path: Path, missing: str) -> None:
    without = f"import sys; sys.modules[{missing!r}] = None; from holdfast.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", without],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == ("The holdfast command needs two more packages: pip install 'holdfast[cli]'\n")


def test_a_reader_who_leaves_early_is_no_error(tmp_path: Path) -> None:
    pipe = f"'{HOLDFAST}' policy check --source | head -n 1"
    done = subprocess.run(
        ["bash", "-c", pipe], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.stdout == "// starter.yaml\n"
    assert "Traceback" not in done.stderr


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    pytest.importorskip("holdfast_server", reason="the server is not installed beside the SDK")
    ports = ("--port", "0", "--otlp-port", "-1", "--gateway-port", "-1")
    said = [HOLDFAST, "up", *ports, "--data", str(tmp_path / "server"), "--json"]
    folder = tmp_path / "beside"
    folder.mkdir()
    with (tmp_path / "up.log").open("wb") as log:
        up = subprocess.Popen(said, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=log)
    try:
        assert up.stdout is not None
        line = up.stdout.readline()
        assert line, (tmp_path / "up.log").read_text()
        yield json.loads(line)["url"]
    finally:
        up.terminate()
        up.wait(LIMIT_S)
        if up.stdout is not None:
            up.stdout.close()


def until_there_is_one(folder: Path, *said: str) -> dict[str, Any]:
    """The first item of a list, once there is one."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        done = run(folder, *said, "--json")
        assert done.returncode == 0, done.stderr
        if items := json.loads(done.stdout)["items"]:
            return items[0]
        time.sleep(0.1)
    raise AssertionError(f"{said} stayed empty")


@pytest.mark.timeout(300)
def test_a_person_answers_and_stops_agents_from_the_command_line(tmp_path: Path, server: str) -> None:
    (tmp_path / "holdfast.toml").write_text(f'server = "{server}"\n')
    (tmp_path / "agent.py").write_text(AGENT)
    agent = subprocess.Popen(
        [sys.executable, "agent.py"], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True
    )
    try:
        approval = until_there_is_one(tmp_path, "approvals")["id"]
        shown = run(tmp_path, "approvals", "show", approval).stdout
        assert '"amount": 250' in shown

        broken = run(tmp_path, "approvals", "approve", approval, "--arguments", '{"amount": "all"}')
        assert broken.returncode == 2
        answer = ("approvals", "approve", approval, "--by", "ada", "--arguments")
        edited = run(tmp_path, *answer, '{"order": "A-17", "amount": 125}')
        assert (edited.returncode, edited.stdout) == (
            0,
            "Approved by ada with edited arguments: refund of refunds.\n",
        )
        assert run(tmp_path, "approvals", "refuse", approval).returncode == 1
        assert agent.communicate(timeout=LIMIT_S)[0] == "refunded 125.0\n"
    finally:
        agent.kill()
        agent.communicate()

    finished = until_there_is_one(tmp_path, "runs", "--agent", "refunds")
    shown = run(tmp_path, "runs", "show", finished["id"])
    assert shown.returncode == 0, shown.stderr
    assert "refund" in shown.stdout
    assert run(tmp_path, "runs", "show", "f" * 32).returncode == 2

    ordered = run(
        tmp_path, "kill", "agent", "refunds", "--reason", "enough", "--by", "ada", "--yes", "--json"
    )
    kill = json.loads(ordered.stdout)["id"]
    again = subprocess.run(
        [sys.executable, "agent.py"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert again.returncode != 0
    assert b"refunded" not in again.stdout
    assert run(tmp_path, "kill", "lift", kill, "--by", "bob").returncode == 0
    assert until_there_is_one(tmp_path, "kills")["lifted_by"] == "bob"
    checks = json.loads(run(tmp_path, "doctor", "--json").stdout)["checks"]
    assert next(check for check in checks if check["about"] == "server")["state"] == "ok"
