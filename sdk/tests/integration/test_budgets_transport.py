"""Budgets at the model's door: a code of their own, and an answer no longer than what is left pays for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.record import estimate_max
from holdfast.record.price import affordable
from holdfast.testing import ScriptedProvider, Tokens, say, turns

openai = pytest.importorskip("openai")
anthropic = pytest.importorskip("anthropic")

pytestmark = pytest.mark.integration

QUESTION: Any = [{"role": "user", "content": "Where is my order?"}]
RULES = 'agents:\n  "*": {{}}\nrules:\n  - allow_agents: {{}}\nbudgets:\n  - {{{}}}\n'


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with ScriptedProvider(turns(*[say("On its way.", usage=Tokens(input=20, output=30))] * 9)) as made:
        yield made


def write(folder: Path, budget: str) -> Path:
    rules = folder / "budget.yaml"
    rules.write_text(RULES.format(budget))
    return rules


@pytest.mark.parametrize("scope", ["scope: session", "scope: org, window: month"])
@pytest.mark.parametrize("api", ["chat", "messages"])
def test_a_spent_budget_has_a_code_of_its_own_and_is_not_tried_again(
    api: str, scope: str, govern: Any, provider: ScriptedProvider, tmp_path: Path
) -> None:
    govern(policies=write(tmp_path, f"{scope}, usd: 0.000001"))
    refused: Any
    if api == "chat":
        client, refused = (
            openai.OpenAI(base_url=provider.openai_url, api_key="k"),
            openai.PermissionDeniedError,
        )
        ask = lambda: client.chat.completions.create(model="gpt-4o", messages=QUESTION)  # noqa: E731
    else:
        client, refused = (
            anthropic.Anthropic(base_url=provider.url, api_key="k"),
            anthropic.PermissionDeniedError,
        )
        ask = lambda: client.messages.create(model="claude-haiku-4-5", messages=QUESTION, max_tokens=9)  # noqa: E731
    with client, pytest.raises(refused) as caught:
        ask()
    response = caught.value.response
    assert (response.status_code, response.headers["x-should-retry"]) == (403, "false")
    assert response.json()["error"]["code"] == "holdfast_budget_spent"
    assert provider.stats.requests == 0


def test_an_answer_without_a_limit_is_clamped_to_what_is_left(
    govern: Any, provider: ScriptedProvider, tmp_path: Path
) -> None:
    govern(policies=write(tmp_path, "scope: org, tokens: 500, window: day"))
    with openai.OpenAI(base_url=provider.openai_url, api_key="k") as client:
        client.chat.completions.create(model="gpt-4o", messages=QUESTION)
        client.chat.completions.create(model="gpt-4o", messages=QUESTION, max_tokens=77)
    first, second = (call.body for call in provider.requests)
    assert 16 <= first["max_completion_tokens"] < 500
    assert "max_completion_tokens" not in second
    assert second["max_tokens"] == 77


@pytest.mark.parametrize("micro_usd", [0, 999, 123_456])
def test_what_is_affordable_is_never_dearer_than_what_is_left(micro_usd: int) -> None:
    tokens = affordable("gpt-4o", 100, micro_usd)
    assert tokens is not None
    cost = estimate_max("gpt-4o", 100, max(0, tokens))
    assert cost is not None
    assert tokens <= 0 or cost <= micro_usd
    assert affordable("nobody-knows-this-model", 100, micro_usd) is None
