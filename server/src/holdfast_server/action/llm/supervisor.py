"""The gateway's supervisor: reads what people said, keeps workers running, stands between them and the rest.

```text
control database ──► Snapshot, kills ──► workers ──► clients, providers
                                          │   ▲
     server  ◄── leases, questions ◄──────┘   │ (the same socket pairs)
        ▲                                     │
        └── records ◄── shipping ◄── journals ┘
```

It writes nothing into the control database. When that or the server is away, workers go on by what they know.
"""

from __future__ import annotations

import asyncio
import os
import platform
import time
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from holdfast_server.access.vault.keyring import open_keyring
from holdfast_server.access.vault.vault import Vault
from holdfast_server.action.llm.config import Snapshot
from holdfast_server.action.llm.desk.reading import (
    Marks,
    Said,
    read_budgets,
    read_marks,
    read_published,
    read_said,
    seq_of,
)
from holdfast_server.action.llm.desk.report import NodeReport
from holdfast_server.action.llm.desk.tables import CONFIG, POLICIES
from holdfast_server.action.llm.hauler import Hauler
from holdfast_server.action.llm.messages import (
    AskPerson,
    Configure,
    Controlled,
    FromWorker,
    KillSeen,
    Lend,
    Message,
    Ready,
    Resting,
    Start,
    Stats,
    UseApproval,
)
from holdfast_server.action.llm.minder import Minder
from holdfast_server.action.llm.plane import Plane
from holdfast_server.action.llm.ports import reserve
from holdfast_server.action.llm.rests import Rests
from holdfast_server.action.llm.slots import Slot, end_orphan, find_orphans, take_slots
from holdfast_server.action.llm.terms import behaviour_of, limits_of
from holdfast_server.action.llm.watch import Watch
from holdfast_server.errors import HoldfastError
from holdfast_server.kit.clock import system_clock
from holdfast_server.kit.db import Database
from holdfast_server.settings import Settings

log = structlog.get_logger(__name__)

GLANCE_S: Final = 0.01
"""Between two looks at a database that tells cheaply whether it changed."""
LOOK_S: Final = 0.1
"""Between two looks at one that does not."""
AGAIN_S: Final = 0.5
REPORT_S: Final = 1.0
READ_WITHIN_S: Final = 3.0
"""After so long without reading it, the control database counts as away."""
ASKS_MAX: Final = 4_096


class Supervisor:
    """One gateway: its workers, and everything they need."""

    def __init__(self, settings: Settings, *, control: str, server: str) -> None:
        """Get ready; nothing runs yet.

        Args:
            settings: of the server whose gateway it is.
            control: the URL of the control database.
            server: the address of the server.
        """
        said = settings.gateway
        self._settings, self._said = settings, said
        self._folder = (settings.data / "gateway").resolve()
        self._db, self._watch = Database(control), Watch(control)
        self._plane = Plane(server, key=settings.access.key or "")
        self._hauler = Hauler(self._folder, server, key=settings.access.key or "", settings=settings)
        self._name = said.name or platform.node()[:64] or "gateway"
        self._process = os.urandom(8).hex()
        self._snapshot = Snapshot(0, limits=limits_of(settings), behaviour=behaviour_of(settings))
        self._marks: Marks | None = None
        self._problems: tuple[str, ...] = ()
        self._trouble = ""
        self._read_at = float("-inf")
        self._minders: list[Minder] = []
        self._orphans: list[Path] = []
        """Of workers from before; they serve until ours do."""
        self._asks: set[asyncio.Task[None]] = set()
        self._rests = Rests()
        self._configured = asyncio.Event()
        self._port = 0
        self.drain_s = said.drain_s
        """How long streams may take to end."""

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop, then let streams end and ship what is left.

        Raises:
            Misconfigured: the port or the folder cannot be had.
        """
        slots = take_slots(self._folder, self._said.workers)
        self._orphans = find_orphans(self._folder, {slot.name for slot in slots})
        ours = bool(self._orphans)
        with await reserve(self._said.host, self._said.port, ours=ours) as held:
            self._port = held.getsockname()[1]
            jobs = [asyncio.create_task(job) for job in (self._follow(), self._beat(), self._hauler.haul())]
            try:
                await self._until_configured(stop)
                if not stop.is_set():
                    self._minders = [self._minder(slot) for slot in slots]
                    jobs += [asyncio.create_task(one.mind(self._latest)) for one in self._minders]
                    await _first(stop, jobs)
            finally:
                await self._end(jobs)

    # What workers know

    def _latest(self) -> tuple[Configure, Controlled]:
        return Configure(self._snapshot), self._controlled()

    def _controlled(self) -> Controlled:
        ordered = self._marks.ordered_ns if self._marks else 0
        return Controlled(self._snapshot.kills, self._heard, ordered)

    @property
    def _heard(self) -> bool:
        """Whether an order to stop would reach us."""
        return self._plane.heard and time.monotonic() - self._read_at < READ_WITHIN_S

    async def _follow(self) -> None:
        """Notice every change, at once."""
        pause_s = GLANCE_S if self._watch.is_cheap else LOOK_S
        while True:
            try:
                if self._watch.moved() or self._trouble:
                    await self._look()
                self._read_at, self._trouble = time.monotonic(), ""
                await asyncio.sleep(pause_s)
            except (HoldfastError, SQLAlchemyError, OSError, ValueError) as error:
                if str(error) != self._trouble:
                    log.warning("gateway_cannot_read_control", error=str(error)[:500])
                self._trouble = str(error)[:500]
                await asyncio.sleep(AGAIN_S)

    async def _look(self) -> None:
        before, marks = self._marks, await self._read_marks()
        self._marks = marks
        if before is None or marks.kills != before.kills:
            self._snapshot = msgspec.structs.replace(self._snapshot, kills=marks.kills)
            self._tell(self._controlled())
        try:
            changes = await self._read_changes(before, marks)
        except BaseException:
            self._marks = before  # what was not read is looked for again
            raise
        if changes:
            version = self._snapshot.version + 1
            self._snapshot = msgspec.structs.replace(self._snapshot, version=version, **changes)
            self._tell(Configure(self._snapshot))
        if self._snapshot.bundle:
            self._configured.set()

    async def _read_changes(self, before: Marks | None, marks: Marks) -> dict[str, Any]:
        """What of the snapshot is another now."""
        changes: dict[str, Any] = {}
        if before is not None and (marks.seqs, marks.budgets) == (before.seqs, before.budgets):
            return changes
        async with self._db.read() as connection:
            if before is None or seq_of(marks, CONFIG) != seq_of(before, CONFIG):
                vault = Vault(open_keyring(self._keys, environ=os.environ, make=False))
                changes |= self._take(await read_said(connection, vault, os.environ, system_clock()))
            if before is None or seq_of(marks, POLICIES) != seq_of(before, POLICIES):
                published = await read_published(connection)
                if published is not None:
                    kept = published.bundle
                    changes |= {"bundle": kept.hash, "sources": kept.sources, "contracts": kept.contracts}
                    changes |= {"prices": published.prices}
            if before is None or marks.budgets != before.budgets:
                changes["budgets"] = await read_budgets(connection)
        return changes

    async def _read_marks(self) -> Marks:
        if self._watch.is_cheap:
            return self._watch.ask(read_marks)
        async with self._db.read() as connection:
            return await connection.run_sync(read_marks)

    def _take(self, said: Said) -> dict[str, Any]:
        for problem in said.problems:
            if problem not in self._problems:
                log.error("gateway_provider_left_out", problem=problem)
        self._problems = said.problems
        return {"keys": said.keys, "providers": said.providers, "routes": said.routes}

    @property
    def _keys(self) -> Path:
        return self._settings.data / "keys"

    async def _until_configured(self, stop: asyncio.Event) -> None:
        """Nothing is served before it is known by which policies."""
        first = (asyncio.create_task(self._configured.wait()), asyncio.create_task(stop.wait()))
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        for one in first:
            one.cancel()

    def _tell(self, message: Message) -> None:
        for minder in self._minders:
            minder.tell(message)

    # What workers ask

    def _minder(self, slot: Slot) -> Minder:
        start = Start(
            name=slot.name,
            host=self._said.host,
            port=self._port,
            folder=str(slot.folder),
            ledger_keys=str(self._keys.resolve()),
        )
        return Minder(start, slot, hear=self._hear)

    def _hear(self, minder: Minder, said: FromWorker) -> None:
        match said:
            case Lend() | AskPerson() | UseApproval():
                if len(self._asks) < ASKS_MAX:
                    task = asyncio.create_task(self._answer(minder, said))
                    self._asks.add(task)
                    task.add_done_callback(self._asks.discard)
            case KillSeen():
                self._note_seen(said)
            case Stats():
                self._relay(minder, said)
            case Ready():
                orphans, self._orphans = self._orphans, []
                for orphan in orphans:
                    end_orphan(orphan)
            case _:
                pass

    def _relay(self, minder: Minder, said: Stats) -> None:
        fresh = self._rests.take(said.providers, now_ns=time.time_ns())
        for other in self._minders if fresh else ():
            if other is not minder:
                other.tell(Resting(fresh))

    async def _answer(self, minder: Minder, said: Lend | AskPerson | UseApproval) -> None:
        match said:
            case Lend():
                minder.tell(await self._plane.lend(said))
            case AskPerson():
                minder.tell(await self._plane.ask(said))
            case UseApproval():
                minder.tell(await self._plane.use(said))

    def _note_seen(self, said: KillSeen) -> None:
        kill = self._marks.kill_ids.get((said.scope, said.target)) if self._marks else None
        if kill is not None:
            work = self._plane.seen(self._process, kill, said.took_ms)
            task = asyncio.create_task(work)
            self._asks.add(task)
            task.add_done_callback(self._asks.discard)

    # How it does

    async def _beat(self) -> None:
        """Every second: the lease of authority goes on, and the server hears how everything does."""
        while True:
            await self._plane.report(self._report())
            self._tell(self._controlled())
            await asyncio.sleep(REPORT_S)

    def _report(self, *, leaving: bool = False) -> NodeReport:
        host, waiting = self._said.host, self._hauler.look()
        name = f"[{host}]" if ":" in host else "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104  # compared
        ready = any(minder.state == "ready" for minder in self._minders)
        failures = tuple(one.failure for one in self._minders if one.failure)
        trouble = (f"The control database cannot be read: {self._trouble}",) if self._trouble else ()
        return NodeReport(
            name=self._name,
            host=platform.node(),
            pid=os.getpid(),
            url=f"http://{name}:{self._port}" if ready else "",
            version=self._snapshot.version,
            bundle=self._snapshot.bundle,
            workers=tuple(minder.report() for minder in self._minders),
            waiting=waiting.bytes,
            waiting_s=waiting.seconds,
            problems=(*self._problems, *failures, *trouble),
            leaving=leaving,
        )

    async def _end(self, jobs: list[asyncio.Task[None]]) -> None:
        await asyncio.gather(*(minder.stop(self.drain_s) for minder in self._minders))
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, *self._asks, return_exceptions=True)
        await self._hauler.close()
        await self._plane.report(self._report(leaving=True))
        await self._plane.close()
        self._watch.close()
        await self._db.close()


async def _first(stop: asyncio.Event, jobs: list[asyncio.Task[None]]) -> None:
    """Return when told to stop; a job that ends by itself has failed, and its error is raised."""
    waiting = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([waiting, *jobs], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for job in done - {waiting}:
        job.result()
