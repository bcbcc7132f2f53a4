"""Prices for calls that arrived without one; an unknown price is never zero."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from holdfast.record.price import Usage, price
from holdfast.record.tariffs import override


class PriceOf(Protocol):
    """Prices one call."""

    def __call__(
        self, provider: str, model: str, usage: Mapping[str, Any], /, *, on: str = "", tier: str = ""
    ) -> tuple[int | None, dict[str, Any]]:
        """Micro-USD or None, and where the price came from."""
        ...


def price_usage(
    provider: str, model: str, usage: Mapping[str, Any], /, *, on: str = "", tier: str = ""
) -> tuple[int | None, dict[str, Any]]:
    """Price one call by the prices that this process has.

    Args:
        provider: who was asked; the maker when empty.
        model: as it was reported.
        usage: tokens in our canon.
        on: ISO date or time of the call; now when empty.
        tier: how it was asked for: `batch`, `priority`, …
    """
    try:
        counted = msgspec.convert(dict(usage), Usage, strict=False)
    except msgspec.ValidationError as error:
        return None, {
            "source": "",
            "version": "",
            "model": "",
            "warnings": [f"usage not understood: {error}"],
        }
    found = price(provider, model, counted, on=on, tier=tier)
    note: dict[str, Any] = {"source": found.source, "version": found.version, "model": found.model}
    if tier:
        note["tier"] = tier
    return found.cost_micro_usd, {**note, "warnings": list(found.warnings)}


class PriceFile:
    """Own prices as the server wrote them for its other processes; read again when they changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[int, int] | None = None

    def look(self) -> None:
        """Take over what changed; a file that is not there has no prices."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return
        if (stat.st_mtime_ns, stat.st_size) != self._read:
            override(msgspec.json.decode(self._path.read_bytes(), type=list[dict[str, Any]]), source="")
            self._read = (stat.st_mtime_ns, stat.st_size)
