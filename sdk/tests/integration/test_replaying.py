"""Recorded answers and results reach unmodified frameworks and clients, in every manner of asking."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

import holdfast
from holdfast.errors import Misconfigured
from holdfast.record.recording import Fork, RecordedStep, Recording, ReplayPlan
from holdfast.testing import ScriptedProvider, say, turns
from holdfast.testing.replaying import replaying

pytestmark = pytest.mark.integration

QUESTION = "Where is A-1?"


def model(step: str, *parts: dict[str, Any]) -> RecordedStep:
    said = {"role": "assistant", "parts": list(parts), "finish_reason": "stop"}
    usage = {"input_tokens": 11, "output_tokens": 7}
    return RecordedStep(step, "support", "model", "openai/gpt-4o", answer=(said,), usage=usage)


def words(text: str) -> dict[str, Any]:
    return {"type": "text", "content": text}


ASK = {"type": "tool_call", "id": "call_1", "name": "look_up", "arguments": {"order": "A-1"}}
STEPS = (
    model("a" * 16, ASK),
    RecordedStep("b" * 16, "support", "tool", "look_up", {"order": "A-1"}, result="at the harbour"),
    model("c" * 16, words("It is at the harbour.")),
)


def plan(fork: Fork | None = None, **options: Any) -> ReplayPlan:
    return ReplayPlan(Recording("r" * 32, "support", STEPS), fork, **options)


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with ScriptedProvider(turns(say("unasked"), say("asked"))) as made:
        yield made


def langgraph(shop: Any, url: str, mode: str) -> str:
    pytest.importorskip("langchain_openai")
    httpx2 = pytest.importorskip("httpx2")
    from langchain.agents import create_agent
    from langchain_core.tools import StructuredTool
    from langchain_openai import ChatOpenAI

    def agent(http: Any = None) -> Any:
        chat = ChatOpenAI(model="gpt-4o", base_url=url, api_key="unused", http_async_client=http)  # type: ignore[arg-type]
        return create_agent(chat, [StructuredTool.from_function(shop.look_up)], name="support")

    given = {"messages": [("user", QUESTION)]}
    if mode == "sync":
        return agent().invoke(given)["messages"][-1].content

    async def inside() -> str:
        async with httpx2.AsyncClient() as http:
            if mode == "async":
                return (await agent(http).ainvoke(given))["messages"][-1].content
            states = [one async for one in agent(http).astream(given, stream_mode="values")]
            return states[-1]["messages"][-1].content

    return asyncio.run(inside())


def openai_agents(shop: Any, url: str, mode: str) -> str:
    pytest.importorskip("agents", reason="openai-agents is not installed")
    from agents import Agent, OpenAIChatCompletionsModel, Runner, function_tool, set_tracing_disabled
    from openai import AsyncOpenAI

    set_tracing_disabled(True)

    async def inside() -> str:
        async with AsyncOpenAI(base_url=url, api_key="unused") as client:
            chat = OpenAIChatCompletionsModel(model="gpt-4o", openai_client=client)
            agent = Agent(name="support", model=chat, tools=[function_tool(shop.look_up)])
            if mode != "streamed":
                return (await Runner.run(agent, QUESTION)).final_output
            result = Runner.run_streamed(agent, QUESTION)
            async for _ in result.stream_events():
                pass
            return result.final_output

    return asyncio.run(inside())


def pydantic_ai(shop: Any, url: str, mode: str) -> str:
    pytest.importorskip("pydantic_ai")
    from openai import AsyncOpenAI
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    async def inside() -> str:
        async with AsyncOpenAI(base_url=url, api_key="unused") as client:
            chat = OpenAIChatModel("gpt-4o", provider=OpenAIProvider(openai_client=client))
            agent = Agent(chat, name="support", tools=[shop.look_up])
            if mode != "streamed":
                return str((await agent.run(QUESTION)).output)
            async with agent.run_stream(QUESTION) as stream:
                return str(await stream.get_output())

    return asyncio.run(inside())


@pytest.mark.parametrize("mode", ["sync", "async", "streamed"])
@pytest.mark.parametrize("work", [langgraph, openai_agents, pydantic_ai])
def test_a_framework_goes_through_a_recording_and_nothing_happens(
    work: Any, mode: str, shop: Any, govern: Any, provider: ScriptedProvider
) -> None:
    govern()
    with replaying(plan()) as report:
        assert work(shop, provider.openai_url, mode) == "It is at the harbour."
    assert shop.ran == []
    assert len(provider.requests) == 0
    assert (report.served, report.live, report.missing, report.unused) == (3, 0, [], [])


@pytest.mark.parametrize("work", [langgraph, openai_agents, pydantic_ai])
def test_a_framework_sees_another_result_and_asks_the_live_model(
    work: Any, shop: Any, govern: Any, provider: ScriptedProvider
) -> None:
    govern()
    with replaying(plan(Fork("b" * 16, result="lost at sea"))) as report:
        assert work(shop, provider.openai_url, "async") == "asked"
    assert "lost at sea" in str(provider.requests[-1].body)
    assert (shop.ran, report.forked, report.live) == ([], True, 1)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("api", ["chat", "responses", "messages"])
def test_every_dialect_says_what_was_recorded(
    api: str, *, streamed: bool, govern: Any, provider: ScriptedProvider
) -> None:
    openai, anthropic = pytest.importorskip("openai"), pytest.importorskip("anthropic")
    govern()

    @holdfast.agent("support")
    def ask() -> str:
        asked: dict[str, Any] = {"model": "gpt-4o", **({"stream": True} if streamed else {})}
        said = [{"role": "user", "content": QUESTION}]
        if api == "messages":
            client = anthropic.Anthropic(base_url=provider.url, api_key="unused")
            answer = client.messages.create(max_tokens=99, messages=said, **asked)
        elif api == "chat":
            client = openai.OpenAI(base_url=provider.openai_url, api_key="unused")
            answer = client.chat.completions.create(messages=said, **asked)
        else:
            client = openai.OpenAI(base_url=provider.openai_url, api_key="unused")
            answer = client.responses.create(input=QUESTION, **asked)
        return "".join(str(piece) for piece in answer) if streamed else str(answer)

    only = ReplayPlan(Recording("r" * 32, "support", (model("a" * 16, words("Ahoy")),)))
    with replaying(only) as report:
        said = ask()
    assert "Ahoy" in said or all(f"'{letter}'" in said for letter in "Ahoy")
    assert (report.served, len(provider.requests)) == (1, 0)


def test_a_call_that_a_person_must_approve_runs_again_only_if_it_ran(shop: Any, govern: Any) -> None:
    govern()
    wire = holdfast.tool(name="wire_money", effect="spend", reversible=True)(shop.wire_money)

    @holdfast.agent("support")
    def work() -> str:
        return wire(amount=5)

    recorded = RecordedStep("d" * 16, "support", "tool", "wire_money", {"amount": 5}, result="wired")
    with replaying(ReplayPlan(Recording("r" * 32, "support", (recorded,)))):
        assert work() == "wired"
    with replaying(ReplayPlan(Recording("r" * 32, "support", ()))), pytest.raises(holdfast.Denied):
        work()
    assert shop.ran == []


def test_a_generator_yields_what_it_yielded(govern: Any) -> None:
    govern()

    @holdfast.tool(name="look_up", effect="read")
    def look_up(order: str) -> Iterator[str]:
        raise AssertionError("it must not run")
        yield order

    @holdfast.agent("support")
    def work() -> list[str]:
        return list(look_up("A-1"))

    recorded = RecordedStep("b" * 16, "support", "tool", "look_up", {"order": "A-1"}, result='["x", "y"]')
    with replaying(ReplayPlan(Recording("r" * 32, "support", (recorded,)))):
        assert work() == ["x", "y"]


@pytest.mark.parametrize(
    ("fork", "told"),
    [
        (Fork("f" * 16), "is no call of a model or tool"),
        (Fork("a" * 16, result="x"), "is a call of a model"),
        (Fork("b" * 16, answer="x"), "is a call of a tool"),
        (Fork("b" * 16, message="x"), "is a call of a tool"),
    ],
)
def test_a_fork_that_fits_nothing_is_refused(fork: Fork, told: str, govern: Any) -> None:
    govern()
    with pytest.raises(Misconfigured, match=told), replaying(plan(fork)):
        pass


def test_a_plan_that_cannot_be_read_lets_nothing_run(tmp_path: Any, monkeypatch: Any) -> None:
    broken = tmp_path / "plan.json"
    broken.write_text("{")
    monkeypatch.setenv("HOLDFAST_REPLAY", str(broken))
    monkeypatch.setenv("HOLDFAST_DATA", str(tmp_path / "data"))
    with pytest.raises(Misconfigured, match="is no replay"):
        holdfast.init(integrations=False)
    assert holdfast.guard.installed() is None
