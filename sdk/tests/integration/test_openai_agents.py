"""Unmodified OpenAI agents, governed: sync, async and streamed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import holdfast
from holdfast.testing import Reply, ScriptedProvider, call, say, turns

pytest.importorskip("agents", reason="openai-agents is not installed")

from agents import (  # only where it is installed
    Agent,
    AgentBase,
    OpenAIChatCompletionsModel,
    Runner,
    RunState,
    function_tool,
    set_tracing_disabled,
)
from openai import AsyncOpenAI

pytestmark = pytest.mark.integration
set_tracing_disabled(True)

MODES = ("sync", "async", "streamed")
QUESTION = "Please help me with A-1 and 500."
Records = Callable[[], list[dict[str, Any]]]


def make_agent(shop: Any, client: AsyncOpenAI, **options: Any) -> Agent:
    model = OpenAIChatCompletionsModel(model="gpt-4o", openai_client=client)
    return Agent(name="support", model=model, tools=[function_tool(one) for one in shop.tools], **options)


async def work(mode: str, agent: Any, given: Any = QUESTION) -> Any:
    if mode != "streamed":
        return await Runner.run(agent, given)
    result = Runner.run_streamed(agent, given)
    async for _ in result.stream_events():
        pass
    return result


def play(shop: Any, mode: str, *replies: Reply) -> Any:
    with ScriptedProvider(turns(*replies)) as provider:
        if mode == "sync":
            return play_sync(shop, provider.openai_url)

        async def inside() -> Any:
            async with AsyncOpenAI(base_url=provider.openai_url, api_key="unused") as client:
                return await work(mode, make_agent(shop, client))

        return asyncio.run(inside())


def play_sync(shop: Any, url: str) -> Any:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    client = AsyncOpenAI(base_url=url, api_key="unused")
    try:
        return Runner.run_sync(make_agent(shop, client), QUESTION)
    finally:
        loop.run_until_complete(client.close())
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


def told(result: Any) -> list[str]:
    """What the tools told the model."""
    return [item.output for item in result.new_items if item.type == "tool_call_output_item"]


@pytest.mark.parametrize("mode", MODES)
def test_an_allowed_tool_runs_as_asked(mode: str, shop: Any, govern: Any) -> None:
    govern()
    result = play(shop, mode, call("look_up", order="A-1"), say("Found it."))
    assert shop.ran == [("look_up", "A-1")]
    assert result.final_output == "Found it."


@pytest.mark.parametrize("mode", MODES)
def test_a_transformed_argument_is_what_runs(mode: str, shop: Any, govern: Any) -> None:
    govern()
    play(shop, mode, call("refund", amount=500), say("Done."))
    assert shop.ran == [("refund", 50)]


@pytest.mark.parametrize("mode", MODES)
def test_a_denied_tool_does_not_run_and_the_model_goes_on(mode: str, shop: Any, govern: Any) -> None:
    govern()
    result = play(shop, mode, call("delete_account", name="ada"), say("I may not."))
    assert shop.ran == []
    assert told(result) == ["Refused: Accounts are deleted by people."]
    assert result.final_output == "I may not."


@pytest.mark.parametrize("mode", MODES)
def test_a_halt_ends_the_run(mode: str, shop: Any, govern: Any) -> None:
    govern()
    with pytest.raises(holdfast.Halted, match="Nobody wipes disks"):
        play(shop, mode, call("wipe_disk", name="a"), say("Wiped."))
    assert shop.ran == []


@pytest.mark.parametrize("mode", MODES)
def test_without_a_server_nobody_can_be_asked(mode: str, shop: Any, govern: Any) -> None:
    govern()
    result = play(shop, mode, call("wire_money", amount=500), say("Not done."))
    assert shop.ran == []
    assert "nobody can be asked" in told(result)[0]


@pytest.mark.parametrize("mode", ["async", "streamed"])
async def test_a_held_tool_interrupts_and_resumes_once(
    mode: str, shop: Any, govern: Any, desk: Any, records: Records
) -> None:
    govern(desk)
    with ScriptedProvider(turns(call("wire_money", amount=500), say("Sent."))) as provider:
        async with AsyncOpenAI(base_url=provider.openai_url, api_key="unused") as client:
            agent = make_agent(shop, client)
            result = await work(mode, agent)
            assert [item.name for item in result.interruptions] == ["wire_money"]
            assert shop.ran == []

            desk.answer("approve", {"amount": 7})
            state = await RunState.from_string(agent, result.to_state().to_string())
            state.approve(state.get_interruptions()[0])
            result = await work(mode, agent, state)
    assert shop.ran == [("wire_money", 7)]
    assert result.final_output == "Sent."
    assert len(desk.uses) == 1
    holdfast.shutdown()
    assert len([one for one in records() if one.get("kind") == "start"]) == 1


async def test_what_the_program_approves_still_waits_for_the_person(
    shop: Any, govern: Any, desk: Any
) -> None:
    govern(desk)
    with ScriptedProvider(turns(call("wire_money", amount=500), say("Not sent."))) as provider:
        async with AsyncOpenAI(base_url=provider.openai_url, api_key="unused") as client:
            agent = make_agent(shop, client)
            state = (await work("async", agent)).to_state()
            state.approve(state.get_interruptions()[0])
            going = asyncio.create_task(work("async", agent, state))
            await asyncio.sleep(0.3)
            assert shop.ran == []
            desk.answer("refuse", note="no")
            result = await going
    assert shop.ran == []
    assert "a person refused this: no" in told(result)[-1]


async def test_a_hand_off_is_judged_and_the_next_agent_has_the_authority_of_both(
    shop: Any, govern: Any, records: Records
) -> None:
    govern()
    script = turns(call("transfer_to_billing"), call("look_up", order="A-1"), say("Found it."))
    with ScriptedProvider(script) as provider:
        async with AsyncOpenAI(base_url=provider.openai_url, api_key="unused") as client:
            billing = make_agent(shop, client).clone(name="billing")
            result = await Runner.run(make_agent(shop, client, handoffs=[billing]), QUESTION)
    assert result.final_output == "Found it."
    holdfast.shutdown()
    decisions = [one for one in records() if one["type"] == "decision"]
    assert [one["target"] for one in decisions if one["kind"] == "delegate"] == ["billing"]
    [tool] = [one for one in decisions if one["kind"] == "tool"]
    assert (tool["agent"], tool["chain"]) == ("billing", ["support", "billing"])
    outcomes = {one["step"]: one["status"] for one in records() if one["type"] == "outcome"}
    assert all(outcomes[one["step"]] == "done" for one in decisions)


async def test_a_refused_hand_off_stays_and_tells_the_model(shop: Any, govern: Any, tmp_path: Any) -> None:
    rules = tmp_path / "alone.yaml"
    rules.write_text("agents:\n  support: {agents: []}\nrules:\n  - allow_agents: {}\n")
    govern(policies=rules)
    with ScriptedProvider(turns(call("transfer_to_billing"), say("I stay."))) as provider:
        async with AsyncOpenAI(base_url=provider.openai_url, api_key="unused") as client:
            billing = make_agent(shop, client).clone(name="billing")
            result = await Runner.run(make_agent(shop, client, handoffs=[billing]), QUESTION)
    assert result.last_agent.name == "support"
    assert any("Refused" in str(item.raw_item) for item in result.new_items)


async def test_an_agent_as_a_tool_is_a_run_of_its_own(shop: Any, govern: Any, records: Records) -> None:
    govern()
    script = turns(call("ask_billing", input="hello"), say("Hello."), say("Done."))
    with ScriptedProvider(script) as provider:
        async with AsyncOpenAI(base_url=provider.openai_url, api_key="unused") as client:
            billing = make_agent(shop, client).clone(name="billing", tools=[])
            outer = make_agent(shop, client).clone(tools=[billing.as_tool("ask_billing", "Ask.")])
            await Runner.run(outer, QUESTION)
    holdfast.shutdown()
    starts = [one for one in records() if one.get("kind") == "start"]
    assert [one["chain"] for one in starts] == [["support"], ["support", "billing"]]
    assert starts[1]["parent"] in {one["step"] for one in records() if one.get("target") == "ask_billing"}


def test_afterwards_the_framework_is_as_it_was(govern: Any) -> None:
    before = AgentBase.get_all_tools
    govern()
    assert AgentBase.get_all_tools is not before
    holdfast.shutdown()
    assert AgentBase.get_all_tools is before


@pytest.mark.parametrize("mode", MODES)
def test_contracts_are_kept_around_the_frameworks_own_call(mode: str, shop: Any, kept: Any) -> None:
    result = play(shop, mode, call("look_up", order="A-1"), call("refund", amount=20), say("Done."))
    assert shop.ran == [("look_up", "A-1"), ("refund", 20)]
    assert "Failed: refund says it is done" in str(result.to_input_list())
    ended = {one["target"]: one for one in kept()}
    assert (ended["look_up"]["status"], ended["look_up"]["observed"]) == ("done", "")
    assert (ended["refund"]["status"], ended["refund"]["observed"]) == ("failed", "contradicted")
    assert (ended["support"]["status"], ended["support"]["error_class"]) == ("failed", "Contradicted")
