"""What a model call costs, and which price said so.

Inside, money is exact: picodollars (1 USD = 10¹²), because a million tokens at $0.0375 is 37,500 of them a
token and no price in the table is finer. `cost_micro_usd` is rounded up: a call that was paid for never
counts as nothing, and a budget is never understated; whoever adds up many calls adds `cost_pico_usd` and
rounds once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import msgspec

if TYPE_CHECKING:
    from decimal import Decimal

PICO_PER_MICRO: Final = 1_000_000
_RESOLD: Final = "{provider} sets its own price for {model}, and that is not known here"
_UNNAMED: Final = "nobody said who was asked; priced as the maker of {model} does"
_UNKNOWN: Final = "no price is known for {provider}/{model}: the cost is unknown, not zero"


class Usage(msgspec.Struct, frozen=True, gc=False):
    """Tokens of one call in one canon: whatever a provider counts apart is inside the whole here."""

    input_tokens: int = 0
    """All of the prompt, cached or not."""
    output_tokens: int = 0
    """All of the answer, reasoning included."""
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0
    cache_write_1h: int = 0
    """The part of `cache_write` that is kept for an hour and costs more."""


class Rates(msgspec.Struct, frozen=True, gc=False):
    """Picodollars a token."""

    input: int
    output: int
    cache_read: int
    cache_write: int
    cache_write_1h: int


class Tariff(msgspec.Struct, frozen=True, gc=False):
    """The price of one model from one day on."""

    model: str
    maker: str
    since: str
    """ISO date; empty for as long as the model has existed."""
    rates: Rates
    above_tokens: int = 0
    """Longer prompts cost `rates_above`, all of their tokens; 0 when there is no such step."""
    rates_above: Rates | None = None


class Priced(msgspec.Struct, frozen=True, gc=False):
    """A cost with its provenance; None means unknown, which is never zero."""

    cost_micro_usd: int | None
    source: str
    version: str
    model: str
    """The name under which the price was found; empty when it was not."""
    warnings: tuple[str, ...] = ()
    cost_pico_usd: int | None = None

    @property
    def cost_usd(self) -> Decimal | None:
        """The exact cost in dollars."""
        from decimal import Decimal

        return None if self.cost_pico_usd is None else Decimal(self.cost_pico_usd).scaleb(-12)


class _Table(msgspec.Struct, frozen=True):
    source: str
    version: str
    tariffs: Mapping[str, tuple[Tariff, ...]]
    """Under every name a model goes by, newest price first."""


def price(provider: str, model: str, usage: Usage, *, on: str = "") -> Priced:
    """Price one call.

    Args:
        provider: who was asked. A reseller sets its own price, so there its cost is unknown.
        model: as the provider reported it: dated, prefixed or not.
        usage: its tokens.
        on: the ISO date of the call; the newest price when empty.
    """
    table = _table()
    tariff = _find(model, on)
    if tariff is None:
        warning = _UNKNOWN.format(provider=provider or "?", model=model or "?")
        return Priced(None, table.source, table.version, "", (warning,))
    if provider and provider.lower() not in _NAMES_OF_MAKERS[tariff.maker]:
        warning = _RESOLD.format(provider=provider, model=model)
        return Priced(None, table.source, table.version, "", (warning,))
    warnings = () if provider else (_UNNAMED.format(model=model),)
    pico = _cost(_rates(tariff, usage.input_tokens), usage)
    return Priced(-(-pico // PICO_PER_MICRO), table.source, table.version, tariff.model, warnings, pico)


def estimate_max(model: str, tokens_in: int, max_tokens: int) -> int | None:
    """The most a call can cost in micro-USD, known before it is made; None when no price is known.

    Every prompt token is taken at the dearest rate it can have, since nobody knows yet what will be cached.
    """
    tariff = _find(model, "")
    if tariff is None:
        return None
    rates = _rates(tariff, tokens_in)
    dearest = max(rates.input, rates.cache_write, rates.cache_write_1h)
    return -(-(tokens_in * dearest + max_tokens * rates.output) // PICO_PER_MICRO)


def affordable(model: str, tokens_in: int, micro_usd: int) -> int | None:
    """How many tokens an answer can have so that the call stays within an amount; None without a price.

    Zero or less when not even the question can be paid for; `estimate_max` of the result never exceeds it.
    """
    tariff = _find(model, "")
    if tariff is None:
        return None
    rates = _rates(tariff, tokens_in)
    if rates.output == 0:
        return None
    dearest = max(rates.input, rates.cache_write, rates.cache_write_1h)
    return (micro_usd * PICO_PER_MICRO - tokens_in * dearest) // rates.output


def read_usage(raw: Mapping[str, Any]) -> Usage:
    """Read a provider's usage object: OpenAI (both APIs), Anthropic or Gemini, told apart by their fields.

    OpenAI and Gemini count cached tokens inside the prompt; Anthropic counts them beside it. Gemini counts
    thoughts beside the answer; the others inside it.
    """
    if "promptTokenCount" in raw or "candidatesTokenCount" in raw:
        return _gemini_usage(raw)
    if "prompt_tokens" in raw or "completion_tokens" in raw:
        return _openai_usage(raw, "prompt_tokens", "completion_tokens")
    if "input_tokens_details" in raw or "output_tokens_details" in raw:
        return _openai_usage(raw, "input_tokens", "output_tokens")
    return _anthropic_usage(raw)


def _openai_usage(raw: Mapping[str, Any], prompt: str, answer: str) -> Usage:
    inside, outside = _part(raw, f"{prompt}_details"), _part(raw, f"{answer}_details")
    return Usage(
        input_tokens=_count(raw, prompt),
        output_tokens=_count(raw, answer),
        cache_read=_count(inside, "cached_tokens"),
        cache_write=_count(inside, "cache_write_tokens"),
        reasoning=_count(outside, "reasoning_tokens"),
    )


def _anthropic_usage(raw: Mapping[str, Any]) -> Usage:
    read, write = _count(raw, "cache_read_input_tokens"), _count(raw, "cache_creation_input_tokens")
    return Usage(
        input_tokens=_count(raw, "input_tokens") + read + write,
        output_tokens=_count(raw, "output_tokens"),
        cache_read=read,
        cache_write=write,
        cache_write_1h=_count(_part(raw, "cache_creation"), "ephemeral_1h_input_tokens"),
    )


def _gemini_usage(raw: Mapping[str, Any]) -> Usage:
    thoughts = _count(raw, "thoughtsTokenCount")
    return Usage(
        input_tokens=_count(raw, "promptTokenCount") + _count(raw, "toolUsePromptTokenCount"),
        output_tokens=_count(raw, "candidatesTokenCount") + thoughts,
        cache_read=_count(raw, "cachedContentTokenCount"),
        reasoning=thoughts,
    )


def _count(raw: Mapping[str, Any], name: str) -> int:
    """A token counter; what is missing, negative or not a whole number counts as nothing."""
    value = raw.get(name)
    return value if isinstance(value, int) and value > 0 else 0


def _part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = raw.get(name)
    return value if _is_mapping(value) else {}


def _is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _cost(rates: Rates, usage: Usage) -> int:
    """Picodollars; a part larger than its whole is cut to it: a broken counter makes no negative price."""
    read = min(usage.cache_read, usage.input_tokens)
    write = min(usage.cache_write, usage.input_tokens - read)
    hour = min(usage.cache_write_1h, write)
    return (
        (usage.input_tokens - read - write) * rates.input
        + read * rates.cache_read
        + (write - hour) * rates.cache_write
        + hour * rates.cache_write_1h
        + usage.output_tokens * rates.output
    )


def _rates(tariff: Tariff, tokens_in: int) -> Rates:
    stepped = tariff.rates_above is not None and tokens_in > tariff.above_tokens
    return tariff.rates_above if stepped and tariff.rates_above else tariff.rates


@lru_cache(maxsize=1024)
def _find(model: str, on: str) -> Tariff | None:
    tariffs = _table().tariffs
    found = next((tariffs[name] for name in _names(model) if name in tariffs), ())
    return next((tariff for tariff in found if not on or tariff.since <= on), None)


_NAMES_OF_MAKERS: Final[Mapping[str, frozenset[str]]] = {
    "openai": frozenset({"openai", "azure", "azure-openai", "azure.ai.openai"}),
    "anthropic": frozenset({"anthropic"}),
    "google": frozenset(
        {"google", "gemini", "vertex", "vertex_ai", "gcp.gemini", "gcp.vertex_ai", "gcp.gen_ai"}
    ),
}
_PREFIX: Final = re.compile(r"^(?:[a-z]{2,6}\.)?(?:anthropic|openai|google)\.")
_SUFFIX: Final = re.compile(
    r"(?:-v[0-9]+(?::[0-9]+)?|-latest|[-@](?:20[0-9]{2}-[0-9]{2}-[0-9]{2}|20[0-9]{6})|-00[0-9])$"
)


def _names(model: str) -> tuple[str, ...]:
    """The names to look a model up by, most exact first: as it is, without its provider, without its date."""
    whole = model.lower().removeprefix("models/")
    bare = _PREFIX.sub("", whole.rpartition("/")[2])
    dateless = bare
    while (shorter := _SUFFIX.sub("", dateless)) != dateless:
        dateless = shorter
    return (whole, bare, dateless)


@cache
def _table() -> _Table:
    """The shipped table, read with the first call that has a price."""
    import tomllib
    from decimal import Decimal
    from importlib.resources import files

    text = files("holdfast.record").joinpath("prices.toml").read_text("utf-8")
    raw = tomllib.loads(text, parse_float=Decimal)
    tariffs: dict[str, list[Tariff]] = {}
    for row in raw["model"]:
        tariff = _tariff(row)
        for name in (row["name"], *row.get("aliases", ())):
            tariffs.setdefault(name, []).append(tariff)
    newest_first = {
        name: tuple(sorted(rows, key=lambda row: row.since, reverse=True)) for name, rows in tariffs.items()
    }
    return _Table(raw["source"], raw["version"], newest_first)


def _tariff(row: dict[str, Any]) -> Tariff:
    above = row.get("above")
    return Tariff(
        row["name"],
        row["maker"],
        row.get("since", ""),
        _read_rates(row),
        above["tokens"] if above else 0,
        _read_rates(above) if above else None,
    )


def _read_rates(row: dict[str, Any]) -> Rates:
    """Dollars a million tokens become picodollars a token; what has no price of its own costs like input."""
    from decimal import Decimal

    def pico(name: str, otherwise: Decimal) -> int:
        return int(Decimal(row.get(name, otherwise)) * PICO_PER_MICRO)

    base = Decimal(row["input"])
    written = Decimal(row.get("cache_write", base))
    return Rates(
        input=pico("input", base),
        output=pico("output", Decimal(0)),
        cache_read=pico("cache_read", base),
        cache_write=pico("cache_write", base),
        cache_write_1h=pico("cache_write_1h", written),
    )
