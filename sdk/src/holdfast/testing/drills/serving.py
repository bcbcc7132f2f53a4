"""A server of the drill's own: `holdfast up` on a free port and its own folder, with the drills' policies."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.resources import as_file
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Self

import httpx

from holdfast.errors import Unavailable
from holdfast.testing.drills import tether
from holdfast.testing.drills.governing import PACK
from holdfast.testing.drills.surroundings import clean_environment

READY_WAIT_S: Final = 60.0
STOP_WAIT_S: Final = 20.0
POLL_S: Final = 0.1
LAST_WORDS_MAX: Final = 500


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

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def again(self) -> str:
        """The command that serves the same folders again."""
        return shlex.join(["holdfast", "up", *self._folders])

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True, exist_ok=True)
        write_policies(self.home / "policies")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end(signal.SIGTERM)

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            Unavailable: it did not get ready; the last lines of its log say why.
        """
        where = ["--port", str(self._port), "--otlp-port", "-1", "--gateway-port", "-1"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own server, our own words
                [sys.executable, "-m", tether.__name__, "holdfast_server", *where, *self._folders],
                cwd=self.home,
                env=clean_environment(os.environ),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if not self._gets_ready(self._process):
            self.kill()
            last_words = self._log.read_text(errors="replace").strip().rpartition("\n")[2]
            raise Unavailable(f"the server did not get ready: {last_words[:LAST_WORDS_MAX]}")

    def kill(self) -> None:
        """End it without warning, as a crash would."""
        self._end(signal.SIGKILL)

    @property
    def _folders(self) -> list[str]:
        return ["--data", str(self.home / "data"), "--policies", str(self.home / "policies")]

    @property
    def _log(self) -> Path:
        return self.home / "server.log"

    def _gets_ready(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + READY_WAIT_S
        while time.monotonic() < deadline and process.poll() is None:
            if _is_ready(self.url, self.home / "data"):
                return True
            time.sleep(POLL_S)
        return False

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
        finally:
            if process.stdin:
                process.stdin.close()


def write_policies(folder: Path) -> None:
    """Lay the drills' policies into a folder, for a server to load."""
    folder.mkdir(parents=True, exist_ok=True)
    with as_file(PACK) as pack:
        shutil.copytree(pack, folder, dirs_exist_ok=True)


def _is_ready(url: str, data: Path) -> bool:
    """Whether the server of this data folder answers there: the port may be somebody else's."""
    try:
        health = httpx.get(url + "/v1/health", timeout=2.0).raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return False
    return bool(health.get("ready")) and health.get("data") == str(data)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
