"""Who is there: agents introduce themselves, tools show their contracts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.action import Contract
from holdfast_server.decision.registry.entry import (
    AgentEntry,
    AgentNote,
    Registered,
    RegistryNote,
    Review,
    ToolEntry,
)
from holdfast_server.decision.registry.tables import agents, tools
from holdfast_server.decision.registry.tools import (
    NOTHING_WRITTEN,
    Written,
    read_uses,
    show_tool,
    show_written,
)
from holdfast_server.errors import Conflict, NotFound, Unprocessable
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database, upsert
from holdfast_server.kit.paging import Page, PageAsk, read_name_cursor, write_cursor
from holdfast_server.kit.wire import at
from holdfast_server.record.runs.tables import runs

CONTRACTS_MAX: Final = 10_000

log = structlog.get_logger(__name__)


class Registry:
    """Agents and tools that have been seen."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._contracts: dict[str, Contract] = {}

    async def open(self) -> None:
        """Read the contracts that are known."""
        async with self._db.read() as connection:
            rows = await connection.execute(sa.select(tools.c.tool, tools.c.contract).limit(CONTRACTS_MAX))
            self._contracts = {row.tool: msgspec.convert(row.contract, Contract) for row in rows}

    @property
    def contracts(self) -> Iterable[Contract]:
        """Every known contract."""
        return self._contracts.values()

    def find_contract(self, tool: str) -> Contract | None:
        """The contract of a tool, if it was registered."""
        return self._contracts.get(tool)

    async def register(self, note: RegistryNote) -> Registered:
        """Take in what a process has.

        Raises:
            Unprocessable: a contract is not one; its place and fault are named.
        """
        contracts = [_read_contract("tools", place, raw) for place, raw in enumerate(note.tools)]
        told = [_read_contract("told", place, raw) for place, raw in enumerate(note.told)]
        now = self._clock()
        async with self._db.write() as connection:
            changed = await self._keep_tools(connection, contracts, {one.tool: one for one in told}, now)
            for agent in note.agents:
                await _keep_agent(connection, agent, now)
        self._contracts |= {contract.tool: contract for contract in contracts}
        return Registered(agents=len(note.agents), tools=len(contracts), changed=changed)

    async def agents_page(self, page: PageAsk) -> Page[AgentEntry]:
        """Agents, by name and version."""
        query = _everybody().limit(page.limit + 1)
        if page.cursor:
            query = query.where(sa.tuple_(_SEEN.c.agent, _SEEN.c.version) > read_name_cursor(page.cursor))
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        shown, more = rows[: page.limit], len(rows) > page.limit
        following = write_cursor(shown[-1]["agent"], shown[-1]["version"]) if more else None
        return Page(items=[_show_agent(row) for row in shown], next=following)

    async def tools_page(self, page: PageAsk, written: Written = NOTHING_WRITTEN) -> Page[ToolEntry]:
        """Tools and their contracts, by name.

        Args:
            page: which part.
            written: what policy files say of tools; those that no process has registered are shown, too.
        """
        after = read_name_cursor(page.cursor)[0] if page.cursor else ""
        query = sa.select(tools).where(tools.c.tool > after).order_by(tools.c.tool).limit(page.limit + 1)
        async with self._db.read() as connection:
            rows = {row["tool"]: row for row in (await connection.execute(query)).mappings()}
            names = sorted({*rows, *(name for name in written.contracts if name > after)})
            # Beyond the last row that was read there may be others, so nothing beyond it is known here.
            last = max(rows) if len(rows) > page.limit else None
            shown = [name for name in names if last is None or name <= last][: page.limit]
            used = await read_uses(connection, shown, self._clock())
        more = len(names) > page.limit
        items = [
            show_tool(rows[name], used[name])
            if name in rows
            else show_written(written.contracts[name], used[name], written.since_ns)
            for name in shown
        ]
        return Page(items=items, next=write_cursor(shown[-1], "") if more and shown else None)

    async def tool(self, name: str, written: Written = NOTHING_WRITTEN) -> ToolEntry:
        """One tool.

        Args:
            name: its name.
            written: what policy files say of tools.

        Raises:
            NotFound: nobody registered it, and no policy file describes it.
        """
        async with self._db.read() as connection:
            used = (await read_uses(connection, [name], self._clock()))[name]
            if name in written.contracts and name not in self._contracts:
                return show_written(written.contracts[name], used, written.since_ns)
            return show_tool(await _find_tool(connection, name), used)

    async def review(self, name: str, review: Review) -> ToolEntry:
        """Take a tool's contract, as it is now, for the known one.

        Raises:
            NotFound: nobody registered it.
            Conflict: it is another contract by now.
        """
        async with self._db.write() as connection:
            row = await _find_tool(connection, name)
            if row["fingerprint"] != review.fingerprint:
                raise Conflict(
                    f"the contract of {name} is {row['fingerprint'][:12]} by now",
                    hint="Look at it again, and review that one.",
                )
            await connection.execute(
                sa.update(tools).where(tools.c.tool == name).values(reviewed=row["contract"], told=None)
            )
        log.info("contract reviewed", tool=name, fingerprint=review.fingerprint, by=review.by)
        return await self.tool(name)

    async def _keep_tools(
        self, connection: AsyncConnection, contracts: list[Contract], told: dict[str, Contract], now: int
    ) -> list[str]:
        changed: list[str] = []
        for contract in contracts:
            known = self._contracts.get(contract.tool)
            if known is not None and known.fingerprint() != contract.fingerprint():
                changed.append(contract.tool)
            query = sa.select(tools.c.first_ns, tools.c.reviewed).where(tools.c.tool == contract.tool)
            first = (await connection.execute(query)).mappings().first()
            data, own = msgspec.to_builtins(contract), told.get(contract.tool)
            # What was there first is what everything later is compared with, until somebody reviews.
            reviewed = (first["reviewed"] if first else None) or (
                msgspec.to_builtins(known) if known is not None else data
            )
            row = {
                "tool": contract.tool,
                "fingerprint": contract.fingerprint(),
                "contract": data,
                "reviewed": reviewed,
                "told": msgspec.to_builtins(own) if own is not None else None,
                "first_ns": first["first_ns"] if first else now,
                "last_ns": now,
            }
            await upsert(connection, tools, [row])
        return changed


async def _find_tool(connection: AsyncConnection, name: str) -> sa.RowMapping:
    row = (await connection.execute(sa.select(tools).where(tools.c.tool == name))).mappings().first()
    if row is None:
        raise NotFound(f"no tool {name} is registered", hint="GET /v1/tools lists them.")
    return row


_SEEN = sa.union(
    sa.select(agents.c.agent, agents.c.version), sa.select(runs.c.agent, runs.c.version)
).subquery()
"""Every version of an agent that introduced itself or ran."""


def _everybody() -> sa.Select[Any]:
    """One row a version of an agent: what it said of itself, and what its runs say."""
    registered = sa.and_(agents.c.agent == _SEEN.c.agent, agents.c.version == _SEEN.c.version)
    ran = sa.and_(runs.c.agent == _SEEN.c.agent, runs.c.version == _SEEN.c.version)
    first, last = sa.func.min(runs.c.started_ns), sa.func.max(runs.c.last_ns)
    shown = (
        *(_SEEN.c.agent, _SEEN.c.version, agents.c.tools, agents.c.models),
        *(
            sa.func.coalesce(agents.c[name], sa.func.max(runs.c[name])).label(name)
            for name in ("owner", "framework")
        ),
        sa.func.coalesce(agents.c.first_ns, first).label("first_ns"),
        sa.func.coalesce(last, agents.c.last_ns).label("last_ns"),
        sa.func.count(runs.c.id).label("runs"),
    )
    joined = _SEEN.outerjoin(agents, registered).outerjoin(runs, ran)
    # Its primary key decides the rest of a row of `agents`; PostgreSQL cannot compare JSON.
    grouped = (_SEEN.c.agent, _SEEN.c.version, agents.c.agent, agents.c.version)
    return sa.select(*shown).select_from(joined).group_by(*grouped).order_by(_SEEN.c.agent, _SEEN.c.version)


async def _keep_agent(connection: AsyncConnection, note: AgentNote, now: int) -> None:
    key = sa.and_(agents.c.agent == note.agent, agents.c.version == note.version)
    first = await connection.scalar(sa.select(agents.c.first_ns).where(key))
    await upsert(connection, agents, [note.model_dump() | {"first_ns": first or now, "last_ns": now}])


def _read_contract(section: str, place: int, raw: dict[str, Any]) -> Contract:
    try:
        return msgspec.convert(raw, Contract)
    except msgspec.ValidationError as error:
        raise Unprocessable(
            f"{section}.{place} is not a contract: {error}", hint="See docs/concepts/server.md."
        ) from error


def _show_agent(row: sa.RowMapping) -> AgentEntry:
    return AgentEntry(
        agent=row["agent"],
        version=row["version"],
        owner=row["owner"] or "",
        framework=row["framework"] or "",
        tools=row["tools"] or [],
        models=row["models"] or [],
        first_seen=at(row["first_ns"]),
        last_seen=at(row["last_ns"]),
        runs=row["runs"],
    )
