"""Prices of the models that are asked again and again: looked up once a day each, then a multiplication.

`holdfast.record.price` is the truth; what a sheet cannot say in two rates is asked there each time.
"""

from __future__ import annotations

import time
from typing import Final

import msgspec

from holdfast.record import Priced, Usage, price
from holdfast.record.price import PICO_PER_MICRO, estimate_max
from holdfast.record.tariffs import Rate, find_tariff, today

SHEETS_MAX: Final = 4_096
TYPICAL: Final = Usage(3_000, 1_000)
DAY_NS: Final = 86_400 * 1_000_000_000
PROMPT: Final = ("input", "cache_write", "cache_write_1h")
ANSWER: Final = ("output", "reasoning")


class Sheet(msgspec.Struct, frozen=True, gc=False):
    """Two rates, in picodollars a token; None where a price depends on more than the number of tokens."""

    input: int | None
    output: int | None
    source: str = ""
    version: str = ""
    model: str = ""
    provider: str = ""


NOTHING: Final = Sheet(None, None)


class Prices:
    """What models cost, as this worker remembers it."""

    def __init__(self) -> None:
        self._sheets: dict[tuple[str, str], Sheet] = {}
        self._dearest: dict[str, Sheet] = {}
        self._day = 0

    def forget(self) -> None:
        """Somebody changed a price."""
        self._sheets.clear()
        self._dearest.clear()

    def renew(self) -> None:
        """Prices hold for days: forget those of yesterday; call it a few times a second."""
        day = time.time_ns() // DAY_NS
        if day != self._day:
            self._day = day
            self.forget()

    def price(self, provider: str, model: str, used: Usage) -> Priced:
        """What a call cost; as its maker sells the model where nobody knows the provider's price."""
        sheet = self._sheets.get((provider, model)) or self._sheet(provider, model)
        if sheet.input is None or sheet.output is None or not is_plain(used):
            found = price(provider, model, used)
            return found if found.cost_micro_usd is not None else price("", model, used)
        pico = used.input_tokens * sheet.input + used.output_tokens * sheet.output
        return Priced(
            -(-pico // PICO_PER_MICRO), sheet.source, sheet.version, sheet.model, (), pico, sheet.provider
        )

    def typical(self, provider: str, model: str) -> float | None:
        """What a chat costs there, three tokens in for one out; None when no price is known."""
        return self.price(provider, model, TYPICAL).cost_micro_usd

    def estimate(self, model: str, tokens_in: int, tokens_out: int) -> int | None:
        """The most a call can cost, in micro-USD; None when no price is known."""
        sheet = self._dearest.get(model) or self._dearest_of(model)
        if sheet.input is None or sheet.output is None:
            return estimate_max(model, tokens_in, tokens_out)
        return -(-(tokens_in * sheet.input + tokens_out * sheet.output) // PICO_PER_MICRO)

    def _sheet(self, provider: str, model: str) -> Sheet:
        if len(self._sheets) >= SHEETS_MAX:
            self._sheets.clear()
        made = self._sheets[provider, model] = _read(provider, model)
        return made

    def _dearest_of(self, model: str) -> Sheet:
        if len(self._dearest) >= SHEETS_MAX:
            self._dearest.clear()
        made = self._dearest[model] = _read_dearest(model)
        return made


def is_plain(used: Usage) -> bool:
    """Whether every token of a call costs as its side does."""
    return not (
        used.cache_read or used.cache_write or used.reasoning
        or used.audio_in or used.audio_out or used.image_in or used.image_out or used.searches
    )  # fmt: skip


def _read(provider: str, model: str) -> Sheet:
    on = today()
    tariff = find_tariff(provider, model, on)
    if tariff is None:
        return NOTHING
    rates = tariff.rates(on)
    if "requests_k" in rates:
        return NOTHING
    asked, made = _whole(rates.get("input")), _whole(rates.get("output"))
    return Sheet(asked, made, tariff.source, tariff.version, tariff.model, tariff.provider)


def _read_dearest(model: str) -> Sheet:
    """Every prompt token at the dearest rate it can have, since nobody knows yet what will be cached."""
    on = today()
    tariff = find_tariff("", model, on)
    if tariff is None:
        return NOTHING
    rates = tariff.rates(on)
    asked = [_whole(rates[name]) for name in PROMPT if name in rates]
    made = [_whole(rates[name]) for name in ANSWER if name in rates]
    if None in asked or None in made or not asked or not made:
        return NOTHING
    return Sheet(max(one for one in asked if one is not None), max(one for one in made if one is not None))


def _whole(rate: Rate | None) -> int | None:
    return rate if isinstance(rate, int) else None
