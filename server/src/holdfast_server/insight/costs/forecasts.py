"""Forecasts of runs, budgets and calendar windows, with what they rest on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision.budgets import EACH, EVERYTHING, FOREVER_NS, Window, window_at
from holdfast_server.decision.budgets.budget import Budget
from holdfast_server.decision.budgets.budgets import Budgets
from holdfast_server.errors import Invalid, NotFound
from holdfast_server.insight.costs.calibration import MEASURED
from holdfast_server.insight.costs.forecasting import Estimate, forecast_run, forecast_window
from holdfast_server.insight.costs.pasts import (
    PAST_NS,
    days_ahead,
    list_own,
    list_siblings,
    list_slots,
    make_days,
    read_slots,
)
from holdfast_server.insight.costs.period import HOUR_NS
from holdfast_server.insight.costs.view import Forecast
from holdfast_server.insight.costs.wanted import Wanted
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.wire import MICRO, at, at_or_none
from holdfast_server.record.books.tables import SLOT_NS, charges
from holdfast_server.record.runs.tables import runs

SCOPES: Final = {
    "agent": "agent",
    "team": "team",
    "workflow": "workflow",
    "customer": "customer",
    "tag": "tag",
}
LIVE: Final = ("running", "waiting")
OUTLIVED: Final = (
    "it has made more calls than nearly every finished run of its agent: nothing is known of what follows"
)
TOO_YOUNG: Final = "two hours of spending are needed before anything can be said; seven days for an interval"
BY_PACE: Final = "there are no seven days yet: it goes by the pace of the last day and knows no shape of days"
NO_WINDOW: Final = "this budget never begins anew, so it has no end to forecast"


class Forecasts:
    """Says what something will have cost."""

    def __init__(
        self, db: Database, budgets: Budgets, complete: Callable[[Wanted], Wanted], clock: Clock
    ) -> None:
        self._db, self._budgets, self._complete, self._clock = db, budgets, complete, clock

    async def of_run(self, run: str) -> Forecast:
        """What a run will have cost at its end.

        Raises:
            NotFound: there is no such run.
        """
        now = self._clock()
        async with self._db.read() as connection:
            row = (await connection.execute(sa.select(runs).where(runs.c.id == run))).mappings().first()
            if row is None:
                raise NotFound(f"there is no run {run}", hint="`holdfast runs` lists them.")
            own = await list_own(connection, row)
            siblings = await list_siblings(connection, row)
            burn = await _burn(connection, Wanted(run=run), now)
        over = row["state"] not in LIVE
        spent = row["cost_micro_usd"]
        estimate = Estimate(spent, spent, spent, "siblings", 0) if over else forecast_run(own, siblings)
        return _show(
            estimate,
            {
                "subject": "run",
                "key": run,
                "at": at(now),
                "ends_at": at_or_none(row["ended_ns"]),
                "spent_usd": spent / MICRO,
                "unpriced_calls": row["unpriced_calls"],
                "burn_usd_per_hour": burn,
                "note": "it has ended" if over else OUTLIVED if estimate.method == "none" else "",
            },
        )

    async def of_budget(self, budget: str, *, key: str = "") -> Forecast:
        """What a budget's account will have used when its window ends, and whether it lasts.

        Raises:
            NotFound: there is no such budget.
            Invalid: it does not count money, or is one of runs or sessions.
        """
        found = await self._budgets.get(budget)
        if found.unit != "usd":
            raise Invalid(f"the budget counts {found.unit}, not money", hint="Ask for one in usd.")
        if found.scope not in (*SCOPES, "org"):
            raise Invalid(f"a {found.scope} has no window", hint="Ask for the run's own forecast: ?run=ID.")
        whose = key or found.fullest or found.key
        wanted = self._complete(_of_scope(found, whose))
        told = await self._of_window(found.window, found.time_zone, wanted, limit=round(found.limit * MICRO))
        return told.model_copy(update={"subject": "budget", "key": whose})

    async def of_window(self, window: Window, zone: str, wanted: Wanted) -> Forecast:
        """What the present day, week or month of a calendar will have cost."""
        return await self._of_window(window, zone, wanted, limit=None)

    async def _of_window(self, window: Window, zone: str, wanted: Wanted, *, limit: int | None) -> Forecast:
        now = self._clock()
        start, end = window_at(window, zone, now)
        today = window_at("day", zone, now).start_ns
        endless = end == FOREVER_NS
        async with self._db.read() as connection:
            past = await list_slots(connection, today - PAST_NS, now, wanted)
            spent, unpriced = await _spent(connection, start, now, wanted)
            burn = await _burn(connection, wanted, now)
        estimate = Estimate(None, spent, None, "none", 0)
        if not endless:
            days = make_days({slot: sum_ for slot, sum_ in past.items() if slot * SLOT_NS < today}, now, zone)
            recent_from = max(now - 24 * HOUR_NS, min(past, default=now // SLOT_NS) * SLOT_NS)
            estimate = forecast_window(
                spent,
                days,
                list(map(float, read_slots(past, today, now))),
                days_ahead(now, end, zone),
                slots_ahead=(end - now) // SLOT_NS,
                recent=list(map(float, read_slots(past, recent_from, now))),
                seed=start // SLOT_NS,
            )
        notes = {"none": NO_WINDOW if endless else TOO_YOUNG, "pace": BY_PACE}
        facts: dict[str, Any] = {
            "subject": "window",
            "key": wanted.agent,
            "at": at(now),
            "ends_at": None if endless else at(end),
            "spent_usd": spent / MICRO,
            "unpriced_calls": unpriced,
            "burn_usd_per_hour": burn,
            "note": notes.get(estimate.method, ""),
        }
        return _show(estimate, facts, limit=limit, now_ns=now, end_ns=end)


def _of_scope(budget: Budget, whose: str) -> Wanted:
    if budget.scope == "org" or whose in (EACH, EVERYTHING, ""):
        return Wanted()
    return msgspec.structs.replace(Wanted(), **{SCOPES[budget.scope]: whose})


def _show(
    estimate: Estimate, facts: dict[str, Any], *, limit: int | None = None, now_ns: int = 0, end_ns: int = 0
) -> Forecast:
    spent, expected = round(facts["spent_usd"] * MICRO), estimate.expected
    runs_out = None
    if limit is not None and limit <= spent:
        runs_out = now_ns
    elif limit is not None and expected is not None and expected > limit:
        runs_out = now_ns + int((end_ns - now_ns) * (limit - spent) / (expected - spent))
    certain = estimate.draws == () and estimate.basis == 0 and estimate.expected is not None
    return Forecast(
        **facts,
        expected_usd=None if expected is None else expected / MICRO,
        low_usd=(estimate.low or 0) / MICRO,
        high_usd=None if estimate.high is None else estimate.high / MICRO,
        method=estimate.method,  # pyright: ignore[reportArgumentType]  # one of its words
        basis=estimate.basis,
        calibration=None if certain else MEASURED.get(estimate.method),
        limit_usd=None if limit is None else limit / MICRO,
        chance_over=None if limit is None else 1.0 if limit < spent else estimate.chance_over(limit),
        runs_out_at=at_or_none(runs_out),
    )


async def _spent(connection: AsyncConnection, start_ns: int, now_ns: int, wanted: Wanted) -> tuple[int, int]:
    sums = sa.func.sum(charges.c.micro_usd), sa.func.sum(charges.c.unpriced)
    since = charges.c.slot >= start_ns // SLOT_NS, charges.c.slot <= now_ns // SLOT_NS
    row = (await connection.execute(sa.select(*sums).where(*since, *wanted.of_charges()))).one()
    return int(row[0] or 0), int(row[1] or 0)


async def _burn(connection: AsyncConnection, wanted: Wanted, now_ns: int) -> float:
    """USD an hour, from the last hour."""
    slots = await list_slots(connection, now_ns - HOUR_NS, now_ns, wanted)
    return sum(slots.values()) / MICRO
