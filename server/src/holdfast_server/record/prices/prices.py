"""The prices that a server has: people's own before the shipped ones, the same for all its processes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from holdfast.record import price, read_usage
from holdfast.record.answers import find_usage
from holdfast.record.own_prices import read_prices
from holdfast.record.tariffs import (
    PER_THOUSAND,
    PICO_PER_MICRO,
    Rate,
    find_tariff,
    override,
    read_override,
    table_version,
    today,
)
from holdfast_server.errors import Invalid, Misconfigured, NotFound
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.ids import new_id
from holdfast_server.kit.wire import at
from holdfast_server.record.prices.tables import own_prices
from holdfast_server.record.prices.view import CallAsk, FoundPrice, OwnPrice, PriceAsk, PricedCall, Prices

OWN_MAX: Final = 5_000
ABOUT: Final = frozenset({"model", "provider", "since", "note", "by"})
HERE: Final = "this server"
"""The source of a price that was set here; one of a file has the file's name."""


class PriceBook:
    """Own prices of a server."""

    def __init__(self, db: Database, clock: Clock, *, shared: Path, file: Path | None) -> None:
        """Keep prices.

        Args:
            db: where those set here are kept.
            clock: for when.
            shared: the file that other processes of the server read them from.
            file: own prices that a person keeps in a file; those set here stand before them.

        Raises:
            Misconfigured: the file, or a row of it, cannot be used.
        """
        self._db, self._clock, self._shared = db, clock, shared
        self._from_file = _read_file(file) if file else []
        self._items: list[OwnPrice] = []
        self.rows: tuple[Mapping[str, Any], ...] = ()
        """Own prices as `override` takes them; the same object until one changes."""

    async def open(self) -> None:
        """Let the kept prices hold."""
        await self._renew()

    def list(self) -> Prices:
        """Own prices, and what stands behind them."""
        source, version = table_version()
        return Prices(source=source, version=version, items=self._items)

    async def add(self, ask: PriceAsk) -> OwnPrice:
        """Let a price hold from its day on, before all others of this model.

        Raises:
            Invalid: it names no price, or there are too many.
        """
        rates = {
            name: value for name, value in ask.model_dump(exclude=set(ABOUT)).items() if value is not None
        }
        row = {"model": ask.model, "provider": ask.provider, "since": ask.since, **rates}
        try:
            read_override(row, 0, source=HERE)
        except ValueError as error:
            raise Invalid(
                str(error), hint="Give at least `input` and `output`, in dollars a million tokens."
            ) from error
        if len(self._items) >= OWN_MAX:
            raise Invalid(
                f"there are {OWN_MAX} own prices already", hint="Remove some, or end a model with *."
            )
        made = new_id("prc")
        about = {"note": ask.note, "by": ask.by, "at_ns": self._clock(), "rates": rates}
        values = {"id": made, "provider": ask.provider, "model": ask.model, "since": ask.since, **about}
        async with self._db.write() as connection:
            await connection.execute(sa.insert(own_prices).values(values))
        await self._renew()
        return next(item for item in self._items if item.id == made)

    async def remove(self, price_id: str, *, by: str) -> OwnPrice:
        """Let a price hold no longer; what it has priced stays priced.

        Raises:
            NotFound: there is none of this id.
        """
        found = next((item for item in self._items if item.id == price_id), None)
        if found is None:
            raise NotFound(f"there is no price {price_id}", hint="List them: GET /v1/prices.")
        values = {"removed_by": by, "removed_ns": self._clock()}
        async with self._db.write() as connection:
            await connection.execute(sa.update(own_prices).where(own_prices.c.id == price_id).values(values))
        await self._renew()
        return found

    def find(self, provider: str, model: str, on: str) -> FoundPrice:
        """What a model costs on a day; with an empty `model` when nobody knows."""
        on = on or today()
        tariff = find_tariff(provider, model, on)
        if tariff is None:
            source, version = table_version()
            return FoundPrice(
                provider="", model="", source=source, version=version, on=on, rates={}, tiers=[]
            )
        return FoundPrice(
            provider=tariff.provider,
            model=tariff.model,
            source=tariff.source,
            version=tariff.version,
            on=on,
            rates={name: _dollars(name, rate) for name, rate in tariff.rates(on).items()},
            tiers=[dict(one) for one in {tuple(sorted(some.when.items())): None for some in tariff.variants}],
        )

    def price(self, ask: CallAsk) -> PricedCall:
        """What one call costs."""
        usage = read_usage(find_usage(ask.usage) or ask.usage)
        found = price(ask.provider, ask.model, usage, on=ask.on, tier=ask.tier)
        told = {"source": found.source, "version": found.version, "model": found.model}
        return PricedCall(
            tokens=usage.parts(),
            cost_usd=None if found.cost_usd is None else float(found.cost_usd),
            price={**told, "provider": found.provider},
            warnings=list(found.warnings),
        )

    async def _renew(self) -> None:
        """Read what is kept, let it hold here, and tell the other processes."""
        query = (
            sa.select(own_prices).where(own_prices.c.removed_ns.is_(None)).order_by(own_prices.c.at_ns.desc())
        )
        async with self._db.read() as connection:
            kept = [dict(row) for row in (await connection.execute(query.limit(OWN_MAX))).mappings()]
        rows: list[dict[str, Any]] = [_row(one) for one in kept] + self._from_file
        override(rows, source=HERE)
        self.rows = tuple(rows)
        self._items = [
            _item(row, one) for row, one in zip(rows, [*kept, *([None] * len(self._from_file))], strict=True)
        ]
        part = self._shared.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(rows))
        part.replace(self._shared)


def _read_file(file: Path) -> list[dict[str, Any]]:
    rows = read_prices(file)
    try:
        for place, row in enumerate(rows):
            read_override(row, place, source=str(file))
    except ValueError as error:
        raise Misconfigured(f"{file}: {error}", hint="See docs/concepts/prices.md for the names.") from error
    return [{**row, "source": str(file)} for row in rows]


def _row(kept: dict[str, Any]) -> dict[str, Any]:
    about = {name: kept[name] for name in ("provider", "model", "since")}
    return {**about, **kept["rates"], "source": HERE}


def _item(row: dict[str, Any], kept: dict[str, Any] | None) -> OwnPrice:
    about = {"provider", "model", "since", "source", "note", "by"}
    return OwnPrice(
        id=kept["id"] if kept else None,
        provider=str(row.get("provider") or ""),
        model=str(row["model"]),
        since=str(row.get("since") or ""),
        rates={name: value for name, value in row.items() if name not in about},
        source=str(row["source"]),
        note=str((kept or row).get("note") or ""),
        by=str(kept["by"]) if kept else "",
        at=at(kept["at_ns"]) if kept else None,
    )


def _dollars(unit: str, rate: Rate) -> Any:
    by = PICO_PER_MICRO * (1000 if unit in PER_THOUSAND else 1)
    if isinstance(rate, int):
        return rate / by
    return [[above, price / by] for above, price in reversed(rate)]
