"""Kill: ordered once, pushed to every process at once, kept until it is lifted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision import Controls
from holdfast.record import KillRecord
from holdfast_server.decision.control.kill import Kill, KillAsk, KillSeen, SeenNote
from holdfast_server.decision.control.tables import kills
from holdfast_server.errors import Conflict, Invalid, NotFound
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.hub import Event, Hub
from holdfast_server.kit.idempotency import digest_request, find_made, remember
from holdfast_server.kit.ids import new_id
from holdfast_server.kit.paging import Page, PageAsk, read_cursor, write_cursor
from holdfast_server.kit.wire import at, at_or_none
from holdfast_server.record.ledger.log import LOG, ServerLedger
from holdfast_server.record.runs.run import RunSummary

SEEN_MAX: Final = 1000
EVERYTHING: Final = "*"


class Kills:
    """The switches."""

    def __init__(self, db: Database, ledger: ServerLedger, hub: Hub, control: Control, clock: Clock) -> None:
        self._db, self._ledger, self._hub = db, ledger, hub
        self._control, self._clock = control, clock
        self._active: dict[str, Kill] = {}

    async def open(self) -> None:
        """Read what is in force."""
        async with self._db.read() as connection:
            rows = await connection.execute(sa.select(kills).where(kills.c.lifted_ns.is_(None)))
            self._active = {row["id"]: _show(row) for row in rows.mappings()}
        self._push()

    @property
    def controls(self) -> Controls:
        """What is in force, as the deciding core takes it."""
        return Controls(
            kills=frozenset((kill.scope, kill.target or EVERYTHING) for kill in self._active.values())
        )

    @property
    def active(self) -> list[Kill]:
        """The kills in force, newest first."""
        return sorted(self._active.values(), key=lambda kill: kill.at, reverse=True)

    async def order(self, asked: KillAsk, *, key: str | None = None) -> Kill:
        """Stop everything in the scope.

        Raises:
            Invalid: a scope other than `org` needs a target.
            Conflict: the key was used for something else.
        """
        if asked.scope != "org" and not asked.target:
            raise Invalid(f"the scope {asked.scope} needs a target", hint="Name what shall stop.")
        request = digest_request(asked)
        async with self._db.write(first=True) as connection:
            made = await find_made(connection, key, request)
            if made is not None:
                return await _get(connection, made)
            row: dict[str, Any] = asked.model_dump() | {
                "id": new_id("kill"),
                "at_ns": self._clock(),
                "seen": [],
            }
            await connection.execute(sa.insert(kills).values(row))
            await remember(connection, key, request, row["id"], row["at_ns"])
            kill = await _get(connection, row["id"])
            await self._ledger.add_own(connection, self._leaf(kill, "placed", asked.by, row["at_ns"]))
        self._active[kill.id] = kill
        self._push()
        return self._tell(kill)

    async def lift(self, kill_id: str, *, by: str) -> Kill:
        """Let it act again.

        Raises:
            NotFound: there is no such kill.
            Conflict: it was lifted already.
        """
        now = self._clock()
        async with self._db.write(first=True) as connection:
            await _get(connection, kill_id)
            still = sa.update(kills).where(kills.c.id == kill_id, kills.c.lifted_ns.is_(None))
            if (await connection.execute(still.values(lifted_ns=now, lifted_by=by))).rowcount != 1:
                raise Conflict("the kill is lifted already")
            kill = await _get(connection, kill_id)
            await self._ledger.add_own(connection, self._leaf(kill, "lifted", by, now))
        self._active.pop(kill_id, None)
        self._push()
        return self._tell(kill)

    async def seen(self, note: SeenNote) -> None:
        """A process took a kill in.

        Raises:
            NotFound: there is no such kill.
        """
        async with self._db.write() as connection:
            kill = await _get(connection, note.kill)
            others = [one for one in kill.seen if one.process != note.process][: SEEN_MAX - 1]
            kill = kill.model_copy(
                update={"seen": [*others, KillSeen(process=note.process, latency_ms=note.latency_ms)]}
            )
            seen = [one.model_dump() for one in kill.seen]
            await connection.execute(sa.update(kills).where(kills.c.id == note.kill).values(seen=seen))
        if kill.id in self._active:
            self._active[kill.id] = kill
        self._tell(kill)

    async def page(self, page: PageAsk, *, active: bool) -> Page[Kill]:
        """Kills, newest first."""
        query = sa.select(kills).order_by(kills.c.at_ns.desc(), kills.c.id.desc()).limit(page.limit + 1)
        if active:
            query = query.where(kills.c.lifted_ns.is_(None))
        if page.cursor:
            query = query.where(sa.tuple_(kills.c.at_ns, kills.c.id) < read_cursor(page.cursor))
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        shown, more = rows[: page.limit], len(rows) > page.limit
        following = write_cursor(shown[-1]["at_ns"], shown[-1]["id"]) if more else None
        return Page(items=[_show(row) for row in shown], next=following)

    def covering(self, run: RunSummary) -> Kill | None:
        """The kill in force that covers a run, the widest first."""
        targets = {"org": "", "agent": run.agent, "session": run.session, "run": run.id}
        for scope, target in targets.items():
            for kill in self._active.values():
                if kill.scope == scope and kill.target in (target, "", EVERYTHING):
                    return kill
        return None

    def _push(self) -> None:
        self._control.set_kills(list(self._active.values()))

    def _tell(self, kill: Kill) -> Kill:
        self._hub.publish("kill.updated", kill.model_dump_json())
        self._hub.publish("fleet.updated", "{}")
        return kill

    def _leaf(self, kill: Kill, event: str, by: str, now: int) -> KillRecord:
        reason = self._ledger.commit(kill.id, "reason", kill.reason)
        return KillRecord(now, LOG, kill.id, event, kill.scope, kill.target or EVERYTHING, by, reason)


class Control:
    """The stream to the SDKs: every kill in force and the bundle's hash, at once and at every change."""

    def __init__(self, *, followers_max: int) -> None:
        self._hub = Hub(followers_max=followers_max)
        self._seq = 0
        self._kills = "[]"
        self._bundle = ""
        self._budgets = '{"seq":0,"items":[]}'
        self._processes: dict[str, int] = {}

    @property
    def connected(self) -> frozenset[str]:
        """The processes that listen now."""
        return frozenset(self._processes)

    def set_kills(self, active: list[Kill]) -> None:
        """Replace what is in force and push it."""
        self._seq += 1
        self._kills = f"[{','.join(kill.model_dump_json() for kill in active)}]"
        self._hub.publish("kills", self._state().data)

    def set_bundle(self, tag: str) -> None:
        """Say that another bundle is in force."""
        self._bundle = msgspec.json.encode({"hash": tag}).decode()
        self._hub.publish("bundle", self._bundle)

    def set_budgets(self, terms: str) -> None:
        """Say what budgets there are, as JSON."""
        self._budgets = terms
        self._hub.publish("budgets", terms)

    def tell(self, event: str, data: str) -> None:
        """Say something that only matters to whoever listens now."""
        self._hub.publish(event, data)

    async def follow(self, process: str) -> AsyncIterator[bytes]:
        """The stream of one process; it counts as connected for as long as it reads."""
        frames = self._hub.follow(hello=self._hello)
        self._processes[process] = self._processes.get(process, 0) + 1
        try:
            async for frame in frames:
                yield frame
        finally:
            self._processes[process] -= 1
            if not self._processes[process]:
                del self._processes[process]

    def close(self) -> None:
        """End every stream."""
        self._hub.close()

    def _hello(self) -> list[Event]:
        return [self._state(), Event("bundle", self._bundle), Event("budgets", self._budgets)]

    def _state(self) -> Event:
        return Event("kills", f'{{"seq":{self._seq},"kills":{self._kills}}}')


async def _get(connection: AsyncConnection, kill: str) -> Kill:
    row = (await connection.execute(sa.select(kills).where(kills.c.id == kill))).mappings().first()
    if row is None:
        raise NotFound(f"there is no kill {kill[:64]}", hint="List them at /v1/kills.")
    return _show(row)


def _show(row: sa.RowMapping) -> Kill:
    fields = {name: row[name] for name in ("id", "scope", "target", "reason", "by", "lifted_by")}
    seen = [KillSeen(**one) for one in row["seen"]]
    return Kill(**fields, at=at(row["at_ns"]), lifted_at=at_or_none(row["lifted_ns"]), seen=seen)
