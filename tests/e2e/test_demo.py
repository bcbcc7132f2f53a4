"""`holdfast demo` shows every promise kept, by itself or with the person at the screen."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from holdfast.testing.drills.catalogue import DRILLS

pytestmark = pytest.mark.integration

HOLDFAST = Path(sys.executable).parent / "holdfast"
WAIT_S = 400


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The demo as a process, interrupted when the test is done with it."""
    command = [HOLDFAST, "demo", "--no-browser", "--port", "0", "--data", folder / "demo", *options]
    surroundings = {**os.environ, "COLUMNS": "200"}
    with subprocess.Popen(
        command,
        cwd=folder,
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Whoever runs the tests in the background has SIGINT ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # no thread runs yet
    ) as process:
        alarm = threading.Timer(WAIT_S, process.kill)
        alarm.start()
        try:
            yield process
        finally:
            alarm.cancel()
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(30)
                process.kill()


def read_until(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """The first line that matches."""
    assert process.stdout is not None
    seen: list[str] = []
    for line in process.stdout:
        seen.append(line)
        if found := re.search(pattern, line):
            return found
    raise AssertionError(f"{pattern} never came:\n{''.join(seen)}")


@pytest.mark.timeout(WAIT_S + 60)
def test_for_scripts_it_answers_itself_and_every_promise_holds(tmp_path: Path):
    with demo(tmp_path, "--answer", "approve") as process:
        told, _ = process.communicate()
    assert process.returncode == 0, told
    for name in DRILLS:
        assert re.search(rf"\bok +{name}\b", told), told
    kept = tmp_path / "demo"
    again = f"holdfast up --data {kept / 'data'} --policies {kept / 'policies'}"
    assert told.splitlines()[-1] == f"To look at it again: {again}"


@pytest.mark.timeout(WAIT_S + 60)
def test_the_person_at_the_screen_edits_approves_and_sees_it_finish(tmp_path: Path):
    with demo(tmp_path) as process:
        page = read_until(process, r"rogue-discount waits for you: (http://\S+)/approvals/(\S+)")
        api = f"{page[1]}/v1/approvals/{page[2]}"
        asked = httpx.get(api, timeout=30).json()
        arguments = {**asked["arguments"], "percent": 12}
        answer = {"verdict": "approve", "by": "the person at the screen", "arguments": arguments}
        assert httpx.post(f"{api}/answer", json=answer, timeout=30).status_code == httpx.codes.OK
        told = read_until(process, r"\w+ +rogue-discount .*granted.*")
        assert "12 % granted, as a person allowed" in told[0]
        assert re.search(r"\bok\b", told[0])
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{page[1]}/v1/health")
