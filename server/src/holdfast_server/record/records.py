"""Taking in what agents shipped: into the ledger, into runs and steps, and only then is it acknowledged."""

from __future__ import annotations

import binascii
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.record import AlarmRecord, DecisionRecord, Envelope, OutcomeRecord, ShippedRecord, decode_leaf
from holdfast.record.ledger import LEAF_BYTES_MAX
from holdfast.record.ledger.merkle import leaf_hash
from holdfast_server.errors import Invalid
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import PARAMETERS_MAX, Database
from holdfast_server.kit.wire import Wire
from holdfast_server.record.ledger.log import Origin, ServerLedger
from holdfast_server.record.ledger.tables import leaves
from holdfast_server.record.pricing import PriceOf
from holdfast_server.record.runs import store
from holdfast_server.record.runs.changes import Changes
from holdfast_server.record.runs.projection import Projection, Taken
from holdfast_server.record.spans.store import Find

RECORDS_MAX: Final = 5000
CLOSE: Final = 4
"""Records of a log that lie so close are looked for as a stretch, which is faster than by name."""

Place = tuple[str, int]
Ended = Callable[[Sequence[str]], Awaitable[None]]
"""Told which steps have their outcome."""


class Rejected(Wire):
    """One record that was not kept."""

    log: str
    index: int
    reason: str


class Received(Wire):
    """How many records are durable now."""

    accepted: int
    duplicate: int
    rejected: list[Rejected]
    """Records that are no leaf a process may ship; the rest was kept."""


class Records:
    """The door through which ledgers arrive."""

    def __init__(
        self,
        db: Database,
        ledger: ServerLedger,
        changes: Changes,
        price: PriceOf,
        clock: Clock,
        *,
        ended: Ended,
        find: Find,
    ) -> None:
        self._db, self._ledger, self._changes = db, ledger, changes
        self._price, self._clock, self._ended, self._find = price, clock, ended, find
        self._dropped: dict[str, int] = {}

    @property
    def dropped_spans(self) -> int:
        """How many spans the processes heard so far said they had to drop."""
        return sum(self._dropped.values())

    async def receive(self, envelope: Envelope) -> Received:
        """Keep an envelope's records; when this returns they are durable.

        Raises:
            Invalid: there are more records than one envelope may carry.
        """
        if len(envelope.records) > RECORDS_MAX:
            raise Invalid(f"an envelope carries up to {RECORDS_MAX} records", hint="Send several.")
        origins, payloads, rejected = _open(envelope.records)
        async with self._db.write() as connection:
            await self._note_process(connection, envelope)
            fresh, known = await _sort_out(connection, origins, self._ledger.left)
            places = await self._ledger.add(connection, fresh)
            taken = [*zip(places, fresh, strict=True), *known]
            projection = await self._project(connection, taken, payloads, envelope.process.id)
        self._changes.touch(runs=projection.runs, steps=(step for _, step in projection.steps))
        if projection.ended:
            await self._ended(projection.ended)
        accepted = len(taken)
        return Received(accepted=accepted, duplicate=len(origins) - accepted, rejected=rejected)

    async def take_own(
        self, connection: AsyncConnection, placed: Sequence[tuple[int, Origin, dict[str, Any]]]
    ) -> None:
        """Take in leaves that this server appended, with their payloads, in the caller's transaction."""
        await self._ledger.index(connection, [(place, origin) for place, origin, _ in placed])
        leaves_ = [one.leaf for _, one, _ in placed if isinstance(one.leaf, DecisionRecord | OutcomeRecord)]
        projection = await _load(connection, leaves_, self._price)
        for (place, _, payload), leaf in zip(placed, leaves_, strict=True):
            projection.take(Taken(place, leaf, payload))
        await store.save(connection, projection, self._find)
        self._changes.touch(runs=projection.runs, steps=(step for _, step in projection.steps))

    async def _project(
        self,
        connection: AsyncConnection,
        taken: Sequence[tuple[int, Origin]],
        payloads: dict[Place, dict[str, Any]],
        process: str,
    ) -> Projection:
        some = [
            leaf for _, origin in taken if isinstance(leaf := origin.leaf, DecisionRecord | OutcomeRecord)
        ]
        projection = await _load(connection, some, self._price)
        for position, origin in sorted(taken, key=lambda one: one[0]):
            if not isinstance(origin.leaf, DecisionRecord | OutcomeRecord):
                continue  # an alarm stands in the ledger and belongs to no run's steps
            assert origin.log_index is not None, "shipped leaves have a place of their own"
            payload = payloads[origin.log, origin.log_index]
            projection.take(Taken(position, origin.leaf, payload, process))
        await store.save(connection, projection, self._find)
        return projection

    async def _note_process(self, connection: AsyncConnection, envelope: Envelope) -> None:
        process, dropped = envelope.process, envelope.dropped
        self._dropped[process.id] = dropped.spans
        row = {
            "id": process.id,
            "pid": process.pid,
            "host": process.host,
            "sdk": process.sdk,
            "started_ns": process.started_at_ns,
            "last_ns": self._clock(),
            "dropped_spans": dropped.spans,
            "dropped_records": dropped.records,
        }
        await store.note_process(connection, row)


def _open(
    records: Iterable[ShippedRecord],
) -> tuple[list[Origin], dict[Place, dict[str, Any]], list[Rejected]]:
    """Leaves and payloads by their place; a record that is no leaf is set aside with the reason."""
    origins: dict[Place, Origin] = {}
    payloads: dict[Place, dict[str, Any]] = {}
    rejected: list[Rejected] = []
    for record in records:
        try:
            origin = _open_one(record)
        except Invalid as error:
            rejected.append(Rejected(log=record.log[:64], index=record.index, reason=error.message))
            continue
        origins.setdefault((record.log, record.index), origin)
        payloads[record.log, record.index] = record.payload or {}
    return list(origins.values()), payloads, rejected


def _open_one(record: ShippedRecord) -> Origin:
    try:
        raw = record.leaf_bytes()
        leaf = decode_leaf(raw)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise Invalid(f"it is no leaf: {error}") from error
    if not isinstance(leaf, DecisionRecord | OutcomeRecord | AlarmRecord):
        raise Invalid("only decisions, outcomes and alarms are shipped; people answer here")
    if leaf.log != record.log:
        raise Invalid(f"the leaf belongs to log {leaf.log[:64]}")
    if len(raw) > LEAF_BYTES_MAX or record.index < 0:
        raise Invalid("the leaf is too long, or its index below zero")
    return Origin(leaf, raw, record.log, record.index)


async def _sort_out(
    connection: AsyncConnection, origins: Sequence[Origin], left: dict[str, int]
) -> tuple[list[Origin], list[tuple[int, Origin]]]:
    """Those that are new, and those that stand in the log already but were not taken in before a crash."""
    seen = await _seen(connection, origins)
    fresh: list[Origin] = []
    known: list[tuple[int, Origin]] = []
    unseen = [origin for origin in origins if (origin.log, origin.log_index) not in seen]
    if not left:
        return unseen, known
    for origin in unseen:
        position = left.pop(leaf_hash(origin.raw).hex(), None)
        if position is None:
            fresh.append(origin)
        else:
            known.append((position, origin))
            await _adopt(connection, position, origin)
    return fresh, known


async def _seen(connection: AsyncConnection, origins: Sequence[Origin]) -> set[tuple[str, int | None]]:
    seen: set[tuple[str, int | None]] = set()
    for log in {origin.log for origin in origins}:
        indexes = sorted(origin.log_index or 0 for origin in origins if origin.log == log)
        for start in range(0, len(indexes), PARAMETERS_MAX):
            query = _indexed(log, indexes[start : start + PARAMETERS_MAX])
            seen |= {(log, index) for index in await connection.scalars(query)}
    return seen


def _indexed(log: str, indexes: Sequence[int]) -> sa.Select[Any]:
    """Which of these places of a log are indexed; where they lie close, also which between them."""
    first, last, place = indexes[0], indexes[-1], leaves.c.log_index
    close = last - first < CLOSE * len(indexes)
    which = place.between(first, last) if close else place.in_(indexes)
    return sa.select(place).where(leaves.c.log == log, which)


async def _adopt(connection: AsyncConnection, position: int, origin: Origin) -> None:
    values = {"log": origin.log, "log_index": origin.log_index, "projected": True}
    await connection.execute(sa.update(leaves).where(leaves.c.position == position).values(values))


async def _load(
    connection: AsyncConnection, some: Sequence[DecisionRecord | OutcomeRecord], price: PriceOf
) -> Projection:
    runs = await store.load_runs(connection, {leaf.run for leaf in some})
    wanted = {leaf.step for leaf in some}
    wanted |= {leaf.parent for leaf in some if isinstance(leaf, DecisionRecord) and leaf.kind == "start"}
    return Projection(runs, await store.load_steps(connection, wanted - {""}), price)
