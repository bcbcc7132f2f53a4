"""Prices as REST shows them and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from holdfast_server.kit.wire import Ask, Name, Note, Wire

Dollars = Annotated[float, Field(ge=0, le=1_000_000)]


class Rates(Ask):
    """Dollars a million tokens, a thousand searches or requests; null costs as what it is a part of."""

    input: Dollars | None = None
    output: Dollars | None = None
    cache_read: Dollars | None = None
    cache_write: Dollars | None = None
    cache_write_1h: Dollars | None = None
    reasoning: Dollars | None = None
    audio_in: Dollars | None = None
    audio_out: Dollars | None = None
    image_in: Dollars | None = None
    image_out: Dollars | None = None
    searches_k: Dollars | None = None
    requests_k: Dollars | None = None


class PriceAsk(Rates):
    """A price to be kept."""

    model: Name = Field(min_length=1)
    """As it is reported; `*` at its end stands for anything."""
    provider: Name = ""
    """Who takes it; empty for whoever sells the model."""
    since: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""
    """The day from which it holds; empty for always."""
    note: Note = ""
    """Why, or where it stands."""
    by: Name = Field(min_length=1)


class RemoveAsk(Ask):
    """Who removes a price."""

    by: Name = Field(min_length=1)


class OwnPrice(Wire):
    """A price that stands before the shipped ones."""

    id: str | None
    """Null for one that a file says; such a price is changed there."""
    provider: str
    model: str
    since: str
    rates: dict[str, float]
    source: str
    note: str = ""
    by: str = ""
    at: datetime | None = None


class Prices(Wire):
    """Where prices come from."""

    source: str
    """The shipped table."""
    version: str
    """The day of it."""
    items: list[OwnPrice]
    """Own prices, the one that is believed first stands first."""


class FoundPrice(Wire):
    """What a model costs on a day."""

    provider: str
    """Whose price it is; empty when nobody's is known."""
    model: str
    """The name under which it was found; empty when it was not."""
    source: str
    version: str
    on: str
    rates: dict[str, Any]
    """Dollars a million tokens by kind; steps as `[[above so many prompt tokens, dollars], …]`."""
    tiers: list[dict[str, str]]
    """Ways of asking that have prices of their own."""


class CallAsk(Ask):
    """One call to be priced."""

    provider: Name = ""
    model: Name = Field(min_length=1)
    usage: dict[str, Any]
    """As the provider sent it, or tokens in our canon."""
    on: Annotated[str, Field(max_length=32)] = ""
    tier: Name = ""


class PricedCall(Wire):
    """What one call costs."""

    tokens: dict[str, int]
    cost_usd: float | None
    """Null when nobody knows."""
    price: dict[str, str]
    warnings: list[str]


class RepriceAsk(Ask):
    """Which history to price anew."""

    since: Annotated[str | None, Field(max_length=64)] = None
    """ISO time; the beginning when null."""
    until: Annotated[str | None, Field(max_length=64)] = None
    """ISO time; now when null."""
    apply: bool = False
    """False shows what would change; true lets it hold."""
    by: Name = Field(min_length=1)


class Change(Wire):
    """What changes for one model."""

    provider: str
    model: str
    calls: int
    before_usd: float
    unpriced_before: int
    """Calls whose cost nobody knew."""
    after_usd: float
    unpriced_after: int
    source: str
    """Whose price it is now, and of which day."""
    runs: list[str]
    """A few of the runs, those that change most first."""


class Repriced(Wire):
    """History at the prices of today."""

    applied: bool
    calls: int
    before_usd: float
    after_usd: float
    changes: list[Change]
    """Only models of which something changes, the largest change first."""
    skipped: list[str]
    """What could not be priced anew from what is kept of it, and why; it stays as it is."""
