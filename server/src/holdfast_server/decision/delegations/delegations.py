"""Hand-offs that were accepted, so that none is accepted twice, in whatever data folder."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
import sqlalchemy as sa

from holdfast_server.errors import Conflict, Unprocessable
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database, insert_into, metadata
from holdfast_server.kit.wire import NS_PER_S

TTL_MAX_NS: Final = 8 * 86_400 * NS_PER_S
"""No hand-off is kept in mind for longer; one that would have to be is refused."""

accepted = sa.Table(
    "accepted_delegations",
    metadata,
    sa.Column("nonce", sa.Text, primary_key=True),
    sa.Column("process", sa.Text, nullable=False),
    sa.Column("expires_ns", sa.BigInteger, nullable=False),
    sa.Index("ix_accepted_delegations_expires", "expires_ns"),
)


class AcceptAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A process is about to accept a hand-off whose signature it has verified."""

    nonce: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32,64}$", max_length=64)]
    """A digest of what makes the hand-off unique."""
    expires_ns: Annotated[int, msgspec.Meta(ge=0)]
    """When it is worth nothing any more, in nanoseconds since the epoch."""
    process: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Delegations:
    """Remembers every hand-off until it has expired."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def accept(self, ask: AcceptAsk) -> None:
        """Let this process have the hand-off; asking again by the same process is refused like any other.

        Raises:
            Conflict: it was accepted before.
            Unprocessable: it expires too late to be kept in mind, or has expired.
        """
        now = self._clock()
        if not now < ask.expires_ns <= now + TTL_MAX_NS:
            hint = "Set guard.delegation_ttl_s to at most 7 days; compare the clocks of both machines."
            raise Unprocessable("the hand-off has expired, or expires too late", hint=hint)
        row = {"nonce": ask.nonce, "process": ask.process, "expires_ns": ask.expires_ns}
        async with self._db.write() as connection:
            made = (
                insert_into(connection, accepted).values(row).on_conflict_do_nothing(index_elements=["nonce"])
            )
            if (await connection.execute(made)).rowcount != 1:
                raise Conflict("the hand-off was accepted before", hint="Each call needs one of its own.")

    async def forget(self) -> None:
        """Drop what has expired."""
        async with self._db.write() as connection:
            await connection.execute(sa.delete(accepted).where(accepted.c.expires_ns < self._clock()))
