"""Serving: take the ports, open everything, and drain when told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import math
import signal
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import uvicorn
import uvloop

from holdfast_server.app import build_app, open_services
from holdfast_server.commands.beside import GatewayBeside
from holdfast_server.errors import Misconfigured
from holdfast_server.kit.heap import keep_freed
from holdfast_server.kit.logging import configure
from holdfast_server.record.spans.store import SpanStore
from holdfast_server.services import Services
from holdfast_server.settings import Settings

BACKLOG: Final = 2048
KEEP_ALIVE_S: Final = 75
GRPC_AFTER_S: Final = 0.5
GARBAGE_FROM: Final = 10_000
"""Values that came and did not go, before any is looked at: every request waits for it, 1 ms for so many."""
ANY_ADDRESS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104  # compared, not bound


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the server can be reached."""

    url: str
    otlp_port: int | None
    otlp_wanted: int | None
    gateway_port: int | None
    """Where its process will listen, a moment later; 0 for any port, None for no gateway."""
    data: Path


def serve(settings: Settings, announce: Callable[[Listening], None], spans: SpanStore) -> None:
    """Run until SIGTERM or SIGINT, in a data folder that the caller holds; `spans` is closed at the end.

    Raises:
        Misconfigured: a setting, a policy or a port must be fixed first.
    """
    configure()
    keep_freed()
    with contextlib.ExitStack() as undo, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        undo.callback(lambda: asyncio.run(spans.close()))
        settings.refuse_open_doors()
        sockets = [undo.enter_context(one) for one in _listen(settings)]
        runner.run(_serve(settings, sockets, announce, spans))


async def _serve(
    settings: Settings,
    sockets: list[socket.socket],
    announce: Callable[[Listening], None],
    spans: SpanStore,
) -> None:
    listening = _listening(settings, sockets)
    async with open_services(settings, spans=spans) as services:
        services.doors.otlp_port = listening.otlp_port
        # What is there now lives as long as the server: looking through it for garbage stops every request
        # for 30 to 60 ms, again and again.
        gc.collect()
        gc.freeze()
        # A block of spans is ten thousands of short-lived values without a cycle among them.
        gc.set_threshold(GARBAGE_FROM, 20, 20)
        gc.enable()
        config = uvicorn.Config(
            build_app(services),
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=math.ceil(settings.http.drain_s),
            timeout_keep_alive=KEEP_ALIVE_S,
            ws="none",
        )
        gateway = GatewayBeside(settings, services.gateway.nodes)

        def begin() -> None:
            announce(listening)
            gateway.start(listening.url)

        async with _grpc(services, settings):
            await _Server(config, services, begin, gateway.stop).serve(sockets)


@asynccontextmanager
async def _grpc(services: Services, settings: Settings) -> AsyncGenerator[None]:
    """OTLP over gRPC beside the rest; it begins later, because its library takes a while to load."""
    port = settings.http.grpc_port
    if port is None:
        yield
        return

    async def start() -> Any:
        await asyncio.sleep(GRPC_AFTER_S)
        from holdfast_server.api.grpc import start_grpc

        return await start_grpc(services, settings.http.host, port)

    starting = asyncio.create_task(start())
    try:
        yield
    finally:
        if not starting.done():
            starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            if server := await starting:
                await server.stop(settings.http.drain_s)


class _Server(uvicorn.Server):
    """Uvicorn, told when it listens, and made to end the event streams before it waits for requests."""

    def __init__(
        self,
        config: uvicorn.Config,
        services: Services,
        begin: Callable[[], None],
        end: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(config)
        self._services = services
        self._begin, self._end = begin, end

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """A signal ends the server and no more: uvicorn would raise it again once it has drained."""
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._begin()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._end()
        self._services.hub.close()
        self._services.control.close()
        await super().shutdown(sockets)


def _listen(settings: Settings) -> list[socket.socket]:
    """The main port, which must be had, and the OTLP port, when it can."""
    http = settings.http
    try:
        sockets = [_bind(http.host, http.port)]
    except OSError as error:
        raise Misconfigured(
            f"port {http.port} on {http.host} cannot be had: {error.strerror}",
            hint="Stop who holds it, or choose another with --port.",
        ) from error
    if http.otlp_port is not None:
        with contextlib.suppress(OSError):
            sockets.append(_bind(http.host, http.otlp_port))
    return sockets


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made


def _listening(settings: Settings, sockets: list[socket.socket]) -> Listening:
    host = settings.http.host
    name = "127.0.0.1" if host in ANY_ADDRESS else f"[{host}]" if ":" in host else host
    ports = [one.getsockname()[1] for one in sockets]
    otlp = ports[1] if len(ports) > 1 else None
    gateway = settings.gateway.port if settings.gateway.port >= 0 else None
    return Listening(f"http://{name}:{ports[0]}", otlp, settings.http.otlp_port, gateway, settings.data)
