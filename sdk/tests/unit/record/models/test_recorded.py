"""Recorded answers of real providers, through the readers of their APIs."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from holdfast.record.models import Answered, Dialect, ending_of, find_endpoint, glimpse_of
from holdfast.record.models.streams import EventReader

RECORDED = Path(__file__).parents[6] / "shared" / "data" / "http_exchanges" / "exchanges.jsonl.gz"


@cache
def exchanges() -> list[tuple[Dialect, dict[str, Any]]]:
    """Every exchange in which a model answers by an API that we read."""
    if not RECORDED.exists():
        pytest.skip("../shared/data/http_exchanges is not here: recorded exchanges are not read")
    rows = (json.loads(line) for line in gzip.decompress(RECORDED.read_bytes()).splitlines())
    found = ((find_endpoint(one["method"].upper(), one["path"]), one) for one in rows)
    return [(where.dialect, one) for where, one in found if where is not None and where.asks]


def read(dialect: Dialect, answer: dict[str, Any]) -> Answered:
    answered = Answered()
    if answer["kind"] == "text":
        EventReader(lambda event: dialect.read_event(event, answered)).feed(answer["body"].encode() + b"\n")
    elif isinstance(answer["body"], dict):
        dialect.read_answer(answer["body"], answered)
    return answered


def test_every_recorded_usage_is_read_by_its_dialect() -> None:
    checked = 0
    for dialect, one in exchanges():
        # Groq repeats the usage of a stream under a name of its own, which the truth leaves out.
        if one["usage_raw"] is None and "x_groq" in str(one["response"]["body"]):
            continue
        assert read(dialect, one["response"]).usage == (one["usage_raw"] or {}), one["id"]
        checked += 1
    assert checked > 700


def test_every_recorded_request_names_its_model() -> None:
    for dialect, one in exchanges():
        asked = dialect.read_request(one["request"]["body"], one["path"])
        assert asked.model, one["id"]
        if one["model_requested"] is not None:
            assert asked.model == one["model_requested"], one["id"]


def test_a_glimpse_misses_nothing_that_matters_in_any_recorded_stream() -> None:
    events = 0
    for dialect, one in exchanges():
        if one["response"]["kind"] != "text":
            continue
        glimpse, ending = glimpse_of(dialect), ending_of(dialect, one["request"]["body"])
        said, marked = Answered(), Answered()
        for place, line in enumerate(_datas(one["response"]["body"])):
            event = json.loads(line)
            dialect.read_event(event, said)
            length, read_whole = glimpse(line)
            assert length <= ending.see(event), one["id"]
            if read_whole or not place:
                dialect.read_event(event, marked)
            events += 1
        assert (marked.usage, marked.finish, marked.id) == (said.usage, said.finish, said.id), one["id"]
        assert marked.calls == said.calls, one["id"]
    assert events > 5_000


def _datas(body: str) -> list[bytes]:
    lines = (line[5:].strip() for line in body.splitlines() if line.startswith("data:"))
    return [line.encode() for line in lines if line.startswith("{")]
