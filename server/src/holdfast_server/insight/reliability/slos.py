"""Objectives: where they stand, how fast their error budgets burn, and alerts when that is too fast.

An alert fires when the budget burns too fast over a long window and still does over a short one, so that it
is quick, does not ring for a blip, and stops soon after the trouble does:

| severity | long | short | spends of the budget |
| --- | --- | --- | --- |
| page | 1 h | 5 min | 2 % in the hour |
| page | 6 h | 30 min | 5 % in six hours |
| ticket | 3 d | 6 h | 10 % in three days |
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.errors import Conflict, NotFound
from holdfast_server.insight.reliability.counting import Counted, count
from holdfast_server.insight.reliability.tables import slo_alerts, slos
from holdfast_server.insight.reliability.view import BurnRate, Severity, Slo, SloAlert, SloAsk
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database, upsert
from holdfast_server.kit.hub import Hub
from holdfast_server.kit.ids import new_id
from holdfast_server.kit.paging import Page, PageAsk, read_cursor, write_cursor
from holdfast_server.kit.wire import at, at_or_none

SLOS_MAX: Final = 200
EVENTS_MIN: Final = 10
"""Fewer things in the long window are no burn rate."""
ALERTS_KEPT: Final = 10_000

log = structlog.get_logger(__name__)


class Pair(msgspec.Struct, frozen=True):
    """A long and a short window, and the share of the budget that may go in the long one."""

    severity: Severity
    long_hours: float
    short_hours: float
    share: float

    def threshold(self, days: int) -> float:
        """The burn rate that spends this share of a budget of so many days."""
        return self.share * days * 24 / self.long_hours


PAIRS: Final = (
    Pair("page", 1, 1 / 12, 0.02),
    Pair("page", 6, 0.5, 0.05),
    Pair("ticket", 72, 6, 0.10),
)


class Slos:
    """Keeps objectives, and looks whether they hold."""

    def __init__(self, db: Database, hub: Hub, clock: Clock) -> None:
        self._db, self._hub, self._clock = db, hub, clock

    async def set(self, name: str, ask: SloAsk) -> Slo:
        """Make an objective, or change the one of this name.

        Raises:
            Conflict: there are too many already.
        """
        row = {"name": name, **ask.model_dump(), "since_ns": self._clock()}
        async with self._db.write() as connection:
            known = set(await connection.scalars(sa.select(slos.c.name)))
            if name not in known and len(known) >= SLOS_MAX:
                raise Conflict(f"there are {SLOS_MAX} objectives already", hint="Remove one first.")
            await upsert(connection, slos, [row])
        return await self.get(name)

    async def get(self, name: str) -> Slo:
        """One objective.

        Raises:
            NotFound: there is none of this name.
        """
        async with self._db.read() as connection:
            row = (await connection.execute(sa.select(slos).where(slos.c.name == name))).mappings().first()
            if row is None:
                raise NotFound(f"there is no objective {name}", hint="`holdfast slos` lists them.")
            return await self._show(connection, row)

    async def page(self, page: PageAsk) -> Page[Slo]:
        """Objectives, by name."""
        query = sa.select(slos).order_by(slos.c.name).limit(page.limit + 1)
        if page.cursor:
            query = query.where(slos.c.name > read_cursor(page.cursor)[1])
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
            shown = [await self._show(connection, row) for row in rows[: page.limit]]
        more = len(rows) > page.limit
        return Page(items=shown, next=write_cursor(0, shown[-1].name) if more else None)

    async def remove(self, name: str) -> Slo:
        """Hold it no longer; its alerts stay in the history."""
        found = await self.get(name)
        async with self._db.write() as connection:
            await connection.execute(sa.delete(slos).where(slos.c.name == name))
            ended = {"state": "resolved", "ended_ns": self._clock()}
            firing = slo_alerts.c.slo == name, slo_alerts.c.state == "firing"
            await connection.execute(sa.update(slo_alerts).where(*firing).values(ended))
        return found

    async def alerts(self, page: PageAsk, *, slo: str = "", state: str = "") -> Page[SloAlert]:
        """Every time a budget burned too fast, the latest first."""
        query = sa.select(slo_alerts).order_by(slo_alerts.c.began_ns.desc(), slo_alerts.c.id.desc())
        for column, wanted in ((slo_alerts.c.slo, slo), (slo_alerts.c.state, state)):
            if wanted:
                query = query.where(column == wanted)
        if page.cursor:
            place = sa.tuple_(slo_alerts.c.began_ns, slo_alerts.c.id)
            query = query.where(place < read_cursor(page.cursor))
        async with self._db.read() as connection:
            rows = (await connection.execute(query.limit(page.limit + 1))).mappings().all()
        shown = rows[: page.limit]
        more = len(rows) > page.limit
        following = write_cursor(shown[-1]["began_ns"], shown[-1]["id"]) if more else None
        return Page(items=[_alert(row) for row in shown], next=following)

    async def look(self) -> None:
        """Look at every objective; alerts that began or ended are kept, logged and told to the screens."""
        async with self._db.read() as connection:
            rows = (await connection.execute(sa.select(slos).limit(SLOS_MAX))).mappings().all()
            shown = [await self._show(connection, row) for row in rows]
        for slo in shown:
            for severity in ("page", "ticket"):
                await self._turn(slo, severity)

    async def _turn(self, slo: Slo, severity: Severity) -> None:
        burning = [burn for burn in slo.burns if burn.severity == severity and burn.firing]
        known = next((alert for alert in slo.alerts if alert.severity == severity), None)
        if bool(burning) == bool(known):
            return
        now = self._clock()
        async with self._db.write() as connection:
            if known:
                row: dict[str, Any] = {"state": "resolved", "ended_ns": now}
                await connection.execute(sa.update(slo_alerts).where(slo_alerts.c.id == known.id).values(row))
            else:
                worst = max(burning, key=lambda burn: burn.long or 0)
                row = {
                    "id": new_id("alt"),
                    "slo": slo.name,
                    "severity": severity,
                    "state": "firing",
                    "began_ns": now,
                    "ended_ns": None,
                    "burn_long": worst.long or 0.0,
                    "burn_short": worst.short or 0.0,
                    "threshold": worst.threshold,
                }
                await connection.execute(sa.insert(slo_alerts).values(row))
            wanted = sa.select(slo_alerts).where(slo_alerts.c.id == (known.id if known else row["id"]))
            told = _alert((await connection.execute(wanted)).mappings().one())
        log.warning("slo_alert", slo=slo.name, severity=severity, state=told.state, burn=told.burn_long)
        self._hub.publish("slo.updated", told.model_dump_json())

    async def _show(self, connection: AsyncConnection, row: sa.RowMapping) -> Slo:
        now = self._clock()
        hours = [
            row["days"] * 24,
            *(hours for pair in PAIRS for hours in (pair.long_hours, pair.short_hours)),
        ]
        whole, *windows = await count(connection, row, hours, now)
        allowed = 1 - row["objective"]
        burns = [
            _burn(pair, windows[2 * place], windows[2 * place + 1], allowed, row["days"])
            for place, pair in enumerate(PAIRS)
        ]
        firing = slo_alerts.c.slo == row["name"], slo_alerts.c.state == "firing"
        alerts = await connection.execute(sa.select(slo_alerts).where(*firing))
        budget = allowed * whole.total
        left = 1 - (whole.total - whole.good) / budget if whole.total else None
        names = (
            "name",
            "indicator",
            "objective",
            "threshold",
            "agent",
            "version",
            "days",
            "description",
            "by",
        )
        return Slo(
            **{name: row[name] for name in names},
            since=at(row["since_ns"]),
            state=_state(left, burns),
            good=whole.good,
            total=whole.total,
            value=whole.good / whole.total if whole.total else None,
            budget=budget,
            budget_left=left,
            burns=burns,
            alerts=[_alert(one) for one in alerts.mappings()],
        )


def _burn(pair: Pair, long: Counted, short: Counted, allowed: float, days: int) -> BurnRate:
    rates = [(1 - one.good / one.total) / allowed if one.total else None for one in (long, short)]
    threshold = pair.threshold(days)
    enough = long.total >= EVENTS_MIN
    firing = enough and all(rate is not None and rate >= threshold for rate in rates)
    return BurnRate(
        severity=pair.severity,
        long_hours=pair.long_hours,
        short_hours=pair.short_hours,
        threshold=threshold,
        long=rates[0],
        short=rates[1],
        firing=firing,
    )


def _state(left: float | None, burns: list[BurnRate]) -> Any:
    if left is None:
        return "no data"
    if any(burn.firing for burn in burns):
        return "burning"
    return "spent" if left < 0 else "ok"


def _alert(row: sa.RowMapping) -> SloAlert:
    names = ("id", "slo", "severity", "state", "burn_long", "burn_short", "threshold")
    return SloAlert(
        **{name: row[name] for name in names},
        began_at=at(row["began_ns"]),
        ended_at=at_or_none(row["ended_ns"]),
    )
