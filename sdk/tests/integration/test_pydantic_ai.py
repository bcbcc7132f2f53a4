"""Unmodified Pydantic AI agents, governed: sync, async and streamed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import holdfast
from holdfast.testing import Reply, ScriptedProvider, call, say, turns

pytest.importorskip("pydantic_ai")
httpx2 = pytest.importorskip("httpx2")

from openai import AsyncOpenAI  # noqa: E402
from pydantic import BaseModel  # noqa: E402  # only where it is installed
from pydantic_ai import Agent, DeferredToolRequests, DeferredToolResults  # noqa: E402
from pydantic_ai.models.openai import OpenAIChatModel  # noqa: E402
from pydantic_ai.providers.openai import OpenAIProvider  # noqa: E402

pytestmark = pytest.mark.integration


class Order(BaseModel):
    id: str


class Refund(BaseModel):
    amount: int


MODES = ("sync", "async", "streamed")
QUESTION = "Please help me with A-1 and 500."
Records = Callable[[], list[dict[str, Any]]]


def make_agent(shop: Any, client: AsyncOpenAI, **options: Any) -> Agent[None, Any]:
    model = OpenAIChatModel("gpt-4o", provider=OpenAIProvider(openai_client=client))
    return Agent(model, name="support", tools=shop.tools, **options)


async def work(mode: str, agent: Agent[None, Any]) -> tuple[Any, list[Any]]:
    """The output and the messages."""
    if mode != "streamed":
        result = await agent.run(QUESTION)
        return result.output, result.all_messages()
    async with agent.run_stream(QUESTION) as stream:
        return await stream.get_output(), stream.all_messages()


def play(shop: Any, mode: str, *replies: Reply) -> tuple[Any, list[Any]]:
    with ScriptedProvider(turns(*replies)) as provider:
        if mode == "sync":
            return play_sync(shop, provider.openai_url)

        async def inside() -> tuple[Any, list[Any]]:
            async with AsyncOpenAI(base_url=provider.openai_url, api_key="unused") as client:
                return await work(mode, make_agent(shop, client))

        return asyncio.run(inside())


def play_sync(shop: Any, url: str) -> tuple[Any, list[Any]]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    client = AsyncOpenAI(base_url=url, api_key="unused")
    try:
        result = make_agent(shop, client).run_sync(QUESTION)
        return result.output, result.all_messages()
    finally:
        loop.run_until_complete(client.close())
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


def told(messages: list[Any]) -> list[str]:
    """What the tools told the model."""
    return [str(part.content) for one in messages for part in one.parts if part.part_kind == "tool-return"]


@pytest.mark.parametrize("mode", MODES)
def test_an_allowed_tool_runs_as_asked(mode: str, shop: Any, govern: Any) -> None:
    govern()
    output, _ = play(shop, mode, call("look_up", order="A-1"), say("Found it."))
    assert shop.ran == [("look_up", "A-1")]
    assert output == "Found it."


@pytest.mark.parametrize("mode", MODES)
def test_a_transformed_argument_is_what_runs(mode: str, shop: Any, govern: Any) -> None:
    govern()
    play(shop, mode, call("refund", amount=500), say("Done."))
    assert shop.ran == [("refund", 50)]


@pytest.mark.parametrize("mode", MODES)
def test_a_denied_tool_does_not_run_and_the_model_goes_on(mode: str, shop: Any, govern: Any) -> None:
    govern()
    output, messages = play(shop, mode, call("delete_account", name="ada"), say("I may not."))
    assert shop.ran == []
    assert told(messages) == ["Refused: Accounts are deleted by people."]
    assert output == "I may not."


@pytest.mark.parametrize("mode", MODES)
def test_a_halt_ends_the_run(mode: str, shop: Any, govern: Any) -> None:
    govern()
    with pytest.raises(holdfast.Halted, match="Nobody wipes disks"):
        play(shop, mode, call("wipe_disk", name="a"), say("Wiped."))
    assert shop.ran == []


@pytest.mark.parametrize("mode", MODES)
def test_without_a_server_nobody_can_be_asked(mode: str, shop: Any, govern: Any) -> None:
    govern()
    _, messages = play(shop, mode, call("wire_money", amount=500), say("Not done."))
    assert shop.ran == []
    assert "nobody can be asked" in told(messages)[0]


@pytest.mark.parametrize("mode", MODES)
def test_a_held_tool_waits_where_nothing_can_be_deferred(
    mode: str, shop: Any, govern: Any, desk: Any
) -> None:
    govern(desk)
    person = desk.answer_soon("approve", {"amount": 7})
    output, _ = play(shop, mode, call("wire_money", amount=500), say("Sent."))
    person.join()
    assert shop.ran == [("wire_money", 7)]
    assert len(desk.uses) == 1
    assert output == "Sent."


async def test_a_deferred_tool_pauses_the_run_and_resumes_once(
    shop: Any, govern: Any, desk: Any, records: Records
) -> None:
    govern(desk)
    with ScriptedProvider(turns(call("wire_money", amount=500), say("Sent."))) as provider:
        async with AsyncOpenAI(base_url=provider.openai_url, api_key="unused") as client:
            agent = make_agent(shop, client, output_type=[str, DeferredToolRequests])
            result = await agent.run(QUESTION)
            [question] = result.output.approvals
            assert shop.ran == []
            desk.answer("approve")
            answers = DeferredToolResults(approvals={question.tool_call_id: True})
            result = await agent.run(message_history=result.all_messages(), deferred_tool_results=answers)
    assert shop.ran == [("wire_money", 500)]
    assert result.output == "Sent."
    assert len(desk.uses) == 1
    holdfast.shutdown()
    assert len([one for one in records() if one.get("kind") == "start"]) == 1


async def test_what_the_program_approves_still_waits_for_the_person(
    shop: Any, govern: Any, desk: Any
) -> None:
    govern(desk)
    with ScriptedProvider(turns(call("wire_money", amount=500), say("Not sent."))) as provider:
        async with AsyncOpenAI(base_url=provider.openai_url, api_key="unused") as client:
            agent = make_agent(shop, client, output_type=[str, DeferredToolRequests])
            result = await agent.run(QUESTION)
            answers = DeferredToolResults(approvals={result.output.approvals[0].tool_call_id: True})
            going = asyncio.create_task(
                agent.run(message_history=result.all_messages(), deferred_tool_results=answers)
            )
            await asyncio.sleep(0.3)
            assert shop.ran == []
            desk.answer("refuse")
            await going
    assert shop.ran == []


async def test_an_agent_called_by_a_tool_is_a_run_of_its_own(
    shop: Any, govern: Any, records: Records
) -> None:
    govern()
    script = turns(call("look_up", order="A-1"), say("Found it."), say("Done."))
    with ScriptedProvider(script) as provider:
        async with AsyncOpenAI(base_url=provider.openai_url, api_key="unused") as client:
            inner = make_agent(shop, client)
            inner.name = "helper"
            model = OpenAIChatModel("gpt-4o", provider=OpenAIProvider(openai_client=client))

            async def look_up(order: str) -> str:
                return str((await Agent(model, name="helper").run(order)).output)

            await Agent(model, name="support", tools=[look_up]).run(QUESTION)
    holdfast.shutdown()
    starts = [one for one in records() if one.get("kind") == "start"]
    assert [one["chain"] for one in starts] == [["support"], ["support", "helper"]]


async def test_rich_arguments_are_judged_as_data_and_run_as_they_are(govern: Any) -> None:
    govern()
    seen: list[Any] = []

    def look_up(order: Order) -> str:
        seen.append(order)
        return "found"

    with ScriptedProvider(turns(call("look_up", order={"id": "A-1"}), say("Found it."))) as provider:
        async with AsyncOpenAI(base_url=provider.openai_url, api_key="unused") as client:
            model = OpenAIChatModel("gpt-4o", provider=OpenAIProvider(openai_client=client))
            await Agent(model, name="support", tools=[look_up]).run(QUESTION)
    # A tool with one object argument has that object's fields as its own.
    assert seen == [Order(id="A-1")]


async def test_a_changed_object_is_an_object_still(govern: Any) -> None:
    govern()
    seen: list[Any] = []

    def refund(order: Refund) -> str:
        seen.append(order)
        return "done"

    with ScriptedProvider(turns(call("refund", amount=500), say("Done."))) as provider:
        async with AsyncOpenAI(base_url=provider.openai_url, api_key="unused") as client:
            model = OpenAIChatModel("gpt-4o", provider=OpenAIProvider(openai_client=client))
            await Agent(model, name="support", tools=[refund]).run(QUESTION)
    assert seen == [Refund(amount=50)]


def test_afterwards_the_framework_is_as_it_was(govern: Any) -> None:
    before = Agent.iter
    govern()
    assert Agent.iter is not before
    holdfast.shutdown()
    assert Agent.iter is before


@pytest.mark.parametrize("mode", MODES)
def test_contracts_are_kept_around_the_frameworks_own_call(mode: str, shop: Any, kept: Any) -> None:
    _output, messages = play(
        shop, mode, call("look_up", order="A-1"), call("refund", amount=20), say("Done.")
    )
    assert shop.ran == [("look_up", "A-1"), ("refund", 20)]
    assert "Failed: refund says it is done" in str(messages)
    ended = {one["target"]: one for one in kept()}
    assert (ended["look_up"]["status"], ended["look_up"]["observed"]) == ("done", "")
    assert (ended["refund"]["status"], ended["refund"]["observed"]) == ("failed", "contradicted")
    assert (ended["support"]["status"], ended["support"]["error_class"]) == ("failed", "Contradicted")
