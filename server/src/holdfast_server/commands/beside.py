"""The gateway's process beside the server: started when that listens, again if it dies, ended before it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import Final

import structlog

from holdfast_server.action.llm.desk.nodes import Nodes
from holdfast_server.settings import Settings

log = structlog.get_logger(__name__)

SOON_S: Final = 0.2
LATEST_S: Final = 10.0
WELL_S: Final = 10.0
SHIPPED_S: Final = 15.0
"""Beyond its draining: what it needs to ship the last records."""
MISCONFIGURED: Final = 2


class GatewayBeside:
    """Keeps the gateway's process running."""

    def __init__(self, settings: Settings, nodes: Nodes) -> None:
        self._settings, self._nodes = settings, nodes
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self, server: str) -> None:
        """Begin; nothing waits for it.

        Args:
            server: where this server listens.
        """
        if self._settings.gateway.port >= 0:
            self._task = asyncio.create_task(self._keep(server))

    async def stop(self) -> None:
        """Let its streams end; the server still answers meanwhile."""
        self._stopping = True
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(self._settings.gateway.drain_s + SHIPPED_S):
                    await process.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self, server: str) -> None:
        loop, pause_s = asyncio.get_running_loop(), SOON_S
        while not self._stopping:
            began = loop.time()
            self._process = await asyncio.create_subprocess_exec(
                *self._command(server), stdin=asyncio.subprocess.PIPE
            )
            code = await self._process.wait()
            if self._stopping:
                return
            self._nodes.trouble = f"The gateway's process ended with {code}; the server's log says why."
            well = loop.time() - began > WELL_S and code != MISCONFIGURED
            pause_s = SOON_S if well else min(LATEST_S, pause_s * 2)
            log.error("gateway_ended", code=code, again_in_s=pause_s)
            await asyncio.sleep(pause_s)

    def _command(self, server: str) -> tuple[str, ...]:
        said = self._settings.gateway
        return (
            *(sys.executable, "-m", "holdfast_server", "serve", "--role", "gateway", "--beside"),
            *("--data", str(self._settings.data), "--server", server, "--gateway-port", str(said.port)),
        )
