"""Unmodified LangGraph agents, governed: sync, async and streamed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import pytest

import holdfast
from holdfast.testing import Reply, ScriptedProvider, call, say, turns

httpx2 = pytest.importorskip("httpx2")
pytest.importorskip("langgraph")
pytest.importorskip("langchain_openai")

from langchain_core.tools import StructuredTool, tool  # noqa: E402  # only where it is installed
from langchain_openai import ChatOpenAI  # noqa: E402
from langgraph.prebuilt import InjectedState  # noqa: E402

pytestmark = pytest.mark.integration

MODES = ("sync", "async", "streamed")
QUESTION = {"messages": [("user", "Please help me with A-1 and 500.")]}


def make_agent(shop: Any, url: str, *, http: Any = None, **options: Any) -> Any:
    from langchain.agents import create_agent

    tools = [StructuredTool.from_function(function) for function in shop.tools]
    return create_agent(make_model(url, http), tools, name="support", **options)


def make_model(url: str, http: Any = None) -> Any:
    return ChatOpenAI(model="gpt-4o", base_url=url, api_key="unused", http_async_client=http)  # type: ignore[arg-type]


def run(
    shop: Any, url: str, mode: str, given: Any = QUESTION, *, config: Any = None, **options: Any
) -> list[Any]:
    """The messages of one invocation, in the mode that is tested."""
    if mode == "sync":
        return make_agent(shop, url, **options).invoke(given, config)["messages"]

    async def stream() -> Any:
        async with httpx2.AsyncClient() as http:
            agent = make_agent(shop, url, http=http, **options)
            if mode == "async":
                return (await agent.ainvoke(given, config))["messages"]
            states = [state async for state in agent.astream(given, config, stream_mode="values")]
        return states[-1]["messages"]

    return asyncio.run(stream())


def play(shop: Any, mode: str, *replies: Reply) -> list[Any]:
    with ScriptedProvider(turns(*replies)) as provider:
        return run(shop, provider.openai_url, mode)


@pytest.mark.parametrize("mode", MODES)
def test_an_allowed_tool_runs_as_asked(mode: str, shop: Any, govern: Any) -> None:
    govern()
    messages = play(shop, mode, call("look_up", order="A-1"), say("Found it."))
    assert shop.ran == [("look_up", "A-1")]
    assert messages[-1].content == "Found it."


@pytest.mark.parametrize("mode", MODES)
def test_a_transformed_argument_is_what_runs(mode: str, shop: Any, govern: Any) -> None:
    govern()
    play(shop, mode, call("refund", amount=500), say("Done."))
    assert shop.ran == [("refund", 50)]


@pytest.mark.parametrize("mode", MODES)
def test_a_denied_tool_does_not_run_and_the_model_goes_on(mode: str, shop: Any, govern: Any) -> None:
    govern()
    messages = play(shop, mode, call("delete_account", name="ada"), say("I may not."))
    assert shop.ran == []
    assert messages[-2].status == "error"
    assert messages[-2].content == "Refused: Accounts are deleted by people."
    assert messages[-1].content == "I may not."


@pytest.mark.parametrize("mode", MODES)
def test_a_halt_ends_the_run_and_it_stays_ended(mode: str, shop: Any, govern: Any) -> None:
    govern()
    with holdfast.session("halted"), pytest.raises(holdfast.Halted, match="Nobody wipes disks"):
        play(shop, mode, call("wipe_disk", name="a"), say("Wiped."))
    assert shop.ran == []


@pytest.mark.parametrize("mode", MODES)
def test_without_a_server_nobody_can_be_asked(mode: str, shop: Any, govern: Any) -> None:
    govern()
    messages = play(shop, mode, call("wire_money", amount=500), say("Not done."))
    assert shop.ran == []
    assert "nobody can be asked" in messages[-2].content


@pytest.mark.parametrize("mode", MODES)
def test_a_held_tool_waits_where_nothing_can_be_resumed(mode: str, shop: Any, govern: Any, desk: Any) -> None:
    govern(desk)
    person = desk.answer_soon("approve", {"amount": 7})
    messages = play(shop, mode, call("wire_money", amount=500), say("Sent."))
    person.join()
    assert shop.ran == [("wire_money", 7)]
    assert len(desk.uses) == 1
    assert messages[-1].content == "Sent."


@pytest.mark.parametrize("mode", MODES)
def test_a_refusal_of_a_person_reaches_the_model(mode: str, shop: Any, govern: Any, desk: Any) -> None:
    govern(desk)
    person = desk.answer_soon("refuse", note="not today")
    messages = play(shop, mode, call("wire_money", amount=500), say("Not sent."))
    person.join()
    assert shop.ran == []
    assert messages[-2].content == "Refused: a person refused this: not today"


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_graph_with_a_checkpointer_pauses_and_resumes_once(
    mode: str, shop: Any, govern: Any, desk: Any, records: Callable[[], list[dict[str, Any]]]
) -> None:
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.types import Command

    govern(desk)
    with ScriptedProvider(turns(call("wire_money", amount=500), say("Sent."))) as provider:
        saver = InMemorySaver()
        agent = make_agent(shop, provider.openai_url, checkpointer=saver)
        thread: Any = {"config": {"configurable": {"thread_id": "case-7"}}}
        state = agent.invoke(QUESTION, **thread)
        assert state["__interrupt__"][0].value["tool"] == "wire_money"
        assert shop.ran == []
        assert desk.pending()["title"] == QUESTION["messages"][0][1], (
            "whoever is asked sees what the run is about"
        )

        # A resumption alone approves nothing: nobody has answered at the desk.
        state = agent.invoke(Command(resume="approve"), **thread)
        assert state["__interrupt__"]
        assert shop.ran == []

        desk.answer("approve")
        answered = run(
            shop, provider.openai_url, mode, Command(resume="whatever"), checkpointer=saver, **thread
        )
    assert answered[-1].content == "Sent."
    assert shop.ran == [("wire_money", 500)]
    assert len(desk.uses) == 1
    holdfast.shutdown()
    starts = [one for one in records() if one.get("kind") == "start"]
    assert len(starts) == 1, "a paused run goes on; it does not begin again"


def test_a_resumption_without_a_server_approves_nothing(shop: Any, govern: Any) -> None:
    from langgraph.checkpoint.memory import InMemorySaver

    govern()
    with ScriptedProvider(turns(call("wire_money", amount=500), say("Not sent."))) as provider:
        agent = make_agent(shop, provider.openai_url, checkpointer=InMemorySaver())
        state = agent.invoke(QUESTION, {"configurable": {"thread_id": "case-8"}})
    assert "__interrupt__" not in state
    assert shop.ran == []


def test_a_held_tool_resumed_by_another_process_meets_its_answer(shop: Any, govern: Any, desk: Any) -> None:
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.types import Command

    saver = InMemorySaver()
    thread: Any = {"config": {"configurable": {"thread_id": "case-9"}}}
    with ScriptedProvider(turns(call("wire_money", amount=500), say("Sent."))) as provider:
        govern(desk)
        make_agent(shop, provider.openai_url, checkpointer=saver).invoke(QUESTION, **thread)
        desk.answer("approve")
        holdfast.shutdown()
        govern(desk)
        agent = make_agent(shop, provider.openai_url, checkpointer=saver)
        agent.invoke(Command(resume=True), **thread)
    assert shop.ran == [("wire_money", 500)]
    assert len(desk.approvals) == 1, "the same call is the same question"


def test_a_subgraph_is_a_run_of_its_own_with_the_authority_of_both(
    shop: Any, govern: Any, records: Callable[[], list[dict[str, Any]]]
) -> None:
    from langgraph.graph import MessagesState, StateGraph

    govern()
    with ScriptedProvider(turns(call("look_up", order="A-1"), say("Found it."))) as provider:
        outer = StateGraph(MessagesState)
        outer.add_node("helper", make_agent(shop, provider.openai_url))
        outer.add_edge("__start__", "helper")
        outer.compile(name="desk").invoke({"messages": [("user", "hello")]})
    holdfast.shutdown()
    decisions = [one for one in records() if one["type"] == "decision"]
    assert [one["agent"] for one in decisions if one["kind"] == "start"] == ["desk", "support"]
    [used] = [one for one in decisions if one["kind"] == "tool"]
    assert used["chain"] == ["desk", "support"]
    assert len({one["trace"] for one in decisions}) == 1


def test_a_tool_called_by_hand_raises_the_tool_error_of_the_framework(shop: Any, govern: Any) -> None:
    from langchain_core.tools import ToolException

    govern()
    with pytest.raises(ToolException, match="Accounts are deleted by people"):
        StructuredTool.from_function(shop.delete_account).invoke({"name": "ada"})
    assert shop.ran == []


def test_what_the_graph_injects_is_neither_judged_nor_lost(govern: Any, tmp_path: Any) -> None:
    from langchain.agents import create_agent

    govern()
    seen: list[Any] = []

    @tool
    def look_up(order: str, state: Annotated[dict[str, Any], InjectedState]) -> str:
        """Find an order."""
        seen.append((order, len(state["messages"])))
        return "found"

    with ScriptedProvider(turns(call("look_up", order="A-1"), say("Found it."))) as provider:
        create_agent(make_model(provider.openai_url), [look_up]).invoke(QUESTION)
    assert seen == [("A-1", 2)]


def test_a_decorated_function_in_a_tool_is_judged_once(
    govern: Any, records: Callable[[], list[dict[str, Any]]]
) -> None:
    govern()

    @holdfast.tool(name="refund", effect="spend", reversible=True)
    def refund(amount: int, note: str = "") -> str:
        """Give money back."""
        return f"refunded {amount}{note}"

    assert StructuredTool.from_function(refund).invoke({"amount": 500}) == "refunded 50"
    holdfast.shutdown()
    assert len([one for one in records() if one.get("target") == "refund"]) == 1


def test_afterwards_the_framework_is_as_it_was(govern: Any) -> None:
    from langchain_core.tools import BaseTool
    from langgraph.pregel import Pregel

    before = (BaseTool.run, BaseTool.arun, Pregel.stream, Pregel.astream)
    govern()
    assert BaseTool.run is not before[0]
    holdfast.shutdown()
    assert (BaseTool.run, BaseTool.arun, Pregel.stream, Pregel.astream) == before


@pytest.mark.parametrize("mode", MODES)
def test_contracts_are_kept_around_the_frameworks_own_call(mode: str, shop: Any, kept: Any) -> None:
    messages = play(shop, mode, call("look_up", order="A-1"), call("refund", amount=20), say("Done."))
    assert shop.ran == [("look_up", "A-1"), ("refund", 20)]
    assert any("Failed: refund says it is done" in str(one.content) for one in messages)
    ended = {one["target"]: one for one in kept()}
    assert (ended["look_up"]["status"], ended["look_up"]["observed"]) == ("done", "")
    assert (ended["refund"]["status"], ended["refund"]["observed"]) == ("failed", "contradicted")
    assert (ended["support"]["status"], ended["support"]["error_class"]) == ("failed", "Contradicted")
