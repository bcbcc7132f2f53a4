"""`holdfast enforcement` against a real server: what people type, and what they read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from server.tests.integration.enforcing import REFUND, RULE, write_rules

from holdfast.cli.group import holdfast


@pytest.fixture
def url(up: Callable[..., Any], tmp_path: Path) -> str:
    return up(None, "--policies", str(write_rules(tmp_path))).url


@pytest.fixture
def http(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def enforcement(url: str) -> Callable[..., Result]:
    return lambda *words: CliRunner().invoke(holdfast, ["enforcement", *words, "--server", url])


def refund(http: httpx.Client, amount: int) -> dict[str, Any]:
    body = {"target": "refund", "arguments": {"amount": amount}, "actor": {"agent": "clerk"}, "session": "s1"}
    return http.post("/v1/decisions", json=body).json()


def test_a_rule_is_watched_raised_and_given_back(
    enforcement: Callable[..., Result], http: httpx.Client
) -> None:
    assert "once one is registered" in enforcement().output
    http.post("/v1/registry", json={"tools": [REFUND]})
    assert "its file" in enforcement("list").output
    assert "shadow" in enforcement("set", RULE, "shadow", "--by", "ann").output
    assert refund(http, 60)["verdict"] == "allow"
    sampled = json.loads(
        enforcement("set", RULE, "sample:25", "--limit", "0.1", "--by", "ann", "--json").output
    )
    assert (sampled["level"], sampled["percent"], sampled["limit"]) == ("sample", 25, 0.1)
    assert "sample:25" in enforcement().output
    assert "its file" in enforcement("forget", RULE).output
    assert refund(http, 60)["verdict"] == "deny"


def test_a_refusal_is_called_wrong_and_taken_back(
    enforcement: Callable[..., Result], http: httpx.Client
) -> None:
    http.post("/v1/registry", json={"tools": [REFUND]})
    step = refund(http, 60)["step"]
    assert RULE in enforcement("wrong", step, "--note", "a voucher", "--by", "ann").output
    [rule] = json.loads(enforcement("--json").output)["items"]
    assert (rule["refused"], rule["false_blocks"]) == (1, 1)
    assert "was right" in enforcement("wrong", step, "--take-back").output
    assert enforcement("wrong", step, "--take-back").exit_code == 2


def test_what_cannot_be_says_what_to_write(enforcement: Callable[..., Result], http: httpx.Client) -> None:
    http.post("/v1/registry", json={"tools": [REFUND]})
    for words, said in (
        (("set", RULE, "sometimes"), "write shadow, warn, sample:1 to sample:100, or enforce"),
        (("set", RULE, "sample:0"), "sample:1 to sample:100"),
        (("set", "money/treshold/deny", "warn"), f"Did you mean {RULE}?"),
        (("set", RULE, "warn", "--limit", "2"), "--limit"),
        (("forget", RULE), "no level was set here"),
        (("wrong", "feedfeedfeedfeed"), "there is no step"),
    ):
        told = enforcement(*words)
        assert (told.exit_code, said in told.output) == (2, True), (words, told.output)
