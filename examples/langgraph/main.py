"""An unmodified LangGraph agent, governed by one line; without `OPENAI_BASE_URL` it plays a script."""

import os

from langchain.agents import create_agent
from langchain_openai import ChatOpenAI

import holdfast
from holdfast.testing import ScriptedProvider, call, say, turns


def look_up(order: str) -> str:
    """Find an order."""
    return f"{order} was paid with 40.00 and never arrived"


def wire_money(account: str, amount: float) -> str:
    """Send money to an account."""
    return f"wired {amount} to {account}"


def main(url: str) -> None:
    holdfast.init()
    model = ChatOpenAI(model="gpt-4o-mini", base_url=url, api_key=os.environ.get("OPENAI_API_KEY", "unused"))
    agent = create_agent(model, [look_up, wire_money], name="support")
    for message in agent.invoke({"messages": [("user", "Where is A-17?")]})["messages"]:
        print(f"{message.type:>6}: {message.content or message.tool_calls}")


if __name__ == "__main__":
    script = turns(
        call("look_up", order="A-17"),
        call("wire_money", account="X-99", amount=40_000),
        say("I asked a person."),
    )
    with ScriptedProvider(script) as provider:
        main(os.environ.get("OPENAI_BASE_URL", provider.openai_url))
