"""`holdfast price` reads calls by the line and says what each costs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from holdfast.cli.price import price
from holdfast.record.tariffs import override

OPENAI = {"prompt_tokens": 120, "completion_tokens": 18, "prompt_tokens_details": {"cached_tokens": 20}}


def run(
    *lines: object, options: tuple[str, ...] = ("--json",), server: Any = None
) -> tuple[int, list[str], str]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    done = CliRunner().invoke(price, list(options), input=text, obj=server)
    return done.exit_code, done.stdout.splitlines(), done.stderr


def test_each_line_becomes_one() -> None:
    code, lines, _ = run(
        {"provider": "openai", "model": "gpt-4o", "usage": OPENAI},
        {"provider": "openai", "model": "gpt-4o", "usage": {"usage": OPENAI, "choices": []}, "tier": "batch"},
    )
    whole, batch = map(json.loads, lines)
    assert (code, whole["cost_usd"], batch["cost_usd"]) == (0, 0.000455, 0.00024)
    assert (whole["tokens"]["input"], whole["tokens"]["input_uncached"], whole["tokens"]["cache_read"]) == (
        120,
        100,
        20,
    )
    assert whole["price"]["source"].startswith("pydantic/genai-prices")
    assert whole["price"]["version"]
    assert whole["price"]["model"] == "gpt-4o"
    assert whole["warnings"] == []


def test_an_unknown_price_is_null() -> None:
    code, (line,), _ = run({"model": "nobody-knows", "usage": {"input_tokens": 1, "output_tokens": 1}})
    said = json.loads(line)
    assert (code, said["cost_usd"]) == (0, None)
    assert "unknown, not zero" in said["warnings"][0]


def test_a_day_has_its_price() -> None:
    line = {
        "provider": "openai",
        "model": "gpt-5.6-sol",
        "usage": {"prompt_tokens": 1_000, "completion_tokens": 0},
    }
    _, (then,), _ = run({**line, "on": "2026-08-20"})
    _, (by_option,), _ = run(line, options=("--json", "--on", "2026-08-20"))
    _, (now,), _ = run(line)
    assert [json.loads(one)["cost_usd"] for one in (then, by_option, now)] == [0.005, 0.005, 0.004]


def test_bad_lines_are_named_and_the_others_priced() -> None:
    code, lines, told = run("nope", {"model": "gpt-4o", "usage": OPENAI}, {"usage": OPENAI})
    assert (code, len(lines)) == (2, 1)
    assert "line 1" in told
    assert "line 3" in told


def test_own_prices_stand_first(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('[[price]]\nmodel = "gpt-4o"\ninput = 100\noutput = 0\nsince = 2026-01-01\n')
    try:
        _, (line,), _ = run({"model": "gpt-4o", "usage": OPENAI}, options=("--json", "--prices", str(file)))
    finally:
        override([], source="")
    said = json.loads(line)
    assert (said["cost_usd"], said["price"]["source"], said["price"]["version"]) == (
        0.012,
        str(file),
        "2026-01-01",
    )


@pytest.mark.parametrize(
    "text", ["price = 3", "[[price]]\ninput = 3", "[[price]]\nmodel='m'\ninput=-1", "= ="]
)
def test_a_price_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(text)
    done = CliRunner().invoke(price, ["--prices", str(file)], input="")
    assert done.exit_code != 0
    assert str(file) in str(done.exception)


def test_repricing_asks_the_server_and_shows_the_difference() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        row = {"provider": "openai", "model": "m", "calls": 3, "before_usd": None, "unpriced_before": 3}
        change = {**row, "after_usd": 1.5, "unpriced_after": 0}
        sums = {"calls": 3, "before_usd": 0.0, "after_usd": 1.5, "applied": False}
        return httpx.Response(200, json={"changes": [change], **sums})

    asked: list[dict[str, Any]] = []
    code, lines, _ = run(options=("--reprice", "--since", "2026-11-01"), server=httpx.MockTransport(answer))
    assert code == 0
    assert asked[0]["since"] == "2026-11-01"
    assert asked[0]["apply"] is False
    assert "$1.5000" in "\n".join(lines)
    assert "--apply" in lines[-1]
