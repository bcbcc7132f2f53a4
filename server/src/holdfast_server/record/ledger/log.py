"""The server's own log: every leaf that arrives, verbatim, and what people did here.

A leaf keeps its bytes, so its hash is the same in the agent's ledger and in this one. Appending and
indexing cannot be one transaction; the log comes first, and what a crash left out of the index is put there
at the next start.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.record import (
    AlarmRecord,
    ApprovalRecord,
    BreakerRecord,
    Commitments,
    DecisionRecord,
    GatewayRecord,
    KillRecord,
    Leaf,
    OutcomeRecord,
    PolicyRecord,
    RetentionRecord,
    decode_leaf,
    encode_leaf,
)
from holdfast.record.ledger import Ledger, SigningKey, open_note, verify_ledger
from holdfast.record.ledger.merkle import leaf_hash
from holdfast_server.errors import NotFound
from holdfast_server.kit.db import Database, upsert
from holdfast_server.kit.hub import Hub
from holdfast_server.kit.paging import Page, PageAsk, read_cursor, write_cursor
from holdfast_server.kit.wire import NS_PER_MS, at
from holdfast_server.record.ledger.entry import CheckpointView, LedgerEntry, ReceiptView, VerifyReport
from holdfast_server.record.ledger.owner import claim
from holdfast_server.record.ledger.tables import leaves

LOG: Final = "server"
CATCH_UP_PAGE: Final = 2000


class Origin(msgspec.Struct, frozen=True):
    """A leaf on its way into the log, and the log it comes from."""

    leaf: Leaf
    raw: bytes
    log: str
    log_index: int | None = None


class ServerLedger:
    """The log of this server."""

    def __init__(self, data: Path, db: Database, hub: Hub, *, project: str) -> None:
        self._db, self._hub = db, hub
        signer = SigningKey.open(data / "keys" / "ledger.ed25519")
        self.commitments = Commitments.open(data / "keys" / "commitments")
        self._folder = data / "ledger" / LOG
        self._key = signer.verifier(f"holdfast/{project}/{LOG}")
        self.name = f"server:{hashlib.sha256(str(self._key).encode()).hexdigest()[:16]}"
        """This server among the processes: the same for as long as it keeps its key."""
        self.left: dict[str, int] = {}
        """Leaves that stand in the log but were not taken in before a crash: where, by leaf hash."""
        self.alarms = 0
        """How many alarms the log holds."""
        self._ledger = Ledger.open(self._folder, origin=self._key.name, signer=signer)

    async def catch_up(self) -> int:
        """Index what a crash left out; returns how much that was.

        Raises:
            Misconfigured: the control database is another server's.
        """
        missing = 0
        async with self._db.write() as connection:
            await claim(connection, self.name)
            start = await _first_gap(connection)
            while start < self._ledger.size:
                found = await asyncio.to_thread(self._ledger.read, start, CATCH_UP_PAGE)
                start += len(found)
                known = await _indexed(connection, found[0][0], start)
                rows = [
                    _row(index, Origin(decode_leaf(raw), raw, LOG), projected=False)
                    for index, raw in found
                    if index not in known
                ]
                await upsert(connection, leaves, rows)
                missing += len(rows)
            query = sa.select(leaves.c.leaf_hash, leaves.c.position).where(sa.not_(leaves.c.projected))
            self.left = {row.leaf_hash: row.position for row in await connection.execute(query)}
            alarms = sa.select(sa.func.count()).select_from(leaves).where(leaves.c.type == "alarm")
            self.alarms = int(await connection.scalar(alarms) or 0)
        return missing

    async def add(self, connection: AsyncConnection, origins: Sequence[Origin]) -> list[int]:
        """Append leaves and index them in the caller's transaction; on return they are on the disk."""
        if not origins:
            return []
        places = await asyncio.to_thread(self._append, [origin.raw for origin in origins])
        rows = [_row(place, origin, projected=True) for place, origin in zip(places, origins, strict=True)]
        await upsert(connection, leaves, rows)
        self._hub.publish("ledger.updated", f'{{"size":{self._ledger.size}}}')
        for origin in origins:
            if isinstance(origin.leaf, AlarmRecord):
                self.alarms += 1
                self._hub.publish("policy.alarm", origin.raw.decode())
        return places

    def append(self, raw: bytes) -> int:
        """Append a leaf that was made here; `index` brings it into the tables, `sync` onto the disk.

        Raises:
            Unavailable: the ledger cannot grow.
        """
        return self._ledger.append(raw).index

    def sync(self, place: int) -> None:
        """Return when this leaf is on the disk."""
        self._ledger.sync(place)

    async def index(self, connection: AsyncConnection, placed: Sequence[tuple[int, Origin]]) -> None:
        """Index leaves that were appended here, in the caller's transaction; again is the same as once."""
        rows = [_row(place, origin, projected=True) for place, origin in placed]
        await upsert(connection, leaves, rows)
        for row in rows:
            self.left.pop(row.leaf_hash, None)
        self._hub.publish("ledger.updated", f'{{"size":{self._ledger.size}}}')

    async def add_own(self, connection: AsyncConnection, leaf: Leaf) -> int:
        """Append a leaf that was made here."""
        return (await self.add(connection, [Origin(leaf, encode_leaf(leaf), LOG)]))[0]

    def read(self, position: int) -> Leaf:
        """One leaf; reads a file, so not on the event loop.

        Raises:
            NotFound: the log does not reach that far.
        """
        found = self._ledger.read(position, 1)
        if not found:
            raise NotFound(f"the ledger has no entry {position}")
        return decode_leaf(found[0][1])

    def commit(self, step: str, field: str, text: str) -> str:
        """A salted commitment to a text; empty for none."""
        return self.commitments.commit(step, field, text.encode()) if text else ""

    async def page(self, page: PageAsk) -> Page[LedgerEntry]:
        """Entries, newest first."""
        query = sa.select(leaves).order_by(leaves.c.position.desc()).limit(page.limit + 1)
        if page.cursor:
            query = query.where(leaves.c.position < read_cursor(page.cursor)[0])
        async with self._db.read() as connection:
            rows = [dict(row) for row in (await connection.execute(query)).mappings()]
        shown = await self.show(rows[: page.limit])
        following = write_cursor(shown[-1].index, "") if len(rows) > page.limit else None
        return Page(items=shown, next=following)

    async def show(self, rows: Sequence[dict[str, Any]]) -> list[LedgerEntry]:
        """Rows of the index with the records they stand for."""
        async with self._db.read() as connection:
            await _name_outcomes(connection, rows)
        return await asyncio.to_thread(lambda: [self._show(row) for row in rows])

    async def checkpoint(self) -> CheckpointView:
        """The newest signed state, made now when the log has grown."""
        note = await asyncio.to_thread(self._ledger.checkpoint)
        found = open_note(note, self._key)
        return CheckpointView(
            origin=found.origin, size=found.size, root=found.root.hex(), note=note, key=str(self._key)
        )

    async def receipt(self, index: int) -> ReceiptView:
        """Proof that one entry stands in the log.

        Raises:
            NotFound: the log does not reach that far.
        """
        if not 0 <= index < self._ledger.size:
            raise NotFound(f"the ledger has no entry {index}", hint=f"It holds {self._ledger.size}.")
        proof = await asyncio.to_thread(self._ledger.prove, index)
        signed = open_note(proof.note, self._key)
        return ReceiptView(
            index=index,
            leaf_hash=leaf_hash(proof.leaf).hex(),
            leaf=base64.b64encode(proof.leaf).decode(),
            size=signed.size,
            root=signed.root.hex(),
            proof=[node.hex() for node in proof.path],
            checkpoint=proof.note,
            text=str(proof),
        )

    async def verify(self) -> VerifyReport:
        """Re-read every byte of the log, in a thread."""
        began = time.perf_counter_ns()
        report = await asyncio.to_thread(verify_ledger, self._folder)
        return VerifyReport(
            ok=report.ok,
            size=report.size,
            root=report.root,
            bad_index=report.bad_index,
            error=report.error,
            took_ms=(time.perf_counter_ns() - began) / NS_PER_MS,
        )

    async def close(self) -> None:
        """Sign the end and let the folder go."""
        await asyncio.to_thread(self._ledger.close)

    def _append(self, raws: Sequence[bytes]) -> list[int]:
        places = [self._ledger.append(raw).index for raw in raws]
        self._ledger.sync(places[-1])
        return places

    def _show(self, row: Mapping[str, Any]) -> LedgerEntry:
        found = self._ledger.read(row["position"], 1)
        fields = ("type", "agent", "run", "step", "target", "verdict", "rules", "status", "leaf_hash")
        record: dict[str, Any] = msgspec.json.decode(found[0][1]) if found else {}
        return LedgerEntry(
            index=row["position"], at=at(row["at_ns"]), record=record, **{name: row[name] for name in fields}
        )


async def _first_gap(connection: AsyncConnection) -> int:
    """The first position that is not indexed: the end, unless a crash left a hole."""
    about = sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(leaves.c.position), -1))
    count, last = (await connection.execute(about)).one()
    if count == last + 1:
        return int(count)
    place = sa.func.row_number().over(order_by=leaves.c.position) - 1
    numbered = sa.select(leaves.c.position, place.label("place")).subquery()
    gap = sa.select(sa.func.min(numbered.c.place)).where(numbered.c.position != numbered.c.place)
    return int(await connection.scalar(gap) or 0)


async def _indexed(connection: AsyncConnection, start: int, end: int) -> set[int]:
    query = sa.select(leaves.c.position).where(leaves.c.position >= start, leaves.c.position < end)
    return set(await connection.scalars(query))


async def _name_outcomes(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """An outcome names only its step; who took it, and on what, stands in the decision before it."""
    wanted = {row["step"] for row in rows if row["type"] == "outcome"}
    query = sa.select(leaves.c.step, leaves.c.agent, leaves.c.target)
    decided = query.where(leaves.c.type == "decision", leaves.c.step.in_(wanted))
    known = {row.step: row for row in await connection.execute(decided)} if wanted else {}
    for row in rows:
        if row["type"] == "outcome" and row["step"] in known:
            row["agent"], row["target"] = known[row["step"]].agent, known[row["step"]].target


class _Row(msgspec.Struct, gc=False):
    """One leaf as the index keeps it."""

    position: int
    leaf_hash: str
    log: str
    log_index: int | None
    type: str
    at_ns: int
    projected: bool
    agent: str = ""
    run: str = ""
    step: str = ""
    target: str = ""
    verdict: str = ""
    status: str = ""
    rules: Sequence[str] = ()


def _row(position: int, origin: Origin, *, projected: bool) -> _Row:
    leaf = origin.leaf
    place = position, leaf_hash(origin.raw).hex(), origin.log, origin.log_index
    match leaf:
        case DecisionRecord():
            return _Row(
                *place, "decision", leaf.at_ns, projected,
                leaf.agent, leaf.run, leaf.step, leaf.target, leaf.verdict, "", leaf.rules,
            )  # fmt: skip
        case OutcomeRecord():
            about = "", leaf.run, leaf.step, leaf.model, "", leaf.status
            return _Row(*place, "outcome", leaf.at_ns, projected, *about)
        case ApprovalRecord():
            about = leaf.agent, leaf.run, leaf.step, leaf.target, "", leaf.event
            return _Row(*place, "approval", leaf.at_ns, projected, *about)
        case AlarmRecord():
            about = leaf.agent, leaf.run, leaf.step, leaf.target, "", leaf.alarm, leaf.ours[1:]
            return _Row(*place, "alarm", leaf.at_ns, projected, *about)
        case KillRecord():
            kind, target = "kill", f"{leaf.scope}:{leaf.target}"
        case BreakerRecord():
            kind, target = "breaker", f"{leaf.scope}:{leaf.name}"
        case PolicyRecord():
            kind, target = "policy", leaf.name
        case RetentionRecord():
            kind, target = "retention", f"{leaf.scope}:{leaf.target}"
        case GatewayRecord():
            kind, target = "gateway", f"{leaf.kind}:{leaf.name}"
    return _Row(*place, kind, leaf.at_ns, projected, target=target, status=leaf.event)
