"""An unmodified Pydantic AI agent, governed by one line; without `OPENAI_BASE_URL` it plays a script."""

import asyncio
import os

from openai import AsyncOpenAI
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

import holdfast
from holdfast.testing import ScriptedProvider, call, say, turns


def look_up(order: str) -> str:
    """Find an order."""
    return f"{order} was paid with 40.00 and never arrived"


def wire_money(account: str, amount: float) -> str:
    """Send money to an account."""
    return f"wired {amount} to {account}"


async def main(url: str) -> None:
    holdfast.init()
    async with AsyncOpenAI(base_url=url, api_key=os.environ.get("OPENAI_API_KEY", "unused")) as client:
        model = OpenAIChatModel("gpt-4o-mini", provider=OpenAIProvider(openai_client=client))
        agent = Agent(model, name="support", tools=[look_up, wire_money])
        result = await agent.run("Where is A-17?")
        for message in result.all_messages():
            for part in message.parts:
                print(f"{part.part_kind:>12}: {getattr(part, 'content', '') or part}")


if __name__ == "__main__":
    script = turns(
        call("look_up", order="A-17"),
        call("wire_money", account="X-99", amount=40_000),
        say("I asked a person."),
    )
    with ScriptedProvider(script) as provider:
        asyncio.run(main(os.environ.get("OPENAI_BASE_URL", provider.openai_url)))
