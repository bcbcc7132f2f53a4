"""The gateways that are measured: how each is installed, started and told of its upstreams."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.gateway.processes import cpu_s, free_port, memory_mb, spawn, stop, tree, wait_for
from bench.gateway.upstreams import nginx

HERE: Final = Path(__file__).parent
INSTALL_S: Final = 900
LITELLM: Final = "litellm[proxy]==1.106.2"
PORTKEY: Final = "@portkey-ai/gateway@1.15.2"
CALLS: Final = "/v1/chat/completions"
RULES: Final = 20
PRICES: Final = '[[price]]\nmodel = "mock-*"\ninput = 0.15\noutput = 0.60\n'
BUDGETS: Final = "budgets:\n  - {scope: org, usd: 100000, window: month}\nagents: {'*': {}}\n"
LITELLM_CONFIG: Final = """
model_list:
  - model_name: mock-fast
    litellm_params: {{model: openai/mock-fast, api_base: "{fast}/v1", api_key: sk-x}}
  - model_name: mock-stream
    litellm_params: {{model: openai/mock-stream, api_base: "{slow}/v1", api_key: sk-x}}
general_settings: {{master_key: sk-bench}}
litellm_settings: {{telemetry: false, drop_params: true}}
"""


@dataclass
class Bench:
    """What all targets share."""

    folder: Path
    environments: Path
    fast: str
    """Address of the upstream that answers at once."""
    slow: str
    """Address of the one that streams."""
    idle: str
    """Address of the one whose streams stand still."""
    upstreams: tuple[int, ...]
    """Their processes."""
    core: int | None


@dataclass
class Target:
    """A gateway at work."""

    name: str
    base: str
    process: subprocess.Popen[bytes] | None = None
    headers: list[str] = field(default_factory=list)
    stream_base: str = ""
    stream_headers: list[str] | None = None
    workers: list[int] = field(default_factory=list[int])
    """The processes that serve calls, when there are others beside them."""
    start_s: float = 0.0
    api: int = 0
    """The port of its control plane, when it has one of its own."""

    @property
    def pids(self) -> list[int]:
        """Every process of it."""
        return tree(self.process.pid) if self.process else []

    def cpu_s(self) -> float:
        """Of all its processes."""
        return cpu_s(self.pids)

    def worker_cpu_s(self) -> float:
        """Of those that serve calls; of all when there are no others."""
        return cpu_s(self.workers or self.pids)

    def memory_mb(self) -> float:
        """Of all its processes."""
        return memory_mb(self.pids)

    def worker_memory_mb(self) -> float:
        """Of those that serve calls, without the files that they map."""
        return memory_mb(self.workers or self.pids, "Pss_Anon")

    def stop(self) -> None:
        """End it."""
        stop(self.process)


def direct(bench: Bench) -> Target:
    """Nothing between."""
    return Target("direct", bench.fast, stream_base=bench.slow)


def nginx_proxy(bench: Bench) -> Target:
    """A proxy that reads nothing."""
    port, fast, slow = free_port(), *(int(url.rpartition(":")[2]) for url in (bench.fast, bench.slow))
    log = bench.folder / "nginx.log"
    process = spawn(nginx("proxy", bench.folder, port=port, fast=fast, slow=slow), log=log, core=bench.core)
    base = f"http://127.0.0.1:{port}"
    return _started(Target("nginx", base, process, stream_headers=["x-bench-stream: 1"]), "/v1/models", log)


def litellm(bench: Bench) -> Target:
    """LiteLLM's proxy, one worker, with a key and nothing else."""
    made = bench.environments / "litellm"
    program = made / "bin" / "litellm"
    if not program.exists():
        uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
        _run([uv, "venv", "-q", "--python", "3.11", str(made)])
        _run([uv, "pip", "install", "-q", "--python", str(made / "bin" / "python"), LITELLM])
    port, config, log = free_port(), bench.folder / "litellm.yaml", bench.folder / "litellm.log"
    config.write_text(LITELLM_CONFIG.format(fast=bench.fast, slow=bench.slow))
    said = ("--host", "127.0.0.1", "--port", str(port), "--config", str(config), "--telemetry", "False")
    environ = {"LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "DISABLE_ADMIN_UI": "True"}
    process = spawn([str(program), *said], log=log, core=bench.core, environ=environ)
    target = Target("litellm", f"http://127.0.0.1:{port}", process, ["authorization: Bearer sk-bench"])
    return _started(target, "/health/liveliness", log)


def portkey(bench: Bench) -> Target:
    """Portkey's open gateway; a shim of ours lets its streams work."""
    made = bench.environments / "portkey"
    program = made / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    node = shutil.which("node") or str(Path(sys.executable).with_name("node"))
    if not program.exists():
        made.mkdir(parents=True, exist_ok=True)
        npm = shutil.which("npm") or str(Path(sys.executable).with_name("npm"))
        _run([npm, "install", "--no-audit", "--no-fund", "--prefix", str(made), PORTKEY])
    port, log = free_port(), bench.folder / "portkey.log"
    command = [node, "--import", str(HERE / "portkey_shim.mjs"), str(program), f"--port={port}", "--headless"]
    environ = {"NODE_ENV": "production", "TRUSTED_CUSTOM_HOSTS": "127.0.0.1,localhost"}
    process = spawn(command, log=log, core=bench.core, environ=environ)

    def headers(upstream: str) -> list[str]:
        host = f"x-portkey-custom-host: {upstream}/v1"
        return ["authorization: Bearer sk-bench", "x-portkey-provider: openai", host]

    target = Target("portkey", f"http://127.0.0.1:{port}", process, headers(bench.fast))
    target.stream_headers = headers(bench.slow)
    return _started(target, "/", log)


def holdfast(bench: Bench, *, workers: int = 1) -> Target:
    """Holdfast with a key, a route, rules, a budget, and everything recorded."""
    api, port = free_port(), free_port()
    data, log = bench.folder / f"holdfast-{api}", bench.folder / f"holdfast-{api}.log"
    (data / "policies").mkdir(parents=True)
    (data / "policies" / "rules.cedar").write_text(_rules())
    (data / "policies" / "budgets.yaml").write_text(BUDGETS)
    (data / "prices.toml").write_text(PRICES)
    process = spawn(
        [
            *(sys.executable, "-m", "holdfast_server", "--port", str(api), "--otlp-port", "-1"),
            *("--gateway-port", str(port), "--data", str(data)),
        ],
        log=log,
        environ={
            "HOLDFAST_PRICES": str(data / "prices.toml"),
            "HOLDFAST_GATEWAY__CALLS": "20000",
            "HOLDFAST_GATEWAY__CONNECTIONS": "20000",
            "HOLDFAST_GATEWAY__WORKERS": str(workers),
        },
    )
    target = Target("holdfast", f"http://127.0.0.1:{port}", process)
    _started(target, "/health", log)
    secret = _tell(api, bench)
    target.headers = [f"authorization: Bearer {secret}"]
    target.workers, target.api = _workers(api, workers), api
    if bench.core is not None and shutil.which("taskset"):
        for worker in target.workers:
            _run(["taskset", "-p", "-c", str(bench.core), str(worker)])
    return target


BUILDERS: Final[Mapping[str, Callable[[Bench], Target]]] = {
    "direct": direct,
    "nginx": nginx_proxy,
    "holdfast": holdfast,
    "portkey": portkey,
    "litellm": litellm,
}


def _rules() -> str:
    forbids = (
        f'@id("never-{number}") forbid (principal, action == Action::"holdfast:model", resource) when'
        f' {{ resource.name like "forbidden-{number}/*" }};'
        for number in range(RULES)
    )
    return "\n".join(
        ['@id("models") permit (principal, action == Action::"holdfast:model", resource);', *forbids]
    )


def ask(port: int, method: str, path: str, body: Any = None) -> Any:
    """Ask a server's API.

    Raises:
        RuntimeError: it refuses.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {"content-type": "application/json"}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
    return json.loads(text) if text else None


def _tell(api: int, bench: Bench) -> str:
    """Providers, a route and a key; the key's secret."""
    terms = {"secret": "sk-x", "connections_max": 20_000, "by": "bench"}
    for name, url in (("fast", bench.fast), ("stream", bench.slow), ("idle", bench.idle)):
        said = {"base_url": url, "models": [f"mock-{name}"], **terms}
        ask(api, "PUT", f"/v1/gateway/providers/{name}", said)
    targets = [{"provider": "fast", "model": "mock-fast"}]
    ask(api, "PUT", "/v1/gateway/routes/mock-fast", {"targets": targets, "by": "bench"})
    key = {"name": "bench", "agent": "bench", "budget_usd": 10_000, "by": "bench"}
    made = ask(api, "POST", "/v1/gateway/keys", key)
    time.sleep(1.0)  # until the worker has heard of it
    return made["secret"]


def _workers(api: int, count: int) -> list[int]:
    for _ in range(50):
        told = [one["pid"] for one in ask(api, "GET", "/v1/gateway")["workers"] if one["pid"]]
        if len(told) == count:
            return told
        time.sleep(0.2)
    raise RuntimeError("not every worker told its process id")


def _started(target: Target, path: str, log: Path) -> Target:
    assert target.process is not None
    said = dict(line.split(": ", 1) for line in target.headers)
    try:
        target.start_s = wait_for(target.base + path, target.process, log=log, headers=said)
    except RuntimeError:
        target.stop()
        raise
    return target


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_S)
    except (subprocess.SubprocessError, OSError) as error:
        raise RuntimeError(f"{command[0]} failed: {error}") from error
