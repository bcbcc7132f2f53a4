"""Who and what cost how much: sums over the books, and what a success costs with the failures paid for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.insight.costs.period import Period
from holdfast_server.insight.costs.view import By, PerSuccess, Spent
from holdfast_server.insight.costs.wanted import Wanted
from holdfast_server.kit.wire import MICRO, usd
from holdfast_server.record.books.tables import CHARGE_SUMS, charges
from holdfast_server.record.outcomes.judging import Judged
from holdfast_server.record.runs.tables import runs

GROUPS_MAX: Final = 20_000
TeamOf = Callable[[str], str]
"""The team of an agent, as the policies say it now; empty when they do not."""

COLUMNS: Final[Mapping[By, tuple[str, ...]]] = {
    "agent": ("agent",),
    "version": ("agent", "version"),
    "team": ("team", "agent"),
    "workflow": ("workflow",),
    "tool": ("tool",),
    "model": ("provider", "model"),
    "customer": ("customer",),
    "release": ("release",),
    "tag": ("tags",),
}
OF_EACH_RUN: Final = frozenset({"agent", "version"})
"""Names by which every run is judged for itself; by all others the outermost run answers for its trace."""
OF_RUNS: Final = frozenset({"agent", "version", "team", "workflow", "customer", "release"})


class Sums(msgspec.Struct):
    """Sums of the books."""

    calls: int = 0
    unpriced: int = 0
    micro_usd: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    reasoning: int = 0

    def add(self, amounts: Iterable[int]) -> None:
        """Add amounts in the order of the fields."""
        for name, amount in zip(CHARGE_SUMS, amounts, strict=True):
            setattr(self, name, getattr(self, name) + amount)

    def cost_usd(self) -> float | None:
        """What has a price; None when there are calls and none of them has."""
        return None if self.calls and self.calls == self.unpriced else self.micro_usd / MICRO

    def show(self) -> dict[str, Any]:
        """The fields of `Spent`."""
        return {
            "cost_usd": self.cost_usd(),
            "calls": self.calls,
            "unpriced_calls": self.unpriced,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "cache_read_tokens": self.cache_read,
            "cache_write_tokens": self.cache_write,
            "reasoning_tokens": self.reasoning,
        }


class Tally(msgspec.Struct):
    """How many runs ended how, and what they cost."""

    counts: dict[str, int] = {}
    micro_usd: dict[str, int] = {}

    def add(self, outcome: str, count: int, micro_usd: int) -> None:
        """Count runs of one outcome."""
        self.counts = {**self.counts, outcome: self.counts.get(outcome, 0) + count}
        self.micro_usd = {**self.micro_usd, outcome: self.micro_usd.get(outcome, 0) + micro_usd}

    def show(self) -> PerSuccess:
        """What a success costs."""
        good, bad, open_ = (self.counts.get(name, 0) for name in ("succeeded", "failed", "unproven"))
        judged = self.micro_usd.get("succeeded", 0) + self.micro_usd.get("failed", 0)
        whole = judged + self.micro_usd.get("unproven", 0)
        return PerSuccess(
            succeeded=good,
            failed=bad,
            unproven=open_,
            cost_usd=usd(round(judged / good)) if good else None,
            low_usd=usd(round(whole / (good + open_))) if good + open_ else None,
            high_usd=usd(round(whole / good)) if good else None,
        )


def show_spent(sums: Sums) -> Spent:
    """Sums as they are shown."""
    return Spent(**sums.show())


def keys_of(by: By, values: Sequence[str], team_of: TeamOf) -> tuple[str, ...]:
    """Under which keys a group stands: one, but for tags."""
    match by:
        case "version":
            return (f"{values[0]}@{values[1]}" if values[1] else values[0],)
        case "team":
            return (values[0] or team_of(values[1]),)
        case "model":
            return ("/".join(value for value in values if value),)
        case "tag":
            return tuple(values[0].split("\n"))
        case _:
            return (values[0],)


async def sum_up(connection: AsyncConnection, period: Period, wanted: Wanted) -> Sums:
    """Everything in a period."""
    row = (await connection.execute(_query(period, wanted, ()))).one()
    sums = Sums()
    sums.add(int(amount or 0) for amount in row)
    return sums


async def sum_by(
    connection: AsyncConnection, by: By, period: Period, wanted: Wanted, team_of: TeamOf
) -> dict[str, Sums]:
    """The same by key."""
    names = COLUMNS[by]
    found: defaultdict[str, Sums] = defaultdict(Sums)
    for row in await connection.execute(_query(period, wanted, names)):
        for key in keys_of(by, row[: len(names)], team_of):
            found[key].add(int(amount or 0) for amount in row[len(names) :])
    return dict(found)


async def judge_by(
    connection: AsyncConnection, by: By | None, period: Period, wanted: Wanted, team_of: TeamOf
) -> dict[str, Tally]:
    """How runs ended and what they cost, by key; under the empty key when there is none to tell by."""
    if by is not None and by not in OF_RUNS:
        return {}
    names = COLUMNS[by] if by else ()
    query = _own_outcomes(names) if by in OF_EACH_RUN else _outcomes_of_traces(names)
    found: defaultdict[str, Tally] = defaultdict(Tally)
    for row in await connection.execute(query.where(*wanted.of_runs(), *_ended(period, by))):
        outcome, count, micro_usd = row[len(names) :]
        keys = keys_of(by, row[: len(names)], team_of) if by else ("",)
        for key in keys:
            found[key].add(outcome, int(count or 0), int(micro_usd or 0))
    return dict(found)


_root: Final = runs.alias("root")


def _ended(period: Period, by: By | None) -> tuple[sa.ColumnElement[bool], ...]:
    ended = runs.c.ended_ns if by in OF_EACH_RUN else _root.c.ended_ns
    return (ended >= period.since_ns, ended < period.until_ns)


def _own_outcomes(names: Sequence[str]) -> sa.Select[Any]:
    judged = Judged(runs)
    columns = [runs.c[name] for name in names]
    sums = (sa.func.count(), sa.func.sum(runs.c.cost_micro_usd))
    query = sa.select(*columns, judged.outcome, *sums).select_from(judged.joined)
    return query.group_by(*columns, judged.outcome).limit(GROUPS_MAX)


def _outcomes_of_traces(names: Sequence[str]) -> sa.Select[Any]:
    """The outermost run says how it ended, every run of its trace what it cost."""
    judged = Judged(_root)
    columns = [runs.c[name] for name in names]
    count = sa.func.sum(sa.case((runs.c.id == _root.c.id, 1), else_=0))
    joined = sa.join(runs, judged.joined, _root.c.id == runs.c.trace)
    query = sa.select(*columns, judged.outcome, count, sa.func.sum(runs.c.cost_micro_usd)).select_from(joined)
    return query.group_by(*columns, judged.outcome).limit(GROUPS_MAX)


def _query(period: Period, wanted: Wanted, names: Sequence[str]) -> sa.Select[Any]:
    first, after = period.slots
    columns = [charges.c[name] for name in names]
    sums = [sa.func.sum(charges.c[name]) for name in CHARGE_SUMS]
    query = sa.select(*columns, *sums).where(charges.c.slot >= first, charges.c.slot < after)
    query = query.where(*wanted.of_charges())
    if not columns:
        return query
    dearest = sa.func.sum(charges.c.micro_usd).desc()
    return query.group_by(*columns).order_by(dearest, *columns).limit(GROUPS_MAX)
