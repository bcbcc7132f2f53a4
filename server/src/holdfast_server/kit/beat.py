"""Work that comes back: a function called every so often until the server stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)


async def beat(name: str, every_s: float, work: Callable[[], Awaitable[None]]) -> None:
    """Call `work` every `every_s` seconds; a failure is logged, and the next beat comes all the same."""
    while True:
        await asyncio.sleep(every_s)
        try:
            await work()
        except Exception:  # one bad beat must not end the heart
            log.exception("job_failed", job=name)
