"""The official clients, unchanged, through the gateway: streamed and not, with tools, and their own errors.

Other versions than those of the development environment live in `.cache/clients/`, which
`python scripts/client_environments.py` makes.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from holdfast.testing import Rule, Scenario, ScriptedProvider, When, call, say
from holdfast_server.action.llm.config import Provider

ROOT = Path(__file__).resolve().parents[4]
CLIENTS = Path(__file__).parent / "clients"
SECRET = "hf-" + "a" * 46
SAID = "The order is on its way."
TOOL = ["look_up", {"order": "A-1"}]
SCRIPT = Scenario(
    rules=(
        Rule(when=When(offers="look_up", calls=0), reply=call("look_up", order="A-1")),
        Rule(reply=say(SAID, chunks=4)),
    )
)
CEDAR = """
@id("models") permit (principal, action == Action::"holdfast:model", resource);
@id("forbidden") forbid (principal, action == Action::"holdfast:model", resource)
when { resource.name like "*/*-forbidden" };
"""
IN_TREE = {"openai-3": "openai", "anthropic-2": "anthropic", "langchain": "langchain_openai"}
"""What the development environment brings, by the module that it is known by."""


def interpreter(name: str) -> str:
    """The Python of an environment; the test is skipped, and says so, when there is none."""
    if name in IN_TREE:
        if importlib.util.find_spec(IN_TREE[name]) is None:
            pytest.skip(f"{name} is not installed here: make setup")
        return sys.executable
    python = ROOT / ".cache" / "clients" / name / "bin" / "python"
    if not python.exists():
        pytest.skip(f"{name} is not installed here: python scripts/client_environments.py {name}")
    return str(python)


async def run_client(run_worker: Callable[..., Any], name: str, script: str) -> tuple[dict[str, Any], Any]:
    """Run a client's program against a worker; what it told, and the calls that ended."""
    python = interpreter(name)
    with ScriptedProvider(SCRIPT) as provider:
        ends = (
            Provider("openai", provider.url, apis=("chat", "responses"), secret="sk", models=("gpt-*",)),
            Provider("anthropic", provider.url, apis=("messages",), secret="sk", models=("claude-*",)),
            Provider("google", provider.url, apis=("gemini",), secret="sk", models=("gemini-*",)),
        )
        async with run_worker(*ends, cedar=CEDAR) as worker:
            process = await asyncio.create_subprocess_exec(
                python, str(CLIENTS / script), worker.url, SECRET,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            out, err = await asyncio.wait_for(process.communicate(), 60)
            assert process.returncode == 0, err.decode()[-2_000:]
            return json.loads(out), list(worker.steps)


@pytest.mark.parametrize("name", ["openai-2", "openai-3"])
async def test_openai(run_worker: Callable[..., Any], name: str) -> None:
    told, steps = await run_client(run_worker, name, "openai_client.py")
    assert told["version"].startswith(name[-1])
    assert {told[one] for one in ("whole", "streamed", "response", "streamed_response")} == {SAID}
    assert told["tool"] == told["streamed_tool"] == TOOL
    assert told["usage"] == told["streamed_usage"] > 0
    assert (told["denied"], told["not_found"]) == ("holdfast_deny", "model_not_found")
    assert told["wrong_key"] == "invalid_api_key"
    refused = [one for one in steps if one.status == "refused"]
    assert len(refused) == 1, "a denial is not tried again"
    assert all(one.cost_micro_usd for one in steps if one.status == "done")


@pytest.mark.parametrize("name", ["anthropic-1", "anthropic-2"])
async def test_anthropic(run_worker: Callable[..., Any], name: str) -> None:
    told, steps = await run_client(run_worker, name, "anthropic_client.py")
    assert told["version"].startswith(name[-1])
    assert told["whole"] == told["streamed"] == SAID
    assert told["tool"] == told["streamed_tool"] == TOOL
    assert told["usage"] == told["streamed_usage"] > 0
    assert (told["denied"], told["not_found"]) == ("holdfast_deny", "model_not_found")
    assert told["wrong_key"] == "invalid_api_key"
    assert len([one for one in steps if one.status == "refused"]) == 1


async def test_google_genai(run_worker: Callable[..., Any]) -> None:
    told, steps = await run_client(run_worker, "google-genai", "genai_client.py")
    assert told["whole"] == told["streamed"] == SAID
    assert told["tool"] == told["streamed_tool"] == TOOL
    assert told["usage"] == told["streamed_usage"] > 0
    assert (told["denied"], told["not_found"]) == ("holdfast_deny", "model_not_found")
    assert told["wrong_key"] == "invalid_api_key"
    assert all(one.cost_micro_usd for one in steps if one.status == "done")


async def test_langchain(run_worker: Callable[..., Any]) -> None:
    told, _ = await run_client(run_worker, "langchain", "langchain_client.py")
    assert {told[one] for one in ("whole", "streamed", "claude", "streamed_claude", "answer")} == {SAID}
    assert told["agent"] == ["HumanMessage", "AIMessage", "ToolMessage", "AIMessage"]


async def test_traffic_of_a_coding_agent(run_worker: Callable[..., Any]) -> None:
    """As Claude Code sends it: beta flags in query and headers, cache marks, its own credential beside."""
    body = {
        "model": "claude-sonnet-4-5",
        "max_tokens": 32_000,
        "stream": True,
        "system": [{"type": "text", "text": "You are a coder.", "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
        "metadata": {"user_id": "user_1_account__session_2"},
        "tools": [{"name": "Bash", "input_schema": {"type": "object"}}],
        "thinking": {"type": "enabled", "budget_tokens": 1_024},
    }
    headers = {"anthropic-beta": "claude-code-20250219", "anthropic-version": "2023-06-01", "x-app": "cli"}
    with ScriptedProvider(SCRIPT) as provider:
        own = Provider("anthropic", provider.url, apis=("messages",), auth="client")
        async with run_worker(own) as worker, worker.client(**headers) as client:
            client.headers["x-holdfast-key"] = client.headers.pop("authorization").removeprefix("Bearer ")
            client.headers["authorization"] = "Bearer oauth-of-a-person"
            answer = await client.post("/v1/messages?beta=true", json=body)
            seen = provider.requests[0]
    assert answer.status_code == 200
    assert answer.text.rstrip().endswith('data: {"type":"message_stop"}')
    assert seen.body == body
    assert headers.items() <= seen.headers.items()
