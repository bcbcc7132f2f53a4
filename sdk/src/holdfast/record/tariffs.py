"""The price table: who sells which model at what price, from when on.

The table is pydantic/genai-prices, one file a provider under `prices/`, written by `scripts/prices.py`; a
file is read when its provider is first asked for. A person's own prices stand before it: `override`.

Money is exact, in picodollars a token: a million tokens at $0.0375 is 37,500 of them a token.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, cast

import msgspec

PICO_PER_MICRO: Final = 1_000_000
PER_THOUSAND: Final = frozenset({"searches_k", "requests_k"})
"""Units that are priced by the thousand instead of the million."""
DAY_S: Final = 86_400
DATE_CHARS: Final = len("2026-01-31")
Rate = int | tuple[tuple[int, int], ...]
"""Picodollars a unit, or such rates each with the prompt tokens above which it holds, highest first."""


class Period(msgspec.Struct, frozen=True, gc=False):
    """The prices of a model for as long as they held."""

    rates: Mapping[str, Rate]
    """Unit → price: input, output, cache_read, cache_write, cache_write_1h, audio_in, searches_k, …"""
    since: str = ""
    """ISO date; empty for as long as the model has existed."""
    hours: tuple[str, str] | None = None
    """From when to when of the day, UTC, it holds; None for the whole day."""
    when: Mapping[str, str] = {}
    """What the call must have asked for: `{"processing": "batch"}`, `{"service_tier": "priority"}`."""


class Tariff(msgspec.Struct, frozen=True, gc=False):
    """What one provider takes for one model."""

    provider: str
    model: str
    source: str
    version: str
    periods: Sequence[Period]
    """The last one that holds counts."""
    variants: Sequence[Period] = ()

    def rates(self, on: str, tier: str = "") -> Mapping[str, Rate]:
        """The prices at a time: an ISO date, or a date and a time of day in UTC."""
        found = next((one for one in reversed(self.periods) if _holds(one, on)), self.periods[0]).rates
        if tier:
            for one in reversed(self.variants):
                if tier in one.when.values() and _holds(one, on):
                    found = {**found, **one.rates}
        return found

    def fits(self, model: str) -> bool:
        """Whether an own price is for this model; `*` at the end of its name stands for anything."""
        return model.startswith(self.model[:-1]) if self.model.endswith("*") else model == self.model

    def has_tier(self, tier: str) -> bool:
        """Whether a way of asking has prices of its own."""
        return any(tier in one.when.values() for one in self.variants)


Found = tuple[Tariff | None, Mapping[str, Rate]]


def at(rate: Rate, tokens_in: int) -> int:
    """A price for a prompt of so many tokens: above a threshold all of them, cached or not, cost more."""
    if isinstance(rate, int):
        return rate
    return next((price for above, price in rate if tokens_in > above), rate[-1][1])


def find_tariff(provider: str, model: str, on: str) -> Tariff | None:
    """The prices of a model at a provider on a day; without a provider those of its maker."""
    provider, model = provider.strip().lower(), model.strip().lower()
    for own in _overrides:
        if own.provider in ("", provider) and own.fits(model) and _holds(own.periods[0], on):
            return own
    return _find(provider, model)


def find_rates(provider: str, model: str, on: str, tier: str = "") -> Found:
    """The prices of a model with what they come to at a time; of many calls a day they are looked up once."""
    return (_rates_of_day if len(on) == DATE_CHARS else _rates_at)(provider, model, on, tier)


def today() -> str:
    """The date on which prices are asked for when nobody says another."""
    return _date(int(time.time()) // DAY_S)


def table_version() -> tuple[str, str]:
    """The source of the table, and the day of it."""
    index = _index()
    return index["source"], index["version"]


def list_overrides() -> Sequence[Tariff]:
    """A person's own prices, the one that is believed first stands first."""
    return _overrides


def override(rows: Iterable[Mapping[str, Any]], *, source: str) -> None:
    """Let a person's own prices stand before the table, in place of all that stood there.

    Args:
        rows: each with `model` (`*` at its end stands for anything), `input` and `output` in dollars a
            million tokens, and perhaps `provider`, `since` and the other units.
        source: where those come from that do not say it themselves; every cost says so.

    Raises:
        ValueError: a row without a model, or with a price that is none; it names the row.
    """
    global _overrides  # noqa: PLW0603  # one process has one price list
    found = [read_override(row, place, source=source) for place, row in enumerate(rows)]
    _overrides = tuple(sorted(found, key=lambda one: one.periods[0].since, reverse=True))
    _rates_of_day.cache_clear()


def read_override(row: Mapping[str, Any], place: int, *, source: str) -> Tariff:
    """One row of a person's own prices.

    Raises:
        ValueError: it has no model, or a price that is none.
    """
    model = str(row.get("model", "")).strip().lower()
    if not model:
        raise ValueError(f"price {place + 1} names no model")
    about = {"model", "provider", "since", "source", "note"}
    prices = {name: value for name, value in row.items() if name not in about and value is not None}
    if not prices or any(not _is_price(value) for value in prices.values()) or prices.keys() - set(UNITS):
        names = ", ".join(UNITS)
        raise ValueError(f"price {place + 1} ({model}) must say dollars as numbers under: {names}")
    since = str(row.get("since") or "")
    period = Period({name: _rate(value, name) for name, value in prices.items()}, since=since)
    seller = str(row.get("provider") or "").strip().lower()
    return Tariff(seller, model, str(row.get("source") or source), since, (period,))


UNITS: Final = (
    *("input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning"),
    *("audio_in", "audio_out", "audio_read", "image_in", "image_out", "searches_k", "requests_k"),
)
"""What can have a price."""

_overrides: tuple[Tariff, ...] = ()
_ALSO_CALLED: Final = {
    "gemini": "google",
    "vertex": "google",
    "vertex_ai": "google",
    "google-vertex": "google",
    "gcp.gemini": "google",
    "gcp.vertex_ai": "google",
    "gcp.gen_ai": "google",
    "azure-openai": "azure",
    "azure.ai.openai": "azure",
    "az.ai.openai": "azure",
    "xai": "x-ai",
    "together_ai": "together",
    "moonshot": "moonshotai",
}
_PREFIX: Final = re.compile(r"^(?:[a-z]{2,6}\.)?(?:anthropic|openai|google)\.")
_SUFFIX: Final = re.compile(
    r"(?:-v[0-9]+(?::[0-9]+)?|-latest|[-@](?:20[0-9]{2}-[0-9]{2}-[0-9]{2}|20[0-9]{6})|-00[0-9])$"
)
_COMPACT: Final = re.compile(r"-(20[0-9]{2})([01][0-9])([0-3][0-9])$")
_FOLDER: Final = Path(__file__).parent / "prices"
Match = Callable[[str], bool]
_Row = tuple[Match, str, Sequence[Period], Sequence[Period]]


def _rates_at(provider: str, model: str, on: str, tier: str) -> Found:
    tariff = find_tariff(provider, model, on)
    return tariff, {} if tariff is None else tariff.rates(on, tier)


_rates_of_day = lru_cache(maxsize=2048)(_rates_at)


@lru_cache(maxsize=4)
def _date(day: int) -> str:
    return datetime.fromtimestamp(day * DAY_S, UTC).date().isoformat()


@lru_cache(maxsize=2048)
def _find(provider: str, model: str) -> Tariff | None:
    seller = _seller(provider, model)
    if not seller:
        return None
    source, version = table_version()
    for name in _names(model):
        for home in (seller, *_index()["providers"][seller]["also"]):
            for fits, found, periods, variants in _models(home):
                if fits(name):
                    return Tariff(home, found, source, version, periods, variants)
    return None


def _seller(provider: str, model: str) -> str:
    """The table's name of who sells; without one the maker, by the name of the model."""
    sellers = _index()["providers"]
    if provider:
        named = _ALSO_CALLED.get(provider, provider)
        return named if named in sellers else next((s for s, (by, _) in _matches().items() if by(named)), "")
    head = model.partition("/")[0] if "/" in model else ""
    if head and (named := _ALSO_CALLED.get(head, head)) in sellers:
        return named
    return next((seller for seller, (_, of) in _matches().items() if any(map(of, _names(model)))), "")


def _names(model: str) -> tuple[str, ...]:
    """The names to look a model up by, most exact first: as it is, without its provider, without its date."""
    whole = model.removeprefix("models/")
    bare = _PREFIX.sub("", whole.rpartition("/")[2])
    dateless = bare
    while (shorter := _SUFFIX.sub("", dateless)) != dateless:
        dateless = shorter
    dashed = _COMPACT.sub(r"-\1-\2-\3", bare)
    return tuple(dict.fromkeys((whole, bare, dashed, dateless)))


@cache
def _index() -> dict[str, Any]:
    return msgspec.json.decode((_FOLDER / "index.json").read_bytes())


@cache
def _matches() -> dict[str, tuple[Match, Match]]:
    """For each seller: is that its name, is that a model of its own."""
    sellers = _index()["providers"]
    return {name: (_match(one["known_as"]), _match(one["models"])) for name, one in sellers.items()}


@cache
def _models(seller: str) -> tuple[_Row, ...]:
    """The models of one seller in the order in which they are tried."""
    lines = (_FOLDER / f"{seller}.jsonl").read_bytes().splitlines()
    rows = map(msgspec.json.decode, lines)
    return tuple(
        (
            _match(row["match"]),
            row["id"],
            tuple(map(_period, row["prices"])),
            tuple(map(_period, row.get("variants", ()))),
        )
        for row in rows
    )


def _match(rule: Any) -> Match:
    """A rule of the table as a function of a name in lower case."""
    if rule is None:
        return lambda _name: False
    kind, *rest = rule
    if kind in {"or", "and"}:
        parts = tuple(map(_match, rest))
        every = any if kind == "or" else all
        return lambda name: every(part(name) for part in parts)
    return _CLAUSES[kind](rest[0])


_CLAUSES: Final[Mapping[str, Callable[[str], Match]]] = {
    "equals": lambda text: lambda name: name == text,
    "starts_with": lambda text: lambda name: name.startswith(text),
    "ends_with": lambda text: lambda name: name.endswith(text),
    "contains": lambda text: lambda name: text in name,
    "regex": lambda text: lambda name, pattern=re.compile(text): pattern.search(name) is not None,
}


def _period(row: Mapping[str, Any]) -> Period:
    hours = row.get("hours")
    return Period(
        {name: _rate(price, name) for name, price in row.items() if name in UNITS},
        row.get("since", ""),
        (hours[0], hours[1]) if hours else None,
        row.get("when", {}),
    )


def _rate(price: Any, unit: str) -> Rate:
    """Dollars a million (or a thousand) become picodollars each."""
    by = 1000 if unit in PER_THOUSAND else 1
    if isinstance(price, list):
        steps = cast("list[Any]", price)
        above = [(int(tokens), round(dollars * PICO_PER_MICRO * by)) for tokens, dollars in steps[1:]]
        return (*sorted(above, reverse=True), (-1, round(steps[0] * PICO_PER_MICRO * by)))
    return round(price * PICO_PER_MICRO * by)


def _is_price(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= PICO_PER_MICRO


def _holds(period: Period, on: str) -> bool:
    if period.since > on[:10]:
        return False
    if period.hours is None:
        return True
    start, end = period.hours
    hour = on[11:16]
    if not hour:
        return False
    return start <= hour < end if start <= end else hour >= start or hour < end
