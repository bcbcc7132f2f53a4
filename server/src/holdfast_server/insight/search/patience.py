"""How long the control database may think about a search."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.errors import Invalid
from holdfast_server.insight.search.engine import SECONDS_MAX


@asynccontextmanager
async def within_patience(connection: AsyncConnection, seconds: float = SECONDS_MAX) -> AsyncGenerator[None]:
    """Stop whatever is asked in here when it takes too long.

    Raises:
        Invalid: it did.
    """
    stop = await _arm(connection, seconds)
    try:
        yield
    except DBAPIError as error:
        if any(word in str(error.orig) for word in ("interrupted", "statement timeout")):
            raise too_long(seconds) from error
        raise
    finally:
        stop()


def too_long(seconds: float = SECONDS_MAX) -> Invalid:
    """What is said of a search that took longer than it may."""
    told = f"the search took longer than {seconds:g} s"
    return Invalid(told, hint="Narrow it, for example with started:>-1d.")


async def _arm(connection: AsyncConnection, seconds: float) -> Any:
    """Begin to count; what is returned ends it."""
    if connection.dialect.name == "postgresql":
        # For this transaction only, which is the search's own.
        await connection.execute(sa.text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
        return lambda: None
    raw = (await connection.get_raw_connection()).driver_connection
    loop = asyncio.get_running_loop()
    return loop.call_later(seconds, lambda: loop.create_task(_interrupt(raw))).cancel


async def _interrupt(raw: Any) -> None:
    await raw.interrupt()
