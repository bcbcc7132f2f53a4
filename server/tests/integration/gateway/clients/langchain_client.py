"""What a program with LangChain does through the gateway, told as JSON. `base_url api_key`."""

import json
import sys

import langchain
from langchain.agents import create_agent
from langchain_anthropic import ChatAnthropic
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI


@tool
def look_up(order: str) -> str:
    """Look an order up."""
    return f"{order} is on its way."


def main() -> dict[str, object]:
    url, key = sys.argv[1:3]
    found: dict[str, object] = {"version": langchain.__version__}
    chat = ChatOpenAI(model="gpt-4o-mini", base_url=f"{url}/v1", api_key=key, stream_usage=True)
    claude = ChatAnthropic(model="claude-sonnet-4-5", base_url=url, api_key=key, max_tokens=200)
    found["whole"] = chat.invoke("hi").content
    found["streamed"] = "".join(str(one.content) for one in chat.stream("hi"))
    found["claude"] = claude.invoke("hi").content
    pieces = [one.content for one in claude.stream("hi")]
    found["streamed_claude"] = "".join(
        one if isinstance(one, str) else "".join(part.get("text", "") for part in one) for one in pieces
    )
    agent = create_agent(chat, [look_up])
    said = agent.invoke({"messages": [{"role": "user", "content": "hi"}]})["messages"]
    found["agent"] = [type(one).__name__ for one in said]
    found["answer"] = said[-1].content
    return found


print(json.dumps(main()))
