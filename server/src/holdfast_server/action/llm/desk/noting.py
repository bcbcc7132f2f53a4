"""Changes of keys, providers and routes as records of the ledger: who changed what, from what into what."""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.record import GatewayRecord
from holdfast_server.kit.clock import Clock
from holdfast_server.record.ledger.log import LOG, ServerLedger

Kind = Literal["key", "provider", "route"]
Event = Literal["made", "rotated", "revoked", "set", "removed", "resealed"]

STATE: Final = "state"
UNCHANGING: Final = "used_ns"
"""When a key was last used is no change of it."""
_encode = msgspec.json.Encoder(order="sorted").encode


class Notes:
    """Writes into the transaction of a change that it happened."""

    def __init__(self, ledger: ServerLedger, clock: Clock) -> None:
        self._ledger, self._clock = ledger, clock

    async def note(
        self,
        connection: AsyncConnection,
        kind: Kind,
        name: str,
        event: Event,
        *,
        by: str,
        before: msgspec.Struct | None = None,
        after: msgspec.Struct | None = None,
    ) -> None:
        """Append the record of one change.

        Args:
            connection: of the transaction that changes it.
            kind: what was changed.
            name: its id, name or alias.
            event: what was done.
            by: who did it; empty when nobody said.
            before: the row as it was; None when there was none.
            after: the row as it is now; None when there is none.
        """
        about = f"gateway:{kind}:{name}"
        was, now = (self._ledger.commit(about, STATE, _text(row)) for row in (before, after))
        leaf = GatewayRecord(self._clock(), LOG, kind, name, event, by, was, now)
        await self._ledger.add_own(connection, leaf)


def _text(row: msgspec.Struct | None) -> str:
    """A row as it is committed to."""
    if row is None:
        return ""
    said = msgspec.structs.asdict(row)
    said.pop(UNCHANGING, None)
    return _encode(said).decode()
