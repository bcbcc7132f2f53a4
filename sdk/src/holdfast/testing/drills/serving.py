"""A server of the drill's own: `holdfast up` on a free port and its own folder, with the drills' policies."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.resources import as_file
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Final, Self

import httpx

from holdfast.errors import Unavailable
from holdfast.testing.drills.governing import PACK
from holdfast.testing.drills.surroundings import clean_environment

READY_WAIT_S: Final = 60.0
STOP_WAIT_S: Final = 20.0


def can_serve() -> bool:
    """Whether the server's package is installed."""
    return find_spec("holdfast_server") is not None


class OwnServer:
    """`holdfast up`, started, killed and started again by whoever needs it.

    Args:
        home: a folder for its data, its policies and its log.
        port: 0 picks a free one, and keeps it over restarts.
    """

    def __init__(self, home: Path, *, port: int = 0) -> None:
        self.home = home
        self._port = port or _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True, exist_ok=True)
        write_policies(self.home / "policies")
        self._log = (self.home / "server.log").open("ab")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end(signal.SIGTERM)
        if self._log:
            self._log.close()

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            Unavailable: it did not get ready; the last lines of its log say why.
        """
        where = ["--port", str(self._port), "--otlp-port", "-1"]
        what = ["--data", str(self.home / "data"), "--policies", str(self.home / "policies")]
        self._process = subprocess.Popen(  # noqa: S603  # our own server, our own words
            [sys.executable, "-m", "holdfast_server", *where, *what],
            cwd=self.home,
            env=clean_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._wait_until_ready(self._process)

    def kill(self) -> None:
        """End it without warning, as a crash would."""
        self._end(signal.SIGKILL)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_WAIT_S
        while time.monotonic() < deadline and process.poll() is None:
            if _is_ready(self.url):
                return
            time.sleep(0.1)
        tail = (self.home / "server.log").read_text(errors="replace")[-1000:]
        raise Unavailable(f"the server did not get ready: {tail}")

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def write_policies(folder: Path) -> None:
    """Lay the drills' policies into a folder, for a server to load."""
    folder.mkdir(parents=True, exist_ok=True)
    with as_file(PACK) as pack:
        shutil.copytree(pack, folder, dirs_exist_ok=True)


def _is_ready(url: str) -> bool:
    try:
        answer = httpx.get(url + "/v1/health", timeout=2.0)
    except httpx.HTTPError:
        return False
    return answer.is_success and bool(answer.json().get("ready"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
