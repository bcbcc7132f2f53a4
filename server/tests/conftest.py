"""What the server's tests share: a server in this process, a server of its own, and leaves to send it."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from holdfast.record import (
    DecisionRecord,
    Dropped,
    Envelope,
    OutcomeRecord,
    Process,
    ShippedRecord,
    encode_leaf,
)
from holdfast_server.app import build_app, open_services
from holdfast_server.services import Services
from holdfast_server.settings import Http, Settings, Stores

sys.path.append(str(Path(__file__).resolve().parents[2]))  # so that `scripts` can be imported
from scripts.postgres import MISSING, Postgres, cluster, find_programs

os.environ.setdefault("HOLDFAST_GATEWAY__PORT", "-1")  # only tests of the gateway start one
BASE = "http://127.0.0.1:7420"
START_S = 40
NOW = 1_800_000_000_000_000_000


ENGINES = ("sqlite", "postgresql")


def make_settings(data: Path, *, control: str = "sqlite://", **changes: Any) -> Settings:
    stores = Stores(spans="memory://", control=control)
    return Settings(data=data, stores=stores, http=Http(otlp_port=None), **changes)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of this test run's own; without its programs the test is skipped and counted."""
    if find_programs() is None:
        pytest.skip(MISSING)
    with cluster() as found:
        yield found


@pytest.fixture(scope="session")
def kept_url(postgres: Postgres) -> str:
    """One database for one test after the other: to make and remove one takes longer than most tests."""
    return postgres.make_database()


@pytest.fixture(params=ENGINES)
def control_url(request: pytest.FixtureRequest) -> str:
    """Where the control state is kept: every test that asks runs on each engine, and finds nothing in it."""
    if request.param == "sqlite":
        return "sqlite://"
    url: str = request.getfixturevalue("kept_url")
    request.getfixturevalue("postgres").empty(url)
    return url


@pytest.fixture(params=ENGINES)
def new_control_url(request: pytest.FixtureRequest) -> str:
    """Where there is not even a table yet, on each engine."""
    if request.param == "sqlite":
        return "sqlite://"
    found: Postgres = request.getfixturevalue("postgres")
    return found.make_database()


class Running:
    """A server inside this process, and a client for it."""

    def __init__(self, services: Services, client: httpx.AsyncClient) -> None:
        self.services = services
        self.http = client

    async def stored(self) -> None:
        """Wait until everything that was accepted can be queried."""
        for _ in range(400):
            health = (await self.http.get("/v1/health")).json()
            if health["ready"] and not health["spans"]["pending"]:
                return
            await _pause()
        raise AssertionError("spans were not stored in time")


async def _pause() -> None:
    import asyncio

    await asyncio.sleep(0.02)


@asynccontextmanager
async def run_here(settings: Settings) -> AsyncIterator[Running]:
    async with open_services(settings) as services:
        transport = httpx.ASGITransport(build_app(services), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            yield Running(services, client)


@pytest.fixture
async def here(tmp_path: Path, control_url: str) -> AsyncIterator[Running]:
    async with run_here(make_settings(tmp_path / "data", control=control_url)) as running:
        yield running


@pytest.fixture
def start_here(tmp_path: Path, control_url: str) -> Callable[..., Any]:
    """Start a server in this process with changed settings; what it keeps stays the same between starts."""
    return lambda **changes: run_here(make_settings(tmp_path / "data", control=control_url, **changes))


LAST_WORDS = 4_000
"""Characters of what a server said at its end."""


class ServerProcess:
    """`holdfast up` in a process of its own, on ports of its own."""

    def __init__(
        self, data: Path, *arguments: str, spans: str = "memory://", otlp: bool = False, **environ: str
    ) -> None:
        self.data = data
        ports = ("--port", "0", "--otlp-port", "0" if otlp else "-1")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "holdfast_server", *ports, "--data", str(data), "--json", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=data.parent,
            env={**os.environ, "HOLDFAST_STORES__SPANS": spans, **environ},
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the server did not start: {self.process.communicate(timeout=10)[1][-2000:]}"
        said = json.loads(line)
        self.url, self.otlp_port = said["url"], said["otlp_port"]
        self.http = httpx.Client(base_url=self.url, timeout=30)

    def wait_ready(self) -> None:
        self.wait_for(lambda: self.health()["ready"])

    def wait_stored(self) -> None:
        self.wait_for(lambda: self.health()["ready"] and not self.health()["spans"]["pending"])

    def wait_for(self, true: Callable[[], Any], within_s: float = START_S) -> Any:
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if found := true():
                return found
            time.sleep(0.02)
        raise AssertionError("it did not happen in time")

    def health(self) -> dict[str, Any]:
        return self.http.get("/v1/health").json()

    def kill(self) -> None:
        self.http.close()
        self.process.kill()
        self._reap()

    def stop(self) -> int:
        self.http.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self._reap()
        return self.process.returncode

    def _reap(self) -> None:
        """Wait for its end; a test that fails then shows its last words."""
        print(self.process.communicate(timeout=60)[1][-LAST_WORDS:])


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    """Start servers in processes of their own; all of them are gone after the test."""
    yield from _starting(tmp_path)


@pytest.fixture(scope="module")
def up_for_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., ServerProcess]]:
    """Start servers that all tests of a module share: what one test leaves in them the next one finds."""
    yield from _starting(tmp_path_factory.mktemp("shared"))


def _starting(folder: Path) -> Iterator[Callable[..., ServerProcess]]:
    started: list[ServerProcess] = []

    def start(data: Path | None = None, *arguments: str, **options: Any) -> ServerProcess:
        server = ServerProcess(data or folder / "data", *arguments, **options)
        started.append(server)
        return server

    yield start
    for server in started:
        server.kill()


class Agent:
    """An agent that ships what it did, like the SDK."""

    def __init__(self, name: str = "refunds", *, session: str = "s1", process: str = "") -> None:
        self.name, self.session = name, session
        self.process = Process(process or secrets.token_hex(8), 1, "host", "test", NOW)
        self.log = secrets.token_hex(8)
        self.run = secrets.token_hex(16)
        self.start = secrets.token_hex(8)
        self.clock = itertools.count(time.time_ns(), 1_000_000)
        self.records: list[ShippedRecord] = []
        self.shipped = 0

    def begin(self, title: str = "refund order 7", **fields: Any) -> str:
        payload = {"title": title, "framework": "langgraph"}
        return self.decide("start", self.name, step=self.start, payload=payload, **fields)

    def decide(
        self,
        kind: str,
        target: str,
        verdict: str = "allow",
        *,
        step: str = "",
        payload: Any = None,
        **fields: Any,
    ) -> str:
        step = step or secrets.token_hex(8)
        known = {
            "v": 1,
            "at_ns": next(self.clock),
            "log": self.log,
            "step": step,
            "run": self.run,
            "session": self.session,
            "trace": self.run,
            "parent": "" if step == self.start else self.start,
            "agent": self.name,
            "version": "1",
            "owner": "ops",
            "person": "ann",
            "chain": (self.name,),
            "kind": kind,
            "target": target,
            "effect": "write",
            "contract": "",
            "args_commit": "",
            "verdict": verdict,
            "stage": "policy",
            "rules": ("rule-1",),
            "errors": (),
            "labels": (),
            "unendorsed": (),
            "hold_micro_usd": 0,
            "bundle": "b",
            "engine": "e",
            "approval": "",
            "enforced": True,
        }
        self._ship(encode_leaf(DecisionRecord(**{**known, **fields})), payload)
        return step

    def end(self, step: str, status: str = "done", *, payload: Any = None, **fields: Any) -> None:
        known = {
            "at_ns": next(self.clock),
            "log": self.log,
            "step": step,
            "run": self.run,
            "session": self.session,
            "status": status,
            "result_commit": "",
            "cost_micro_usd": None,
            "tokens_in": 0,
            "tokens_out": 0,
            "model": "",
            "labels": (),
            "error_class": "",
        }
        self._ship(encode_leaf(OutcomeRecord(**{**known, **fields})), payload)

    def finish(self, status: str = "done") -> None:
        self.end(self.start, status)

    def envelope(self) -> dict[str, Any]:
        import msgspec

        body = Envelope(self.process, Dropped(), tuple(self.records[self.shipped :]))
        self.shipped = len(self.records)
        return {**msgspec.to_builtins(body), "records": [msgspec.to_builtins(one) for one in body.records]}

    def _ship(self, leaf: bytes, payload: Any) -> None:
        self.records.append(ShippedRecord.of(self.log, len(self.records), leaf, payload))


@pytest.fixture
def make_agent() -> type[Agent]:
    return Agent


def make_trace(
    spans: int = 3,
    *,
    trace: bytes = b"",
    end_ns: int = 0,
    attributes: dict[str, Any] | None = None,
    root: bool = True,
) -> ExportTraceServiceRequest:
    """A request with one trace: a root and model calls below it."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.append(KeyValue(key="service.name", value=AnyValue(string_value="shop")))
    scope = resource.scope_spans.add()
    scope.scope.name = "test"
    trace = trace or secrets.token_bytes(16)
    end_ns = end_ns or time.time_ns()
    top = secrets.token_bytes(8)
    for place in range(spans):
        span = scope.spans.add()
        span.trace_id, span.span_id = trace, top if place == 0 and root else secrets.token_bytes(8)
        span.parent_span_id = b"" if place == 0 and root else top
        span.name = "invoke_agent shop" if place == 0 and root else "chat"
        span.start_time_unix_nano, span.end_time_unix_nano = end_ns - 1_000_000 * (spans - place), end_ns
        said = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "shop"}
        if place or not root:
            said = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "openai/gpt-4o-mini"}
            said |= {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10}
        for key, value in (said | (attributes or {})).items():
            kind = "int_value" if isinstance(value, int) else "string_value"
            span.attributes.append(KeyValue(key=key, value=AnyValue(**{kind: value})))
    return request


@pytest.fixture
def trace_request() -> Callable[..., ExportTraceServiceRequest]:
    return make_trace


@pytest.fixture
def zipped() -> Callable[[bytes], bytes]:
    return gzip.compress
