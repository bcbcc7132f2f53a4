"""What a model call costs, and which price said so.

Inside, money is exact: picodollars (1 USD = 10¹²). `cost_micro_usd` is rounded up: a call that was paid for
never counts as nothing, and a budget is never understated; whoever adds up many calls adds `cost_pico_usd`
and rounds once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from holdfast.record.tariffs import PICO_PER_MICRO, Rate, Tariff, at, find_rates, table_version, today
from holdfast.record.usage import Usage, read_usage

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["PICO_PER_MICRO", "Priced", "Usage", "affordable", "estimate_max", "price", "read_usage"]

_UNNAMED: Final = "nobody said who was asked; priced as {seller} does"
_UNKNOWN: Final = "no price is known for {provider}/{model}: the cost is unknown, not zero"
_NO_RATE: Final = "{provider} has no price for {what} of {model}: the cost is unknown, not zero"
_NO_TIER: Final = "no price is known for {model} at {tier}: priced as usual"


class Priced(msgspec.Struct, frozen=True, gc=False):
    """A cost with its provenance; None means unknown, which is never zero."""

    cost_micro_usd: int | None
    source: str
    version: str
    model: str
    """The name under which the price was found; empty when it was not."""
    warnings: tuple[str, ...] = ()
    cost_pico_usd: int | None = None
    provider: str = ""
    """Whose price it is."""

    @property
    def cost_usd(self) -> Decimal | None:
        """The exact cost in dollars."""
        from decimal import Decimal

        return None if self.cost_pico_usd is None else Decimal(self.cost_pico_usd).scaleb(-12)


def price(provider: str, model: str, usage: Usage, *, on: str = "", tier: str = "") -> Priced:
    """Price one call.

    Args:
        provider: who was asked; each sets prices of its own. The maker when empty.
        model: as the provider reported it: dated, prefixed or not.
        usage: its tokens.
        on: when it was made: an ISO date, or one with a time in UTC; today when empty.
        tier: how it was asked for, where that has a price of its own: `batch`, `flex`, `priority`, …
    """
    on = on or today()
    tariff, rates = find_rates(provider, model, on, tier)
    if tariff is None:
        source, version = table_version()
        warning = _UNKNOWN.format(provider=provider or "?", model=model or "?")
        return Priced(None, source, version, "", (warning,))
    if (lacking := _lacking(rates, usage)) != "":
        warning = _NO_RATE.format(provider=tariff.provider or provider, what=lacking, model=model)
        return Priced(None, tariff.source, tariff.version, tariff.model, (warning,), provider=tariff.provider)
    pico = _cost(rates, usage)
    return Priced(
        -(-pico // PICO_PER_MICRO),
        tariff.source,
        tariff.version,
        tariff.model,
        _warnings(tariff, provider, tier),
        pico,
        tariff.provider,
    )


def estimate_max(model: str, tokens_in: int, max_tokens: int) -> int | None:
    """The most a call can cost in micro-USD, known before it is made; None when no price is known.

    Every prompt token is taken at the dearest rate it can have, since nobody knows yet what will be cached.
    """
    rates = _rates(model)
    if rates is None:
        return None
    answer = _dearest(rates, tokens_in, ("output", "reasoning"))
    return -(-(tokens_in * _dearest_prompt(rates, tokens_in) + max_tokens * answer) // PICO_PER_MICRO)


def affordable(model: str, tokens_in: int, micro_usd: int) -> int | None:
    """How many tokens an answer can have so that the call stays within an amount; None without a price.

    Zero or less when not even the question can be paid for; `estimate_max` of the result never exceeds it.
    """
    rates = _rates(model)
    if rates is None:
        return None
    answer = _dearest(rates, tokens_in, ("output", "reasoning"))
    if answer == 0:
        return None
    return (micro_usd * PICO_PER_MICRO - tokens_in * _dearest_prompt(rates, tokens_in)) // answer


def _rates(model: str) -> Mapping[str, Rate] | None:
    _, rates = find_rates("", model, today())
    return rates if "input" in rates or "output" in rates else None


def _dearest_prompt(rates: Mapping[str, Rate], tokens_in: int) -> int:
    return _dearest(rates, tokens_in, ("input", "cache_write", "cache_write_1h"))


def _dearest(rates: Mapping[str, Rate], tokens_in: int, names: tuple[str, ...]) -> int:
    return max(at(rates.get(name, 0), tokens_in) for name in names)


def _lacking(rates: Mapping[str, Rate], usage: Usage) -> str:
    """Which side of the call was used and has no price at all."""
    if not rates:
        return "tokens"
    if usage.input_tokens and not rates.keys() & {"input", "requests_k", "image_in", "audio_in"}:
        return "the prompt"
    if usage.output_tokens and not rates.keys() & {"output", "requests_k", "image_out", "audio_out"}:
        return "the answer" if "input" not in rates or usage.output_tokens > usage.input_tokens else ""
    return ""


def _cost(rates: Mapping[str, Rate], usage: Usage) -> int:
    """Picodollars; a part larger than its whole is cut to it: a broken counter makes no negative price.

    What has no price of its own costs as what it is a part of.
    """
    whole = usage.input_tokens
    if usage == Usage(whole, usage.output_tokens):
        fresh, made = at(rates.get("input", 0), whole), at(rates.get("output", 0), whole)
        return whole * fresh + usage.output_tokens * made + at(rates.get("requests_k", 0), whole)

    def per(name: str, otherwise: int) -> int:
        rate = rates.get(name)
        return otherwise if rate is None else at(rate, whole)

    fresh, made = per("input", 0), per("output", 0)
    written = per("cache_write", fresh)
    rest_in, rest_out, cost = whole, usage.output_tokens, 0
    hour = min(usage.cache_write_1h, usage.cache_write)
    for count, rate in (
        (usage.cache_read, per("cache_read", fresh)),
        (usage.cache_write - hour, written),
        (hour, per("cache_write_1h", written)),
        (usage.audio_in, per("audio_in", fresh)),
        (usage.image_in, per("image_in", fresh)),
    ):
        taken = min(count, rest_in)
        rest_in -= taken
        cost += taken * rate
    for count, rate in (
        (usage.reasoning, per("reasoning", made)),
        (usage.audio_out, per("audio_out", made)),
        (usage.image_out, per("image_out", made)),
    ):
        taken = min(count, rest_out)
        rest_out -= taken
        cost += taken * rate
    asked = usage.searches * per("searches_k", 0) + per("requests_k", 0)
    return cost + rest_in * fresh + rest_out * made + asked


def _warnings(tariff: Tariff, provider: str, tier: str) -> tuple[str, ...]:
    unnamed = () if provider else (_UNNAMED.format(seller=tariff.provider or tariff.source),)
    known = not tier or tier in {"standard", "default", "on_demand"} or tariff.has_tier(tier)
    return unnamed if known else (*unnamed, _NO_TIER.format(model=tariff.model, tier=tier))
