"""`holdfast gateway` against a real server: what people type, and what they read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from holdfast.cli.group import holdfast

SECRET = "sk-provider-0123456789abcdef"


@pytest.fixture
def gateway(up: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("ACME_KEY", SECRET)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    url = up().url
    return lambda *words: CliRunner().invoke(holdfast, ["gateway", *words, "--server", url])


def test_keys_providers_and_routes_from_the_first_to_the_last(gateway: Callable[..., Result]) -> None:
    assert "holdfast gateway keys create" in gateway("keys").output
    said = ("create", "laptop", "--agent", "coder", "--usd", "5", "--window", "day", "--tag", "team=ops")
    made = gateway("keys", *said, "--by", "ann").output
    assert "It is not shown again" in made
    assert "ANTHROPIC_BASE_URL=" in made
    (key,) = json.loads(gateway("keys", "list", "--json").output)["items"]
    secret = next(word for word in made.split() if word.startswith("hf-"))
    assert "secret" not in key
    assert (key["agent"], key["budget_usd"], key["tags"]) == ("coder", 5, {"team": "ops"})
    fresh = json.loads(gateway("keys", "rotate", key["id"], "--grace", "60", "--json").output)
    assert fresh["secret"] != secret
    assert "revoked" in gateway("keys", "revoke", key["id"], "--yes").output
    assert "coder" in gateway("keys", "show", key["id"]).output

    assert "OPENAI_API_KEY" in gateway("providers").output
    stored = gateway(
        *("providers", "set", "acme", "--url", "http://127.0.0.1:9", "--secret-from", "ACME_KEY"),
        *("--api", "chat", "--api", "embeddings", "--header", "x-team=ops", "--region", "eu"),
    ).output
    assert "…cdef" in stored
    assert SECRET not in stored + gateway("providers", "list", "--json").output
    checked = gateway("providers", "check", "acme")
    assert (checked.exit_code, "ConnectError" in checked.output) == (1, True)
    assert "Sealed 1 secrets" in gateway("providers", "reseal").output

    routed = gateway("routes", "set", "fast", "--to", "acme/small", "--cache", "exact", "--strategy", "cost")
    assert "acme/small" in routed.output
    assert json.loads(gateway("routes", "list", "--json").output)["items"][0]["cache"]["exact"]
    assert "Removed by bob: fast" in gateway("routes", "remove", "fast", "--by", "bob").output
    assert "Removed by bob: acme" in gateway("providers", "remove", "acme", "--by", "bob").output
    assert "No gateway is heard" in gateway("status").output
    assert "No call" in gateway("calls").output


WRONG = (
    (("keys", "create", "x"), "--agent"),
    (("keys", "create", "x", "--agent", "a", "--tag", "team"), "NAME=VALUE"),
    (("keys", "show", "key_none"), "there is no key"),
    (("providers", "set", "x", "--url", "nowhere.example"), "https://"),
    (("providers", "set", "x", "--url", "http://h", "--secret-from", "NOT_SET"), "NOT_SET"),
    (("routes", "set", "x", "--to", "model"), "PROVIDER/MODEL"),
    (("routes", "set", "x", "--to", "gone/model"), "there is no provider gone"),
)


def test_what_cannot_be_says_what_to_write(gateway: Callable[..., Result]) -> None:
    for words, said in WRONG:
        told = gateway(*words)
        assert (told.exit_code, said in told.output) == (2, True), (words, told.output)
