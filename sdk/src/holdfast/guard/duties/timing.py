"""Calls that end in time, whatever the called code does.

Python cannot stop a thread: a function that runs out of time is left alone, and its call is over. The number
of those on their way is bounded.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import Any, Final

from holdfast.errors import TimedOut, Unavailable

RUNNING_MAX: Final = 256
"""Timed calls of plain functions at once, those that ran out of time and go on included."""
_slots = threading.BoundedSemaphore(RUNNING_MAX)


def call_within(make: Callable[[], Any], seconds: float, *, tool: str) -> Any:
    """Call a plain function; without a limit when `seconds` is 0.

    Raises:
        TimedOut: it did not end in time; whether it still has its effect is unknown.
        Unavailable: too many calls that ran out of time are still running.
    """
    if not seconds:
        return make()
    slots = _slots
    if not slots.acquire(blocking=False):
        raise Unavailable(f"{RUNNING_MAX} calls with a time limit are still running", retry_after_s=seconds)
    found: list[tuple[Any, BaseException | None]] = []
    ended = threading.Event()
    context = copy_context()

    def run() -> None:
        try:
            found.append((context.run(make), None))
        except BaseException as error:  # noqa: BLE001  # handed to the caller, which waits for it
            found.append((None, error))
        finally:
            slots.release()
            ended.set()

    threading.Thread(target=run, name=f"holdfast-{tool}", daemon=True).start()
    if not ended.wait(seconds):
        raise late(tool, seconds)
    result, error = found[0]
    if error is not None:
        raise error
    return result


async def await_within(make: Callable[[], Awaitable[Any]], seconds: float, *, tool: str) -> Any:
    """Await a coroutine; it is cancelled when it does not end in time, and has no limit when `seconds` is 0.

    Raises:
        TimedOut: it did not end in time; whether it still has its effect is unknown.
    """
    if not seconds:
        return await make()
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await make()
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise late(tool, seconds) from error


def late(tool: str, seconds: float) -> TimedOut:
    """The error of a call that did not end in time."""
    return TimedOut(
        f"{tool} did not end within {seconds:g} s; it may still take effect",
        hint="Look whether it did before it is repeated.",
    )
