"""A person's own prices, as a file says them: `[[price]]` tables that stand before the shipped ones."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, cast

from holdfast.errors import Misconfigured
from holdfast.record.tariffs import override


def read_prices(file: Path) -> list[dict[str, Any]]:
    """The rows of a price file.

    Raises:
        Misconfigured: it cannot be read, or holds something else.
    """
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(
            f"{file}: {error}", hint="Prices stand in [[price]] tables of a TOML file."
        ) from error
    rows = said.pop("price", [])
    if (
        said
        or not isinstance(rows, list)
        or not all(isinstance(row, dict) for row in cast("list[Any]", rows))
    ):
        raise Misconfigured(
            f"{file}: only [[price]] tables belong there", hint="See docs/concepts/prices.md."
        )
    return [_plain(row) for row in cast("list[dict[str, Any]]", rows)]


def use_prices(file: Path | None) -> None:
    """Let the prices of a file stand before the shipped ones; without a file nothing changes.

    Raises:
        Misconfigured: the file, or a row of it, is none.
    """
    if file is None:
        return
    try:
        override(read_prices(file), source=str(file))
    except ValueError as error:
        raise Misconfigured(f"{file}: {error}", hint="See docs/concepts/prices.md for the names.") from error


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """TOML reads a bare date as a date."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
