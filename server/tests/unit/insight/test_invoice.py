"""Every provider's export is read, and what cannot be read is refused with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from holdfast_server.errors import Invalid
from holdfast_server.insight.costs.invoice import read_invoice
from holdfast_server.insight.costs.variance import Recorded, compare, plain

SAMPLES = Path(__file__).parent / "invoices"

OPENAI = (SAMPLES / "openai.csv").read_text()
ANTHROPIC = (SAMPLES / "anthropic.csv").read_text()
GOOGLE = (SAMPLES / "google.csv").read_text()
AZURE = (SAMPLES / "azure.csv").read_text()
AWS = (SAMPLES / "aws.csv").read_text()


@pytest.mark.parametrize(
    ("text", "provider", "model", "kind", "micro_usd"),
    [
        (OPENAI, "openai", "gpt-4o-2024-08-06", "input", 1_250_000),
        (ANTHROPIC, "anthropic", "Claude Haiku 4.5", "input", 50_000),
        (GOOGLE, "google", "Gemini 2.5 Flash", "input", 300_000),
        (AZURE, "azure", "gpt-4o-mini", "input", 135_000),
        (AWS, "aws", "Claude 4.5 Sonnet", "input", 300_000),
    ],
)
def test_each_export_is_known_by_its_columns(text, provider, model, kind, micro_usd):
    found, lines = read_invoice(text)
    assert found == provider
    assert (plain(lines[0].model), lines[0].kind, lines[0].micro_usd) == (plain(model), kind, micro_usd)


def test_lines_above_the_head_and_sums_below_are_passed_over():
    _, lines = read_invoice(GOOGLE)
    assert [(line.model, line.micro_usd) for line in lines] == [("Gemini 2.5 Flash", 300_000), ("", 20_000)]


def test_cached_tokens_are_told_apart():
    _, lines = read_invoice(OPENAI)
    assert [line.kind for line in lines] == ["input", "cache_read"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "no cost export"),
        (OPENAI.replace("1.25,usd", "1.25,eur"), "line 2 is in EUR"),
        (ANTHROPIC.replace("0.11,0.11", "much,0.11"), "line 3: 'much' is no number"),
        (ANTHROPIC.replace("2026-01-01,", "yesterday,"), "line 2: 'yesterday' is no date"),
        (ANTHROPIC.splitlines()[0] + "\n", "no line with a cost"),
        (ANTHROPIC.replace("0.05,0.05", "NaN,0.05"), "is no amount"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text, said):
    with pytest.raises(Invalid, match=re.escape(said)):
        read_invoice(text)


def test_every_difference_has_its_reason():
    _, lines = read_invoice(ANTHROPIC)
    _, other = read_invoice(GOOGLE)
    recorded = {
        ("claude-haiku-4-5-20251001", "2026-01-01"): Recorded(160_100, 0),
        ("claude-opus-4-5", "2026-01-01"): Recorded(500_000, 0),
        ("gemini-2.5-flash", "2026-01-01"): Recorded(100_000, 3),
    }
    told = {one.model: one.reason for one in compare([*lines, *other], recorded)}
    assert told == {
        "claude-haiku-4-5-20251001": "matched",
        "claude-opus-4-5": "not_billed",
        "gemini-2.5-flash": "unpriced",
        "": "no_model",
    }


def test_a_day_that_is_cut_elsewhere_is_no_riddle():
    _, lines = read_invoice(ANTHROPIC)
    recorded = {
        ("claude-haiku-4-5", "2026-01-01"): Recorded(100_000, 0),
        ("claude-haiku-4-5", "2026-01-02"): Recorded(60_000, 0),
    }
    assert [one.reason for one in compare(lines, recorded)] == ["day_shift", "day_shift"]
    apart = {("claude-haiku-4-5", "2026-01-01"): Recorded(90_000, 0)}
    assert [one.reason for one in compare(lines, apart)] == ["unexplained"]
