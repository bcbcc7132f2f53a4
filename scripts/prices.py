"""Write the shipped price table from the genai-prices package that is installed: `python scripts/prices.py`.

One file a provider and one line a model, so that a change of price is a line in a diff. Prices are dollars a
million tokens (or a thousand searches), as the package states them; nothing is added or rounded.
"""

from __future__ import annotations

import json
import tomllib
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, cast

from genai_prices import types
from genai_prices.data import providers

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "sdk" / "src" / "holdfast" / "record" / "prices"
UNITS = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "input_audio_mtok": "audio_in",
    "output_audio_mtok": "audio_out",
    "cache_audio_read_mtok": "audio_read",
    "input_image_mtok": "image_in",
    "output_image_mtok": "image_out",
    "output_reasoning_mtok": "reasoning",
    "web_searches_kcount": "searches_k",
    "requests_kcount": "requests_k",
}
"""Units that a token record can hold; what is charged by the hour, page or letter has no price here."""


def match(clause: Any) -> Any:
    """A rule as the table writes it: `["equals", "gpt-4o"]`, `["or", rule, rule]`."""
    if isinstance(clause, types.ClauseOr):
        return ["or", *map(match, clause.or_)]
    if isinstance(clause, types.ClauseAnd):
        return ["and", *map(match, clause.and_)]
    kind, text = next(iter(cast("dict[str, str]", vars(clause)).items()))
    return [kind, text if kind == "regex" else text.lower()]


def number(amount: Any) -> int | float:
    return int(amount) if amount == int(amount) else float(amount)


def rate(price: Any) -> Any:
    """A price, or `[price, [tokens, price above them], …]`."""
    if isinstance(price, types.TieredPrices):
        return [number(price.base), *([tier.start, number(tier.price)] for tier in price.tiers)]
    return number(price)


def rates(prices: types.ModelPrice) -> dict[str, Any]:
    found = vars(prices).items()
    return {UNITS[unit]: rate(price) for unit, price in found if price is not None and unit in UNITS}


def period(held: Any) -> dict[str, Any]:
    when: dict[str, Any] = {}
    if isinstance(held.constraint, types.StartDateConstraint):
        when["since"] = held.constraint.start_date.isoformat()
    elif isinstance(held.constraint, types.TimeOfDateConstraint):
        when["hours"] = [f"{held.constraint.start_time:%H:%M}", f"{held.constraint.end_time:%H:%M}"]
    return {**when, **rates(held.prices)}


def model(one: types.ModelInfo) -> dict[str, Any]:
    held = one.prices if isinstance(one.prices, list) else [types.ConditionalPrice(prices=one.prices)]
    line: dict[str, Any] = {
        "id": one.id,
        "match": match(one.match),
        "prices": [period(some) for some in held],
    }
    if one.price_variants:
        line["variants"] = [{"when": some.when, **period(some)} for some in one.price_variants]
    return line


def day() -> str:
    """The day on which the package was published, as the lock file has it."""
    locked = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    return next(one["sdist"]["upload-time"][:10] for one in locked if one["name"] == "genai-prices")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.json*"):
        old.unlink()
    index: dict[str, Any] = {}
    for provider in providers:
        lines = [json.dumps(model(one), separators=(",", ":")) for one in provider.models]
        (FOLDER / f"{provider.id}.jsonl").write_text("\n".join(lines) + "\n")
        index[provider.id] = {
            "known_as": match(provider.provider_match) if provider.provider_match else None,
            "models": match(provider.model_match) if provider.model_match else None,
            "also": provider.fallback_model_providers or [],
        }
    package = distribution("genai-prices")
    about = {"source": f"pydantic/genai-prices {package.version}", "version": day(), "providers": index}
    (FOLDER / "LICENSE").write_text(package.read_text("licenses/LICENSE") or "MIT")
    (FOLDER / "index.json").write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
