"""The process that ships records, minded: it works beside the supervisor, so that no stream waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from pathlib import Path
from typing import Final

import msgspec
import structlog

from holdfast_server.action.llm.backlog import Backlog, Waiting
from holdfast_server.action.llm.shipping import Post
from holdfast_server.settings import Settings

log = structlog.get_logger(__name__)

MODULE: Final = "holdfast_server.action.llm.shipping"
AGAIN_S: Final = 2.0
END_S: Final = 10.0
"""How long shipping may take once nothing more is written; the rest is shipped by the next start."""


class Hauler:
    """Keeps the shipping process running."""

    def __init__(self, folder: Path, server: str, *, key: str, settings: Settings) -> None:
        said = settings.gateway
        self._post = Post(
            *(str(folder), server, key),
            pii=settings.redaction.pii,
            contents=said.contents,
            journal_bytes=said.journal_bytes,
            within_s=said.store_within_s,
        )
        self._backlog = Backlog(folder)
        self._process: asyncio.subprocess.Process | None = None

    def look(self) -> Waiting:
        """What waits to be shipped; asked once a second."""
        return self._backlog.look(time.monotonic())

    async def haul(self) -> None:
        """Run it, again and again, until cancelled."""
        while True:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", MODULE), stdin=asyncio.subprocess.PIPE
            )
            assert self._process.stdin is not None, "it was asked for"
            self._process.stdin.write(msgspec.json.encode(self._post) + b"\n")
            code = await self._process.wait()
            log.warning("gateway_shipping_died", code=code, again_in_s=AGAIN_S)
            await asyncio.sleep(AGAIN_S)

    async def close(self) -> None:
        """Let it ship what is left, for a while."""
        process = self._process
        if process is None or process.returncode is not None or process.stdin is None:
            return
        process.stdin.close()
        try:
            async with asyncio.timeout(END_S):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
