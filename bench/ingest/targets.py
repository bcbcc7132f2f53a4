"""The servers that are measured: how each is started, asked, and told of spans."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench.ingest.traces import PROJECT

START_S: Final = 180
INSTALL_S: Final = 600
TIMEOUT_S: Final = 60


class Target(NamedTuple):
    """A server with an OTLP door and a way to read one trace back."""

    name: str
    package: str
    """What is installed into an environment of its own; empty for ours."""
    command: tuple[str, ...]
    """`{bin}`, `{port}`, `{other}` and `{data}` are filled in."""
    ready: str
    read: str
    """Path that answers with every span of the trace `{trace}`."""
    marks: str
    """Stands in that answer once for each span."""
    headers: Mapping[str, str] = {}
    environ: Mapping[str, str] = {}
    stop: str = ""
    """Path that takes an order to stop an agent; empty where there is none."""


HOLDFAST: Final = Target(
    "holdfast",
    "",
    (
        *(sys.executable, "-m", "holdfast_server", "--port", "{port}", "--otlp-port", "-1"),
        *("--gateway-port", "-1", "--data", "{data}"),
    ),
    "/v1/health",
    "/v1/runs/{trace}/steps?limit=100",
    '"reasons":',
    stop="/v1/kills",
)
PHOENIX: Final = Target(
    "phoenix",
    "arize-phoenix==20.26.1",
    ("{bin}/phoenix", "serve"),
    "/healthz",
    f"/v1/projects/{PROJECT}/spans?trace_id={{trace}}&limit=100",
    '"span_kind"',
    environ={
        "PHOENIX_PORT": "{port}",
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_GRPC_PORT": "{other}",
        "PHOENIX_WORKING_DIR": "{data}",
        "PHOENIX_TELEMETRY_ENABLED": "false",
        "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
    },
)
MLFLOW: Final = Target(
    "mlflow",
    "mlflow==3.17.2",
    (
        *("{bin}/mlflow", "server", "--host", "127.0.0.1", "--port", "{port}", "--workers", "1"),
        *("--backend-store-uri", "sqlite:///{data}/mlflow.db", "--artifacts-destination", "{data}/artifacts"),
    ),
    "/health",
    "/api/3.0/mlflow/traces/get?trace_id=tr-{trace}",
    '"start_time_unix_nano"',
    headers={"x-mlflow-experiment-id": "0"},
    environ={"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "PATH": "{bin}:{path}"},
)
PEERS: Final = (MLFLOW, PHOENIX)


class Client:
    """One connection that is kept; a request that fails because the server is away answers 0."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: http.client.HTTPConnection | None = None

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body."""
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
            self._connection.request(method, path, body, dict(headers or {}))
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return 0, b""

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


class Server:
    """One target at work in a folder of its own; it may be killed and started again."""

    def __init__(self, target: Target, folder: Path, environment: Path | None) -> None:
        self.target, self.data = target, folder / target.name
        self.data.mkdir(parents=True, exist_ok=True)
        self.port, self._other = _free_port(), _free_port()
        self._environment = environment
        self._log = (folder / f"{target.name}.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it; returns after how many seconds it answered."""
        begun = time.monotonic()
        told = {name: self._filled(value) for name, value in self.target.environ.items()}
        self._process = subprocess.Popen(
            [self._filled(word) for word in self.target.command],
            env={**os.environ, **told},
            cwd=self.data,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        client = Client(self.port)
        while not self._answers(client):
            if self._process.poll() is not None or time.monotonic() - begun > START_S:
                raise RuntimeError(f"{self.target.name} did not start: see {self._log.name}")
            time.sleep(0.05)
        client.close()
        return time.monotonic() - begun

    def kill(self) -> None:
        """SIGKILL, to it and everything it started."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """End it, at last by force."""
        self._signal(signal.SIGTERM, within_s=15)
        self._signal(signal.SIGKILL)
        self._log.close()

    def send(self, client: Client, packed: bytes) -> int:
        """Post a body; returns the status."""
        headers = {
            "content-type": "application/x-protobuf",
            "content-encoding": "gzip",
            **self.target.headers,
        }
        return client.ask("POST", "/v1/traces", packed, headers)[0]

    def seen(self, client: Client, trace: str) -> int:
        """How many spans of a trace can be read back."""
        status, body = client.ask("GET", self.target.read.format(trace=trace))
        return body.count(self.target.marks.encode()) if status == 200 else 0

    def order_stop(self, client: Client, agent: str) -> int:
        """Order an agent to stop; returns the status."""
        asked = json.dumps({"scope": "agent", "target": agent, "by": "bench", "reason": "measured"})
        return client.ask("POST", self.target.stop, asked.encode(), {"content-type": "application/json"})[0]

    def cpu_s(self) -> float:
        """Processor time of all its processes that live."""
        ticks = 0
        for folder in self._family():
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Resident memory of all its processes."""
        pages = sum(int((folder / "statm").read_text().split()[1]) for folder in self._family())
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def disk_bytes(self) -> int:
        """What its folder takes on the disk."""
        return sum(_size(Path(folder, name)) for folder, _, names in os.walk(self.data) for name in names)

    def _answers(self, client: Client) -> bool:
        status, body = client.ask("GET", self.target.ready)
        ours = not self.target.package
        return status == 200 and (not ours or json.loads(body)["ready"])

    def _family(self) -> list[Path]:
        assert self._process is not None, "started before it is measured"
        group = str(self._process.pid)
        return [
            folder
            for folder in Path("/proc").glob("[0-9]*")
            if (stat := _read(folder / "stat")) and stat.rpartition(")")[2].split()[2] == group
        ]

    def _signal(self, number: int, within_s: float = 10) -> None:
        process = self._process
        if process is None:
            return
        try:
            os.killpg(process.pid, number)
            process.wait(within_s)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            return

    def _filled(self, text: str) -> str:
        known: dict[str, Any] = {"port": self.port, "other": self._other, "data": self.data}
        binaries = self._environment / "bin" if self._environment else ""
        return text.format(**known, bin=binaries, path=os.environ.get("PATH", ""))


def install(target: Target, folder: Path) -> Path | None:
    """An environment with a peer in it; None for ours.

    Raises:
        RuntimeError: it cannot be installed; why.
    """
    if not target.package:
        return None
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    made = folder / target.package.replace("==", "-")
    python = made / "bin" / "python"
    try:
        if not python.exists():
            _run([uv, "venv", "-q", "--python", "3.11", str(made)])
            _run([uv, "pip", "install", "-q", "--python", str(python), target.package])
    except (subprocess.SubprocessError, OSError) as error:
        shutil.rmtree(made, ignore_errors=True)
        raise RuntimeError(f"{target.package} cannot be installed: {error}") from error
    return made


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_S)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _size(path: Path) -> int:
    """What a file takes; nothing when a merge has meanwhile taken it away."""
    try:
        return path.stat().st_blocks * 512
    except FileNotFoundError:
        return 0
