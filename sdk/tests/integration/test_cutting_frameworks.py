"""A framework takes an answer that a budget cut short for one that ran out of room, and the run ends well."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.testing import Reply, ScriptedProvider, turns

pytestmark = pytest.mark.integration

TEXT = " ".join(f"word{n}" for n in range(1_200))
RULES = """
agents: {"*": {}}
rules:
  - allow_agents: {}
budgets:
  - {scope: session, tokens: 600}
"""


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with ScriptedProvider(turns(*[Reply(text=TEXT, chunks=300)] * 9)) as made:
        yield made


@pytest.fixture(autouse=True)
def _poor(govern: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = tmp_path / "budget.yaml"
    rules.write_text(RULES)
    monkeypatch.setenv("HOLDFAST_GUARD__OUTPUT_TOKENS", "50")
    govern(policies=rules)


def check(said: Any) -> None:
    assert isinstance(said, str)
    assert TEXT.startswith(said)
    assert 100 < len(said) < len(TEXT)


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_openai_agents(api: str, provider: ScriptedProvider) -> None:
    agents = pytest.importorskip("agents")
    from openai import AsyncOpenAI

    kind = agents.OpenAIChatCompletionsModel if api == "chat" else agents.OpenAIResponsesModel

    async def work() -> Any:
        client = AsyncOpenAI(base_url=provider.openai_url, api_key="k")
        agent = agents.Agent(name="a", model=kind(model="gpt-4o", openai_client=client))
        result = agents.Runner.run_streamed(agent, "Go on.")
        async for _ in result.stream_events():
            pass
        return result.final_output

    check(asyncio.run(work()))


def test_langgraph(provider: ScriptedProvider) -> None:
    openai = pytest.importorskip("langchain_openai")
    agents = pytest.importorskip("langchain.agents")
    model = openai.ChatOpenAI(model="gpt-4o", base_url=provider.openai_url, api_key="k", streaming=True)
    graph = agents.create_agent(model, [])
    state = graph.invoke({"messages": [("user", "Go on.")]})
    check(state["messages"][-1].content)
    assert state["messages"][-1].response_metadata["finish_reason"] == "length"


def test_pydantic_ai(provider: ScriptedProvider) -> None:
    ai = pytest.importorskip("pydantic_ai")
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    model = OpenAIChatModel("gpt-4o", provider=OpenAIProvider(base_url=provider.openai_url, api_key="k"))

    async def work() -> Any:
        async with ai.Agent(model).run_stream("Go on.") as result:
            return await result.get_output()

    check(asyncio.run(work()))
