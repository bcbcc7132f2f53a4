"""Money: exact inside, never zero when unknown, the providers' counters told apart."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from holdfast.record import Usage, estimate_max, price, read_usage
from holdfast.record.tariffs import override

TRUTH = Path(__file__).parents[5] / "shared" / "data" / "prices" / "expected_costs.jsonl.gz"


def test_a_call_is_priced_exactly_and_rounded_up_to_micro_dollars() -> None:
    priced = price("openai", "gpt-4o-mini-2024-07-18", Usage(input_tokens=30, output_tokens=27))
    assert priced.cost_usd == Decimal("0.0000207")
    assert priced.cost_micro_usd == 21
    assert (priced.model, priced.warnings) == ("gpt-4o-mini", ())
    assert priced.source
    assert priced.version


def test_many_small_calls_lose_no_cent() -> None:
    calls = [price("openai", "text-embedding-3-small", Usage(input_tokens=7)) for _ in range(1000)]
    assert sum(call.cost_usd or 0 for call in calls) == Decimal("0.00014")
    assert all(call.cost_micro_usd == 1 for call in calls), "what was paid for never counts as nothing"


@pytest.mark.parametrize(
    ("provider", "model"), [("openai", "no-such-model"), ("", ""), ("openai", "gpt-4o-audio")]
)
def test_an_unknown_price_is_unknown_with_a_warning_never_zero(provider: str, model: str) -> None:
    priced = price(provider, model, Usage(input_tokens=1000))
    assert priced.cost_micro_usd is None
    assert priced.cost_usd is None
    assert "unknown, not zero" in priced.warnings[0]
    assert estimate_max(model, 1000, 1000) is None


def test_a_reseller_sets_its_own_price() -> None:
    usage = Usage(input_tokens=1_000_000)
    assert price("aws", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", usage).cost_usd == Decimal("3.3")
    assert price("anthropic", "claude-sonnet-4-5-20250929", Usage(input_tokens=100_000)).cost_usd == Decimal(
        "0.3"
    )


def test_what_a_reseller_takes_is_unknown_where_nobody_says() -> None:
    priced = price("some-reseller", "gpt-4o", Usage(input_tokens=4020, output_tokens=5))
    assert priced.cost_micro_usd is None
    assert "some-reseller" in priced.warnings[0]


@pytest.mark.parametrize(
    "name",
    [
        "claude-sonnet-4-5",
        "claude-sonnet-4-5-20250929",
        "claude-sonnet-4.5",
        "anthropic/claude-sonnet-4-5",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "claude-sonnet-4-5@20250929",
        "Claude-Sonnet-4-5-latest",
    ],
)
def test_a_model_is_known_by_all_its_names(name: str) -> None:
    assert price("anthropic", name, Usage(input_tokens=1)).model == "claude-sonnet-4-5"


def test_a_dated_model_with_a_price_of_its_own_keeps_it() -> None:
    old = price("openai", "gpt-4o-2024-05-13", Usage(input_tokens=1_000_000))
    new = price("openai", "gpt-4o-2024-08-06", Usage(input_tokens=1_000_000))
    assert (old.cost_usd, new.cost_usd) == (Decimal(5), Decimal("2.5"))


def test_a_price_holds_from_its_day_on() -> None:
    usage = Usage(input_tokens=100_000)
    assert price("openai", "gpt-5.6-sol", usage, on="2026-08-20").cost_usd == Decimal("0.5")
    assert price("openai", "gpt-5.6-sol", usage, on="2026-08-21").cost_usd == Decimal("0.4")
    assert price("openai", "gpt-5.6-sol", usage).cost_usd == Decimal("0.4")


def test_a_batch_costs_what_batches_cost() -> None:
    usage = Usage(input_tokens=1_000_000)
    assert price("openai", "gpt-4o", usage, tier="batch").cost_usd == Decimal("1.25")
    unknown = price("openai", "gpt-4o", usage, tier="midnight")
    assert (unknown.cost_usd, "midnight" in unknown.warnings[0]) == (Decimal("2.5"), True)


def test_own_prices_stand_before_the_table() -> None:
    rows = [
        {"model": "gpt-4o", "input": 1, "output": 2, "since": "2026-01-01"},
        {"provider": "in-house", "model": "llama-*", "input": 0.0, "output": 0.5},
    ]
    override(rows, source="prices.toml")
    try:
        mine = price("openai", "gpt-4o", Usage(input_tokens=1_000_000))
        assert (mine.cost_usd, mine.source, mine.version) == (Decimal(1), "prices.toml", "2026-01-01")
        before = price("openai", "gpt-4o", Usage(input_tokens=1_000_000), on="2025-12-31")
        assert before.cost_usd == Decimal("2.5")
        assert price("in-house", "llama-4", Usage(9, 2_000_000)).cost_usd == Decimal(1)
        assert price("elsewhere", "llama-4", Usage(9, 9)).cost_usd is None
    finally:
        override([], source="")
    assert price("openai", "gpt-4o", Usage(input_tokens=1_000_000)).cost_usd == Decimal("2.5")


@pytest.mark.parametrize(
    "row", [{}, {"model": "m"}, {"model": "m", "input": -1}, {"model": "m", "input_price": 3}]
)
def test_an_own_price_that_is_none_is_named(row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="price 1"):
        override([row], source="prices.toml")


def test_a_long_prompt_costs_more_for_every_token() -> None:
    short = price("google", "gemini-2.5-pro", Usage(input_tokens=200_000, output_tokens=1000))
    long = price("google", "gemini-2.5-pro", Usage(input_tokens=200_001, output_tokens=1000))
    assert short.cost_usd == Decimal("0.26")
    assert long.cost_usd == Decimal("0.5150025")


def test_cached_tokens_are_inside_for_openai_and_beside_for_anthropic() -> None:
    openai = read_usage(
        {
            "prompt_tokens": 1000,
            "completion_tokens": 50,
            "prompt_tokens_details": {"cached_tokens": 800},
            "completion_tokens_details": {"reasoning_tokens": 30},
        }
    )
    responses = read_usage(
        {
            "input_tokens": 1000,
            "output_tokens": 50,
            "input_tokens_details": {"cached_tokens": 800},
            "output_tokens_details": {"reasoning_tokens": 30},
        }
    )
    anthropic = read_usage(
        {
            "input_tokens": 100,
            "output_tokens": 50,
            "cache_read_input_tokens": 800,
            "cache_creation_input_tokens": 100,
            "cache_creation": {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40},
        }
    )
    gemini = read_usage(
        {
            "promptTokenCount": 1000,
            "candidatesTokenCount": 20,
            "thoughtsTokenCount": 30,
            "cachedContentTokenCount": 800,
        }
    )
    assert openai == responses == Usage(1000, 50, cache_read=800, reasoning=30)
    assert anthropic == Usage(1000, 50, cache_read=800, cache_write=100, cache_write_1h=40)
    assert gemini == Usage(1000, 50, cache_read=800, reasoning=30)


def test_each_part_of_the_prompt_is_charged_once_at_its_own_rate() -> None:
    usage = Usage(1000, 50, cache_read=800, cache_write=100, cache_write_1h=40)
    # Sonnet 4.5, dollars a million: 3 fresh, 0.30 read, 3.75 and 6 written, 15 out.
    expected = Decimal(100 * 3 + 800 * Decimal("0.3") + 60 * Decimal("3.75") + 40 * 6 + 50 * 15) / 1_000_000
    assert price("anthropic", "claude-sonnet-4-5", usage).cost_usd == expected


@pytest.mark.parametrize(
    "broken", [{"input_tokens": -5}, {"input_tokens": "many"}, {"cache_creation": 3}, {}]
)
def test_broken_counters_make_no_negative_price(broken: dict[str, Any]) -> None:
    usage = read_usage(broken)
    assert (price("anthropic", "claude-sonnet-4-5", usage).cost_micro_usd or 0) >= 0
    assert price("openai", "gpt-4o", Usage(10, 0, cache_read=99, cache_write=99)).cost_micro_usd == 13


def test_the_estimate_is_never_below_the_cost() -> None:
    worst = estimate_max("claude-sonnet-4-5", 1000, 500)
    for usage in (
        Usage(1000, 500),
        Usage(1000, 500, cache_write=1000, cache_write_1h=1000),
        Usage(1000, 1, 1000),
    ):
        assert (price("anthropic", "claude-sonnet-4-5", usage).cost_micro_usd or 0) <= (worst or 0)


@pytest.mark.skipif(
    not TRUTH.exists(), reason="SKIPPED: the recorded costs of real calls are not on this machine"
)
def test_every_recorded_call_that_two_tables_agree_on_costs_what_they_say() -> None:
    checked = 0
    with gzip.open(TRUTH, "rt") as lines:
        for line in lines:
            row = json.loads(line)
            tokens = row["tokens"]
            written = tokens["cache_write"] + tokens["cache_write_1h"]
            usage = Usage(
                tokens["input"] + tokens["cache_read"] + written,
                tokens["output"],
                tokens["cache_read"],
                written,
                tokens["reasoning"],
                tokens["cache_write_1h"],
            )
            priced = price(row["provider"], row["model"], usage, on="2026-08-01")
            if row.get("agree") and priced.cost_usd is not None:
                assert priced.cost_usd == Decimal(row["genai_prices_usd"]), row
                checked += 1
    assert checked > 400
