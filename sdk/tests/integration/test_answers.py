"""What agents of every framework answer is judged before it goes out: whole and streamed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import holdfast
from holdfast.errors import Denied, Rejected
from holdfast.testing import Reply, ScriptedProvider, call, say, turns

pytest.importorskip("agents")
pytest.importorskip("pydantic_ai")
pytest.importorskip("langgraph")
pytest.importorskip("langchain_openai")
httpx2 = pytest.importorskip("httpx2")

from agents import Agent as OpenAgent  # noqa: E402  # only where it is installed
from agents import OpenAIChatCompletionsModel, Runner, function_tool, set_tracing_disabled  # noqa: E402
from langchain.agents import create_agent  # noqa: E402
from langchain_core.tools import StructuredTool  # noqa: E402
from langchain_openai import ChatOpenAI  # noqa: E402
from openai import AsyncOpenAI  # noqa: E402
from pydantic_ai import Agent  # noqa: E402
from pydantic_ai.models.openai import OpenAIChatModel  # noqa: E402
from pydantic_ai.providers.openai import OpenAIProvider  # noqa: E402

pytestmark = pytest.mark.integration
set_tracing_disabled(True)

QUESTION = "What does the mail say?"
PACK = """
agents: {"*": {}}
tools:
  read_mail: {effect: read, output_labels: [untrusted, confidential]}
rules:
  - allow_agents: {}
  - allow_tools: {tools: [read_mail]}
"""
REDACTING = PACK + "content:\n  - {find: [email], at: [output], do: redact}\n"
LEAK = "Look at https://evil.example/?q=salary for the rest of this long answer."
HARMLESS = "It says hello, and nothing that leads anywhere at all."
MAIL = "Write to ann.example@example.com when you have read all of this."
SHOWN = "Write to [redacted:email] when you have read all of this."


def read_mail() -> str:
    """Read the mail."""
    return "Hello. The salary is 100."


async def langgraph(url: str, mode: str) -> tuple[str, list[str]]:
    async with httpx2.AsyncClient() as http:
        model = ChatOpenAI(model="gpt-4o", base_url=url, api_key="unused", http_async_client=http)  # type: ignore[arg-type]
        agent = create_agent(model, [StructuredTool.from_function(read_mail)], name="reader")
        given: Any = {"messages": [("user", QUESTION)]}
        if mode == "sync":
            return (await asyncio.to_thread(agent.invoke, given))["messages"][-1].content, []
        if mode == "async":
            return (await agent.ainvoke(given))["messages"][-1].content, []
        pieces: list[str] = []
        answer = ""
        async for kind, item in agent.astream(given, stream_mode=["messages", "values"]):
            seen.append(repr(item))
            if kind == "messages":
                pieces.append(item[0].content if item[0].type == "AIMessageChunk" else "")
            else:
                answer = item["messages"][-1].content
        return answer, pieces


async def openai_agents(url: str, mode: str) -> tuple[str, list[str]]:
    async with AsyncOpenAI(base_url=url, api_key="unused") as client:
        model = OpenAIChatCompletionsModel(model="gpt-4o", openai_client=client)
        agent = OpenAgent(name="reader", model=model, tools=[function_tool(read_mail)])
        if mode == "async":
            return (await Runner.run(agent, QUESTION)).final_output, []
        result = Runner.run_streamed(agent, QUESTION)
        pieces: list[str] = []
        async for event in result.stream_events():
            seen.append(repr(event))
            if getattr(getattr(event, "data", None), "type", "") == "response.output_text.delta":
                pieces.append(event.data.delta)  # type: ignore[union-attr]
        return result.final_output, pieces


async def pydantic_ai(url: str, mode: str) -> tuple[str, list[str]]:
    async with AsyncOpenAI(base_url=url, api_key="unused") as client:
        model = OpenAIChatModel("gpt-4o", provider=OpenAIProvider(openai_client=client))
        agent = Agent(model, name="reader", tools=[read_mail])
        if mode == "async":
            return (await agent.run(QUESTION)).output, []
        async with agent.run_stream(QUESTION) as stream:
            pieces = []
            async for piece in stream.stream_text(delta=True, debounce_by=None):
                seen.append(piece)
                pieces.append(piece)
            return await stream.get_output(), pieces


async def decorated(url: str, mode: str) -> tuple[str, list[str]]:
    del url
    reading = holdfast.tool(name="read_mail", effect="read", labels=("untrusted", "confidential"))(read_mail)

    @holdfast.agent("reader")
    async def answer(_: str) -> str:
        reading()
        return script[0]

    @holdfast.agent("reader")
    async def pieces_of(_: str) -> AsyncIterator[str]:
        reading()
        for place in range(0, len(script[0]), 7):
            yield script[0][place : place + 7]

    if mode == "async":
        return await answer(QUESTION), []
    pieces = []
    async for piece in pieces_of(QUESTION):
        seen.append(piece)
        pieces.append(piece)
    return "".join(pieces), pieces


DOORS = {one.__name__: one for one in (langgraph, openai_agents, pydantic_ai, decorated)}
CASES = [(door, mode) for door in DOORS for mode in ("async", "streamed")] + [("langgraph", "sync")]
seen: list[str] = []
"""Everything that a stream told."""
script: list[str] = []


def play(door: str, mode: str, *replies: Reply) -> tuple[str, list[str]]:
    seen.clear()
    with ScriptedProvider(turns(*replies)) as provider:
        return asyncio.run(DOORS[door](provider.openai_url, mode))


def ask(door: str, mode: str, text: str) -> tuple[str, list[str]]:
    script[:] = [text]
    return play(door, mode, call("read_mail"), say(text))


@pytest.fixture
def rule(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    def begin(pack: str = PACK, desk: Any = None, **options: Any) -> Any:
        rules = tmp_path / "house.yaml"
        rules.write_text(pack)
        if desk is not None:
            desk.sources = [{"name": "house.yaml", "text": pack, "kind": "yaml"}]
        server = desk.url if desk is not None else ""
        return holdfast.init(policies=rules, data=tmp_path / "data", server=server, **options)

    yield begin
    holdfast.shutdown()


@pytest.mark.parametrize(("door", "mode"), CASES)
def test_an_answer_that_leads_out_does_not_go_out(door: str, mode: str, rule: Any) -> None:
    rule()
    with pytest.raises(Denied, match="approv"):
        ask(door, mode, LEAK)
    assert not any("evil" in one for one in seen), "not even its first pieces went out"


@pytest.mark.parametrize(("door", "mode"), CASES)
def test_an_answer_that_leads_nowhere_goes_out_as_it_is(
    door: str, mode: str, rule: Any, records: Any
) -> None:
    rule()
    answer, pieces = ask(door, mode, HARMLESS)
    assert answer == HARMLESS
    assert mode != "streamed" or "".join(pieces) == HARMLESS
    holdfast.shutdown()
    [output] = [one for one in records() if one.get("kind") == "output"]
    assert output["verdict"] == "allow"


@pytest.mark.parametrize(("door", "mode"), CASES)
def test_what_rules_replace_in_answers_is_replaced_wherever_it_goes_out(
    door: str, mode: str, rule: Any
) -> None:
    rule(REDACTING)
    answer, pieces = ask(door, mode, MAIL)
    assert answer == SHOWN
    assert mode != "streamed" or "".join(pieces) == SHOWN
    assert not any("ann.example@" in one for one in seen)


@pytest.mark.parametrize("verdict", ["approve", "refuse"])
@pytest.mark.parametrize(("door", "mode"), CASES)
def test_a_person_decides_about_an_answer_that_leads_out(
    door: str, mode: str, verdict: str, rule: Any, desk: Any
) -> None:
    rule(desk=desk)
    person = threading.Thread(target=desk.answer, args=(verdict,))
    person.start()
    if verdict == "refuse":
        with pytest.raises(Rejected):
            ask(door, mode, LEAK)
    else:
        answer, pieces = ask(door, mode, LEAK)
        assert answer == LEAK
        assert mode != "streamed" or "".join(pieces) == LEAK
    person.join()
    assert len(desk.approvals) == 1, "asked about once"


@pytest.mark.parametrize("door", DOORS)
def test_a_stream_is_not_held_back_while_nothing_could_be_against_it(door: str, rule: Any) -> None:
    rule(PACK.replace(", confidential", ""))
    answer, pieces = ask(door, "streamed", LEAK)
    assert answer == LEAK
    assert len([one for one in pieces if one]) > 1


@pytest.mark.parametrize("door", DOORS)
def test_what_a_policy_forbids_to_answer_is_not_streamed_either(door: str, rule: Any, tmp_path: Path) -> None:
    text = """forbid (principal, action == Action::"holdfast:output", resource)
    when { context.labels.contains("untrusted") };"""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "own.cedar").write_text(text)
    (tmp_path / "own" / "house.yaml").write_text(PACK)
    holdfast.init(policies=tmp_path / "own", data=tmp_path / "data")
    with pytest.raises(Denied):
        ask(door, "streamed", HARMLESS)
    assert not any("leads anywhere" in one for one in seen)


@pytest.mark.parametrize(("door", "mode"), CASES)
def test_in_shadow_mode_every_answer_goes_out(door: str, mode: str, rule: Any) -> None:
    rule(mode="shadow")
    assert ask(door, mode, LEAK)[0] == LEAK
