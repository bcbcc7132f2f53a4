"""`holdfast serve --role gateway`: the model gateway alone, against the control state of a server."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import Final

import uvloop

from holdfast_server.action.llm.supervisor import Supervisor
from holdfast_server.errors import Misconfigured
from holdfast_server.kit.db import control_url
from holdfast_server.kit.folder import HeldFolder
from holdfast_server.kit.logging import configure
from holdfast_server.settings import Settings

ALONE_S: Final = 5.0
"""For streams, when the server was killed: the gateway of its successor waits for the port."""
HELD_S: Final = 30.0
"""How long that takes at most, with the last records."""
AGAIN_S: Final = 0.1


def run_gateway(settings: Settings, server: str, *, beside: bool) -> None:
    """Run until SIGTERM or SIGINT, or until the server ends that it stands beside.

    Args:
        settings: of the server whose gateway it is.
        server: its address.
        beside: whether its input ends with the server.

    Raises:
        Misconfigured: the folder or the port cannot be had, or no gateway is wanted.
    """
    configure()
    if settings.gateway.port < 0:
        raise Misconfigured("gateway.port is -1, so there is no gateway", hint="Name a port.")
    control = control_url(settings.stores.control, settings.data)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(settings, control, server, beside=beside))


async def _run(settings: Settings, control: str, server: str, *, beside: bool) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    supervisor = Supervisor(settings, control=control, server=server)
    following = asyncio.create_task(_follow_input(stop, supervisor)) if beside else None
    with await _hold(settings, stop):
        await supervisor.run(stop)
    if following is not None:
        following.cancel()


async def _hold(settings: Settings, stop: asyncio.Event) -> contextlib.AbstractContextManager[object]:
    """The gateway's folder; whoever holds it yet may be on its way out."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + HELD_S
    while True:
        try:
            return HeldFolder(settings.data / "gateway")
        except Misconfigured:
            if loop.time() > ends or stop.is_set():
                raise
        await asyncio.sleep(AGAIN_S)


async def _follow_input(stop: asyncio.Event, supervisor: Supervisor) -> None:
    """Stop when the input ends: the server is gone, however it went."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass
    supervisor.drain_s = min(supervisor.drain_s, ALONE_S)
    stop.set()
