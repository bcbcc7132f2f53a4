"""Prices for calls that arrived without one; an unknown price is never zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from holdfast.record.price import Usage, price

PriceOf = Callable[[str, str, Mapping[str, Any]], tuple[int | None, dict[str, Any]]]
"""(provider, model, usage) → (micro-USD or None, where the price came from)."""


def price_usage(provider: str, model: str, usage: Mapping[str, Any]) -> tuple[int | None, dict[str, Any]]:
    """Price one call by the table that ships with Holdfast."""
    try:
        counted = msgspec.convert(dict(usage), Usage, strict=False)
    except msgspec.ValidationError as error:
        return None, {
            "source": "",
            "version": "",
            "model": "",
            "warnings": [f"usage not understood: {error}"],
        }
    found = price(provider, model, counted)
    note = {"source": found.source, "version": found.version, "model": found.model}
    return found.cost_micro_usd, {**note, "warnings": list(found.warnings)}
