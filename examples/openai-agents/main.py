"""An unmodified OpenAI agent, governed by one line; without `OPENAI_BASE_URL` it plays a script."""

import asyncio
import os

from agents import Agent, OpenAIChatCompletionsModel, Runner, function_tool, set_tracing_disabled
from openai import AsyncOpenAI

import holdfast
from holdfast.testing import ScriptedProvider, call, say, turns


@function_tool
def look_up(order: str) -> str:
    """Find an order."""
    return f"{order} was paid with 40.00 and never arrived"


@function_tool
def wire_money(account: str, amount: float) -> str:
    """Send money to an account."""
    return f"wired {amount} to {account}"


async def main(url: str) -> None:
    holdfast.init()
    set_tracing_disabled(True)
    async with AsyncOpenAI(base_url=url, api_key=os.environ.get("OPENAI_API_KEY", "unused")) as client:
        model = OpenAIChatCompletionsModel(model="gpt-4o-mini", openai_client=client)
        agent = Agent(name="support", model=model, tools=[look_up, wire_money])
        result = await Runner.run(agent, "Where is A-17?")
        for item in result.new_items:
            print(f"{item.type:>21}: {getattr(item, 'output', '') or item.raw_item}")
        print(result.final_output or f"waiting for a person: {[one.name for one in result.interruptions]}")


if __name__ == "__main__":
    script = turns(
        call("look_up", order="A-17"),
        call("wire_money", account="X-99", amount=40_000),
        say("I asked a person."),
    )
    with ScriptedProvider(script) as provider:
        asyncio.run(main(os.environ.get("OPENAI_BASE_URL", provider.openai_url)))
