"""Whose log stands in the tables: places and cursors are one server's, so the database is, too."""

from __future__ import annotations

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.errors import Misconfigured
from holdfast_server.kit.db import cursors, insert_into, read_cursor_place

OWNER: Final = "owner"
DIGITS: Final = 15
"""Hexadecimal digits of a server's name that fit into a place."""


async def claim(connection: AsyncConnection, server: str) -> None:
    """Make the database this server's, or see that it is.

    Args:
        connection: the transaction.
        server: the server's name, which ends in hexadecimal digits.

    Raises:
        Misconfigured: another server recorded into it; what both write would take each other's places.
    """
    place = int(server[-DIGITS:], 16)
    made = insert_into(connection, cursors).values({"name": OWNER, "place": place})
    await connection.execute(made.on_conflict_do_nothing(index_elements=["name"]))
    if await read_cursor_place(connection, OWNER) != place:
        raise Misconfigured(
            "the control database is another server's",
            hint="Give each server a database (stores.control) of its own. A data folder that was put back "
            "needs the keys/ledger.ed25519 that belongs to it.",
        )
