"""The usage that recorded answers of real providers report, and what it costs."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from holdfast.record.answers import EVENT_STREAM, find_usage, merge_usage, usage_of_stream
from holdfast.record.price import price
from holdfast.record.usage import NOTHING, Usage, read_usage

SHARED = Path(__file__).parents[5] / "shared" / "data"


def rows(name: str) -> list[dict[str, Any]]:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"../shared/data/{name} is not here: recorded answers are not checked")
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def usage_of(exchange: dict[str, Any]) -> dict[str, Any]:
    answer = exchange["response"]
    body = answer["body"]
    if answer["kind"] == "text":
        return usage_of_stream(body.encode())
    if answer["kind"] == "b64":
        return usage_of_stream(base64.b64decode(body), answer["headers"].get("content-type", EVENT_STREAM))
    usage: dict[str, Any] = {}
    for part in body if isinstance(body, list) else [body]:
        usage = merge_usage(usage, part)
    return usage


def test_usage_is_what_each_provider_sent() -> None:
    exchanges = [one for one in rows("http_exchanges/exchanges.jsonl.gz") if one["usage_raw"]]
    assert len(exchanges) > 700
    for one in exchanges:
        assert usage_of(one) == one["usage_raw"], one["id"]


def test_every_usage_that_counts_tokens_is_understood() -> None:
    exchanges = [one for one in rows("http_exchanges/exchanges.jsonl.gz") if one["usage_raw"]]
    lost = [one["usage_raw"] for one in exchanges if read_usage(one["usage_raw"]) == NOTHING]
    # Guardrails count units and no tokens; a kept cache has a total only; a refused answer used nothing.
    assert all(set(raw) == {"totalTokenCount"} or not any(_tokens(raw)) for raw in lost)


def _tokens(raw: dict[str, Any]) -> list[Any]:
    return [value for name, value in raw.items() if "oken" in name and isinstance(value, int)]


def test_tokens_are_those_of_the_truth() -> None:
    sent = {one["id"]: one["usage_raw"] for one in rows("http_exchanges/exchanges.jsonl.gz")}
    checked = 0
    for row in rows("prices/expected_costs.jsonl.gz"):
        if not row.get("agree"):
            continue
        parts, truth = read_usage(sent[row["exchange"]]).parts(), row["tokens"]
        assert parts["input"] == sum(
            truth[name] for name in ("input", "cache_read", "cache_write", "cache_write_1h")
        )
        assert parts["output"] == truth["output"]
        checked += 1
    assert checked > 500


def test_every_agreed_cost_is_met() -> None:
    for row in rows("prices/expected_costs.jsonl.gz"):
        if not row.get("agree"):
            continue
        found = price(row["provider"], row["model"], read_usage(row["tokens"]), on="2026-08-01")
        truth = float(row["genai_prices_usd"])
        assert found.cost_usd is not None, row
        assert float(found.cost_usd) == pytest.approx(truth, rel=1e-3, abs=1e-15), row


def test_of_a_stream_the_last_value_wins() -> None:
    usage: dict[str, Any] = {}
    for event in (
        {"type": "message_start", "message": {"usage": {"input_tokens": 9, "output_tokens": 1}}},
        {"type": "message_delta", "usage": {"output_tokens": 5}},
        {"type": "message_delta", "usage": {"output_tokens": 12, "input_tokens": None}},
    ):
        usage = merge_usage(usage, event)
    assert usage == {"input_tokens": 9, "output_tokens": 12}


@pytest.mark.parametrize("answer", [None, [], "text", {"usage": 3}, {"usage": []}, {"choices": []}])
def test_an_answer_without_usage_has_none(answer: object) -> None:
    assert find_usage(answer) == {}


@pytest.mark.parametrize("broken", [b"", b"\x00" * 40, b"data: {", b"data: [DONE]\n\n", b"\xff" * 64])
def test_a_broken_stream_has_none(broken: bytes) -> None:
    assert usage_of_stream(broken) == usage_of_stream(broken, EVENT_STREAM) == {}


def test_parts_do_not_overlap() -> None:
    parts = Usage(1000, 50, cache_read=800, cache_write=100, cache_write_1h=40, reasoning=30).parts()
    assert parts["input_uncached"] + parts["cache_read"] + parts["cache_write"] == parts["input"]
    assert parts["cache_write_5m"] + parts["cache_write_1h"] == parts["cache_write"]
    assert parts["output_text"] + parts["reasoning"] == parts["output"]
