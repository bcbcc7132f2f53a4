"""The fleet at one glance, put together from runs, approvals, kills and spend."""

from __future__ import annotations

from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.decision.approvals.approvals import Approvals
from holdfast_server.decision.control.kill import Kill
from holdfast_server.decision.control.kills import Kills
from holdfast_server.insight.costs.costs import MINUTES_PER_DAY, Spend, read_spend
from holdfast_server.insight.fleet.view import Burn, BurnPoint, Fleet, FleetAgent, FleetTotals
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.paging import PageAsk
from holdfast_server.kit.wire import MICRO, at, usd
from holdfast_server.record.runs.projection import LIVE, NS_PER_MINUTE
from holdfast_server.record.runs.run import RunFilter
from holdfast_server.record.runs.runs import Runs
from holdfast_server.record.runs.tables import runs

AGENTS_MAX: Final = 500
RUNNING_MAX: Final = 100
WAITING_MAX: Final = 100
RECENT_DAYS: Final = 7


class FleetView:
    """Looks at everything at once."""

    def __init__(self, db: Database, found: Runs, approvals: Approvals, kills: Kills, clock: Clock) -> None:
        self._db, self._runs = db, found
        self._approvals, self._kills, self._clock = approvals, kills, clock

    async def look(self) -> Fleet:
        """The fleet now."""
        now = self._clock()
        midnight = now - now % (MINUTES_PER_DAY * NS_PER_MINUTE)
        async with self._db.read() as connection:
            spend = await read_spend(connection, now)
            rows = await _read_agents(connection, midnight)
        live = RunFilter(states=tuple(sorted(LIVE)))
        running = await self._runs.page(live, PageAsk(limit=RUNNING_MAX))
        waiting = await self._approvals.page(("pending",), PageAsk(limit=WAITING_MAX))
        kills = self._kills.active
        counts: dict[str, int] = {}
        for approval in waiting.items:
            counts[approval.agent] = counts.get(approval.agent, 0) + 1
        return Fleet(
            agents=[_agent(row, spend, kills, counts) for row in rows],
            running=running.items,
            waiting=waiting.items,
            kills=kills,
            burn=_burn(spend),
            totals=FleetTotals(
                running=sum(row["running"] for row in rows),
                waiting=len(waiting.items),
                denied_today=sum(row["denied_today"] for row in rows),
                halted_today=sum(row["halted_today"] for row in rows),
                runs_today=sum(row["runs_today"] for row in rows),
            ),
        )


async def _read_agents(connection: AsyncConnection, midnight: int) -> list[dict[str, Any]]:
    """One row an agent that was seen in the last days, the most recent first."""
    today = runs.c.started_ns >= midnight
    since = midnight - RECENT_DAYS * MINUTES_PER_DAY * NS_PER_MINUTE
    counted = {
        "running": sa.case((runs.c.state.in_(LIVE), 1), else_=0),
        "runs_today": sa.case((today, 1), else_=0),
        "denied_today": sa.case((today, runs.c.deny), else_=0),
        "halted_today": sa.case((sa.and_(today, runs.c.state == "halted"), 1), else_=0),
        "unpriced_today": sa.case((today, runs.c.unpriced_calls), else_=0),
    }
    sums = [sa.func.sum(column).label(name) for name, column in counted.items()]
    latest = sa.func.max(runs.c.last_ns).label("last_ns")
    about = [sa.func.max(runs.c[name]).label(name) for name in ("version", "owner")]
    query = (
        sa.select(runs.c.agent, *about, *sums, latest)
        .where(sa.or_(runs.c.started_ns >= since, runs.c.state.in_(LIVE)))
        .group_by(runs.c.agent)
        .order_by(latest.desc())
        .limit(AGENTS_MAX)
    )
    return [dict(row) for row in (await connection.execute(query)).mappings()]


def _agent(row: dict[str, Any], spend: Spend, kills: list[Kill], waiting: dict[str, int]) -> FleetAgent:
    name = row["agent"]
    known = name in spend.today or not row["unpriced_today"]
    return FleetAgent(
        agent=name,
        version=row["version"],
        owner=row["owner"],
        state=_state(row, kills, waiting.get(name, 0)),
        running=row["running"],
        runs_today=row["runs_today"],
        denied_today=row["denied_today"],
        waiting=waiting.get(name, 0),
        cost_today_usd=usd(spend.today.get(name, 0)) if known else None,
        burn_usd_per_hour=spend.burn_micro_usd(name) / MICRO,
        last_seen=at(row["last_ns"]) if row["last_ns"] else None,
    )


def _state(
    row: dict[str, Any], kills: list[Kill], waiting: int
) -> Literal["running", "idle", "waiting", "killed"]:
    if any(kill.scope == "org" or (kill.scope == "agent" and kill.target == row["agent"]) for kill in kills):
        return "killed"
    if waiting:
        return "waiting"
    return "running" if row["running"] else "idle"


def _burn(spend: Spend) -> Burn:
    return Burn(
        usd_per_hour=spend.burn_micro_usd() / MICRO,
        today_usd=sum(spend.today.values()) / MICRO,
        unpriced_today=spend.unpriced_today,
        series=[
            BurnPoint(at=at(minute * NS_PER_MINUTE), usd=micro / MICRO) for minute, micro in spend.series()
        ],
    )
