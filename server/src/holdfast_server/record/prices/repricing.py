"""History at the prices of today: what would change, and letting it hold.

The books keep the tokens of every slot, run and model by the length class of the prompt; within one class a
price is linear in tokens, so a sum of calls is priced exactly as its calls would be. What a call cost is
changed wherever it was added to: the books, the runs, the minutes, the totals. A step keeps the price that it
was recorded with, beside the new one of its run: that is what was known then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.record.price import Usage, price
from holdfast.record.tariffs import find_tariff
from holdfast_server.errors import Invalid
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.ids import new_id
from holdfast_server.kit.wire import NS_PER_S, usd
from holdfast_server.record.books.tables import CHARGE_KEY, SLOT_NS, charges, totals
from holdfast_server.record.prices.tables import repricings
from holdfast_server.record.prices.view import Change, RepriceAsk, Repriced
from holdfast_server.record.runs.tables import runs, spend

PAGE: Final = 2_000
RUNS_SHOWN: Final = 5
SKIPPED_MAX: Final = 50
PICO_PER_MICRO: Final = 1_000_000
COUNTED: Final = ("input_tokens", "output_tokens", "cache_read", "cache_write", "cache_write_1h", "reasoning")
TOKENS: Final = ("tokens_in", "tokens_out", "cache_read", "cache_write", "cache_write_1h", "reasoning")
NOT_KEPT: Final = frozenset({"audio_in", "audio_out", "image_in", "image_out", "requests_k"})
"""Units that the books do not count: models that charge by them keep what they cost."""
SLOTS_A_MINUTE: Final = SLOT_NS // (60 * NS_PER_S)


class Charge(msgspec.Struct, frozen=True):
    """One row of the books."""

    slot: int
    run: str
    agent: str
    provider: str
    model: str
    tool: str
    size: int
    version: str
    calls: int
    unpriced: int
    micro_usd: int
    tokens_in: int
    tokens_out: int
    cache_read: int
    cache_write: int
    cache_write_1h: int
    reasoning: int


class Anew(msgspec.Struct, frozen=True):
    """A charge that costs something else now."""

    charge: Charge
    micro_usd: int
    unpriced: int
    source: str

    @property
    def delta(self) -> int:
        """By how much it is dearer, in micro-USD."""
        return self.micro_usd - self.charge.micro_usd


class Repricing:
    """Prices what was recorded anew."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def reprice(self, ask: RepriceAsk) -> Repriced:
        """What the calls of a time would cost at the prices of now; with `apply` they do.

        Raises:
            Invalid: a time cannot be read.
        """
        first, after = _slot(ask.since, 0), _slot(ask.until, 2**62)
        sums = _Sums()
        if not ask.apply:
            async with self._db.read() as connection:
                async for page in _pages(connection, first, after):
                    sums.take(page)
            return sums.show(applied=False)
        async with self._db.write() as connection:
            async for page in _pages(connection, first, after):
                await _write(connection, sums.take(page))
            told = sums.show(applied=True)
            await connection.execute(
                sa.insert(repricings).values(
                    id=new_id("rep"),
                    by=ask.by,
                    at_ns=self._clock(),
                    since_slot=first,
                    until_slot=min(after, 2**53),
                    changes=[change.model_dump() for change in told.changes],
                )
            )
        return told


class _Sums:
    """What comes of the charges seen so far."""

    def __init__(self) -> None:
        self._calls = self._before = self._after = 0
        self._models: defaultdict[tuple[str, str, str], list[Anew]] = defaultdict(list)
        self._runs: defaultdict[tuple[str, str, str], defaultdict[str, int]] = defaultdict(
            lambda: defaultdict(int)
        )
        self._totals: dict[tuple[str, str, str], list[int]] = {}
        self._skipped: dict[str, None] = {}

    def take(self, page: list[Charge]) -> list[Anew]:
        """Price some charges; returns those that change."""
        changed: list[Anew] = []
        for charge in page:
            self._calls += charge.calls
            self._before += charge.micro_usd
            anew = self._price(charge)
            self._after += anew.micro_usd if anew else charge.micro_usd
            if anew is not None:
                self._note(anew)
                changed.append(anew)
        return changed

    def show(self, *, applied: bool) -> Repriced:
        """All of it."""
        changes = [
            Change(
                provider=provider,
                model=model,
                calls=sums[0],
                before_usd=usd(sums[1]) or 0.0,
                unpriced_before=sums[2],
                after_usd=usd(sums[3]) or 0.0,
                unpriced_after=sums[4],
                source=source,
                runs=_largest(self._runs[provider, model, source]),
            )
            for (provider, model, source), sums in self._totals.items()
        ]
        changes.sort(key=lambda one: -abs(one.after_usd - one.before_usd))
        return Repriced(
            applied=applied,
            calls=self._calls,
            before_usd=usd(self._before) or 0.0,
            after_usd=usd(self._after) or 0.0,
            changes=changes,
            skipped=list(self._skipped),
        )

    def _price(self, charge: Charge) -> Anew | None:
        """A charge at the prices of now for its day; None when it stays as it is."""
        on = datetime.fromtimestamp(charge.slot * SLOT_NS / NS_PER_S, UTC).date().isoformat()
        tariff = find_tariff(charge.provider, charge.model, on)
        if tariff is None:
            return None  # nobody knows a price now; what was known then stays
        if not NOT_KEPT.isdisjoint(tariff.rates(on)):
            self._skip(f"{charge.provider}/{charge.model}: it is charged by more than tokens")
            return None
        micro_usd = price_sum(charge.provider, charge.model, msgspec.structs.asdict(charge), on)
        if micro_usd is None:
            self._skip(f"{charge.provider}/{charge.model}: its price lacks a side of the call")
            return None
        counted = charge.tokens_in or charge.tokens_out
        # Where some calls had a price, the others had no usage, and cannot be priced now either.
        unpriced = 0 if counted and charge.unpriced == charge.calls else charge.unpriced
        # Each call was rounded up by itself, so the same price may seem lower by less than one a call.
        same = 0 <= charge.micro_usd - micro_usd <= charge.calls and unpriced == charge.unpriced
        return (
            None if same else Anew(charge, micro_usd, unpriced, f"{tariff.source} {tariff.version}".strip())
        )

    def _skip(self, why: str) -> None:
        if len(self._skipped) < SKIPPED_MAX:
            self._skipped[why] = None

    def _note(self, anew: Anew) -> None:
        charge = anew.charge
        key = (charge.provider, charge.model, anew.source)
        sums = self._totals.setdefault(key, [0, 0, 0, 0, 0])
        for place, amount in enumerate(
            (charge.calls, charge.micro_usd, charge.unpriced, anew.micro_usd, anew.unpriced)
        ):
            sums[place] += amount
        self._runs[key][charge.run] += anew.delta


def price_sum(provider: str, model: str, sums: Mapping[str, Any], on: str) -> int | None:
    """Micro-USD of calls of one length class, from their sums; None when no price is known.

    All calls but one are taken at their mean, and the last one carries the remainder.
    """
    calls = max(1, sums["calls"])
    counts = [sums[name] for name in TOKENS]
    mean = [count // calls for count in counts]
    rest = [count - each * (calls - 1) for count, each in zip(counts, mean, strict=True)]
    each = price(provider, model, _usage(mean), on=on).cost_pico_usd
    last = price(provider, model, _usage(rest), on=on).cost_pico_usd
    if each is None or last is None:
        return None
    return -(-(each * (calls - 1) + last) // PICO_PER_MICRO)


def _usage(counts: list[int]) -> Usage:
    return msgspec.convert(dict(zip(COUNTED, counts, strict=True)), Usage)


async def _pages(connection: AsyncConnection, first: int, after: int) -> AsyncIterator[list[Charge]]:
    """The charges of models in a time, some at a time, in the order of their key."""
    columns = [charges.c[name] for name in Charge.__struct_fields__]
    key = sa.tuple_(*(charges.c[name] for name in CHARGE_KEY))
    place: tuple[Any, ...] | None = None
    while True:
        query = sa.select(*columns).where(
            charges.c.slot >= first, charges.c.slot < after, charges.c.model != ""
        )
        if place is not None:
            query = query.where(key > sa.tuple_(*map(sa.literal, place)))
        rows = (
            await connection.execute(query.order_by(*(charges.c[n] for n in CHARGE_KEY)).limit(PAGE))
        ).all()
        page = [Charge(*row) for row in rows]
        if page:
            yield page
            last = page[-1]
            place = tuple(getattr(last, name) for name in CHARGE_KEY)
        if len(page) < PAGE:
            return


async def _write(connection: AsyncConnection, changed: list[Anew]) -> None:
    """Let new costs hold in everything that they were added to."""
    of_runs: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    of_minutes: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    of_agents: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for anew in changed:
        charge = anew.charge
        same = [charges.c[name] == getattr(charge, name) for name in CHARGE_KEY]
        values = {"micro_usd": anew.micro_usd, "unpriced": anew.unpriced}
        await connection.execute(sa.update(charges).where(*same).values(values))
        for sums in (
            of_runs[charge.run],
            of_minutes[charge.slot * SLOTS_A_MINUTE, charge.agent],
            of_agents[charge.agent, charge.version],
        ):
            sums[0] += anew.delta
            sums[1] += anew.unpriced - charge.unpriced
    for run, (delta, unpriced) in of_runs.items():
        await connection.execute(
            sa.update(runs)
            .where(runs.c.id == run)
            .values(
                cost_micro_usd=runs.c.cost_micro_usd + delta,
                unpriced_calls=runs.c.unpriced_calls + unpriced,
                priced_calls=runs.c.priced_calls - unpriced,
            )
        )
    for (minute, agent), (delta, unpriced) in of_minutes.items():
        await _add_to_minutes(connection, minute, agent, delta, unpriced)
    for (agent, version), (delta, unpriced) in of_agents.items():
        await connection.execute(
            sa.update(totals)
            .where(totals.c.agent == agent, totals.c.version == version)
            .values(micro_usd=totals.c.micro_usd + delta, unpriced=totals.c.unpriced + unpriced)
        )


async def _add_to_minutes(
    connection: AsyncConnection, minute: int, agent: str, delta: int, unpriced: int
) -> None:
    """A slot is five minutes; its difference goes to the first of them in which the agent spent anything."""
    of_agent = (spend.c.agent == agent, spend.c.minute >= minute, spend.c.minute < minute + SLOTS_A_MINUTE)
    first = await connection.scalar(sa.select(sa.func.min(spend.c.minute)).where(*of_agent))
    if first is not None:
        values = {"micro_usd": spend.c.micro_usd + delta, "unpriced": spend.c.unpriced + unpriced}
        await connection.execute(
            sa.update(spend).where(spend.c.agent == agent, spend.c.minute == first).values(values)
        )


def _largest(by_run: Mapping[str, int]) -> list[str]:
    return sorted(by_run, key=lambda run: -abs(by_run[run]))[:RUNS_SHOWN]


def _slot(text: str | None, otherwise: int) -> int:
    if not text:
        return otherwise
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"{text!r} is not a time", hint="Write 2026-11-21 or 2026-11-21T18:00:00Z.") from error
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * NS_PER_S) // SLOT_NS
